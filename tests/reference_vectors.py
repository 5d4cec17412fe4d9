"""Expected values that other implementations computed: reading them and comparing with ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

#: Relative or absolute, whichever is wider (INDEX.json, "compare").
TOLERANCE = 1e-6


def deviation(folder: Path, name: str) -> str:
    """Return why our results differ from the stored ones on purpose."""
    reasons: dict[str, str] = read_index(folder)["deviations"]
    return reasons[name]


def cases(folder: Path, file: str) -> list[dict[str, Any]]:
    """Return the cases of a file: name, configuration of the peer, names of its columns."""
    [entry] = [entry for entry in read_index(folder)["files"] if entry["file"] == file]
    found: list[dict[str, Any]] = entry["cases"]
    return found


def read_index(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "INDEX.json").read_text())
    return loaded


def assert_equals_peer(got: pd.Series, expected: pd.Series, name: str) -> None:
    """Both missing in the same rows, and equal within the tolerance in all others."""
    ours, theirs = got.to_numpy(float), expected.to_numpy(float)
    assert len(ours) == len(theirs), name
    differ = np.flatnonzero(np.isnan(ours) != np.isnan(theirs))
    assert differ.size == 0, (name, "missing in one only", differ[:5])
    known = ~np.isnan(theirs)
    off = np.abs(ours - theirs)[known] > TOLERANCE * np.maximum(1, np.abs(theirs[known]))
    assert not off.any(), (name, int(off.sum()), np.flatnonzero(known)[off][:5])
    assert known.any(), (name, "nothing to compare")
