"""Rise within a window against source 002's target, by hand, and from the honest entry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.labels.labelled import Labelled
from freqai_regimes.labels.rise_within import Options, compute, horizon_candles
from tests.labels.expected import INPUTS, candles, rows_known

SOURCE_002 = Options(label="rise_within", rise=25, unit="price", entry="own_open", name="x")


def labelled(opened: list[float], high: list[float], **options: object) -> Labelled:
    dates = pd.date_range("2024-01-01", periods=len(opened), freq="h", tz="UTC")
    frame = pd.DataFrame({"date": dates, "open": opened, "high": high})
    return compute(frame, Options.model_validate({"label": "rise_within", "name": "x", **options}))


def test_entry_at_the_next_open_by_hand() -> None:
    """Two candles from 100 at 01:00 on; 102 is exactly enough, and its candle makes it known."""
    opened, high = [1.0, 100.0, 101.0, 100.0, 99.0], [999.0, 101.9, 102.0, 101.0, 99.0]
    got = labelled(opened, high, window_candles=2, rise=0.02)
    assert got.values["x"].tolist()[:3] == [1.0, 0.0, 0.0]
    assert got.known_at["x"].dt.hour.tolist()[:3] == [2, 3, 4]
    assert got.values["x"].isna().tolist() == [False, False, False, True, True]


def test_entry_at_the_own_open_reads_the_own_candle() -> None:
    opened, high = [1.0, 100.0, 101.0, 100.0], [999.0, 101.9, 102.0, 101.0]
    got = labelled(opened, high, window_candles=2, rise=2.0, unit="price", entry="own_open")
    assert got.values["x"].tolist()[:3] == [1.0, 1.0, 0.0]
    assert got.known_at["x"].dt.hour.tolist()[:3] == [0, 2, 3]


@pytest.mark.parametrize("name", INPUTS)
def test_target_of_source_002_and_when_it_is_known(reference: Path, name: str) -> None:
    frame = candles(reference, name)
    expected = pd.read_feather(reference / "source002" / f"indicators_{name}.feather")
    got = compute(frame, SOURCE_002)
    np.testing.assert_array_equal(got.values["x"], expected["target_resolved"])
    np.testing.assert_array_equal(rows_known(frame, got.known_at["x"]), expected["target_known_at"])
    assert horizon_candles(SOURCE_002) == 14
    # Deviation: the peer calls its last rows no, before their window has passed.
    unsettled = got.values["x"].isna()
    assert unsettled.any() and (expected["target_peer"][unsettled] == 0).all()


@pytest.mark.parametrize("name", INPUTS)
def test_honest_entry_from_the_next_open_on(reference: Path, name: str) -> None:
    """Deviation from source 002: its entry lies before the row's features are known."""
    frame = candles(reference, name)
    stored = pd.read_feather(reference / "source002" / f"indicators_{name}.feather")
    expected = stored["target_next_open_0_1pct"]
    got = compute(frame, Options(label="rise_within", rise=0.001, name="x")).values["x"]
    whole = expected.notna()
    assert (got[whole] == expected[whole]).all() and whole.sum() == len(frame) - 15
    # The stored one waits for the whole window; a rise that has come is known here before.
    assert set(got[~whole].dropna()) == {1.0}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"window_candles": 0}, "greater than or equal to 1"),
        ({"rise": 0}, "greater than 0"),
        ({"unit": "percent"}, "'fraction' or 'price'"),
        ({"entry": "close"}, "'next_open' or 'own_open'"),
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Options.model_validate({"label": "rise_within", **wrong})
