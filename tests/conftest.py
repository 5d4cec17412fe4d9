"""What all tests share: the place of real candles, and one thread for each numeric library."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before numpy and LightGBM are imported: the tests run in one process for each core already, and
# LightGBM with more threads than free cores is several times slower than with one.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_MAX_THREADS"):
    os.environ.setdefault(name, "1")


@pytest.fixture(autouse=True)
def usual_strings() -> Iterator[None]:
    """A bot that is started in a test's own process sets an option of pandas; take it back."""
    import pandas as pd

    with pd.option_context("mode.string_storage", "auto"):
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder whose subfolders are freqtrade data directories with real candles."""
    value = os.environ.get("REGIMES_DATA")
    if not value:
        pytest.skip(
            "needs real candles: set REGIMES_DATA to a folder of freqtrade data directories"
        )
    folder = Path(value)
    if not folder.is_dir():
        pytest.fail(f"REGIMES_DATA={value} is not a folder")
    return folder


@pytest.fixture(scope="session")
def reference() -> Path:
    """Return the folder of expected values that other implementations computed (INDEX.json)."""
    value = os.environ.get("REGIMES_REFERENCE")
    if not value:
        pytest.skip(
            "needs expected values of other implementations: set REGIMES_REFERENCE to their folder"
        )
    folder = Path(value)
    if not (folder / "INDEX.json").is_file():
        pytest.fail(f"REGIMES_REFERENCE={value} holds no INDEX.json")
    return folder
