"""What each window's model did afterwards, counted by hand, and an error that grows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.evaluation.model_drift import loss_drift, realised_table
from freqai_regimes.evaluation.record import RunRecord

DATES = pd.date_range("2024-01-01", periods=800, freq="1h", tz="UTC")


def recorded(frame: pd.DataFrame, **run: Any) -> RunRecord:
    return RunRecord({"BTC/USDT": frame}, {"timeframe": "1h", "horizon_candles": 1, **run})


def window(until: pd.Timestamp, promoted: bool, validated: float) -> dict[str, Any]:
    return {
        "pair": "BTC/USDT",
        "trained_until": str(until),
        "promoted": promoted,
        "validation_rank_correlation": validated,
        "failed": None,
    }


def test_each_window_is_judged_by_its_own_candles() -> None:
    frame = pd.DataFrame({"date": DATES, "prediction": np.tile([1.0, 2.0, 3.0, 4.0], 200)})
    frame["outcome"] = frame["prediction"].where(DATES[400] > DATES, -frame["prediction"])
    frame.loc[799, "outcome"] = np.nan
    windows = [window(DATES[0], True, 0.2), window(DATES[400], False, 0.1)]
    windows.append({"pair": "BTC/USDT", "failed": "no rows"})
    table = realised_table(recorded(frame, windows=windows))
    assert table["rows"].to_list() == [400, 399]
    assert table["realised"].to_list() == pytest.approx([1.0, -1.0])
    assert table["let_in"].to_list() == [True, False]
    assert table["validation"].to_list() == [0.2, 0.1]
    assert realised_table(recorded(frame)).empty


def test_errors_that_grow_are_found_and_steady_ones_are_not() -> None:
    draw = np.random.default_rng(3)
    steady = pd.DataFrame({"date": DATES, "prediction": 0.0, "outcome": draw.normal(size=800)})
    grown = steady.assign(outcome=steady["outcome"] * np.where(DATES[400] > DATES, 1.0, 4.0))
    assert not loss_drift(recorded(steady))["BTC/USDT"].alarm
    assert loss_drift(recorded(grown))["BTC/USDT"].alarm
