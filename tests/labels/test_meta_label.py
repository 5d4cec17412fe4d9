"""Meta-labels by hand: sides, barriers of each side, costs, and no label without a side."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.errors import SettingsError
from freqai_regimes.labels import triple_barrier
from freqai_regimes.labels.meta_label import Options, compute
from tests.random_candles import random_candles

UP, DOWN = (100.0, 111.0, 95.0, 100.0), (100.0, 105.0, 89.0, 100.0)
BOTH, STILL = (100.0, 111.0, 89.0, 100.0), (100.0, 109.0, 91.0, 104.0)


def right(side: float, *candles: tuple[float, float, float, float], **options: Any) -> float:
    """Label of a row at 100 after a calm, with barriers 10 % away, before three candles."""
    prices = [(100.0, 100.0, 100.0, 100.0)] * 5 + list(candles)
    frame = pd.DataFrame(prices, columns=["open", "high", "low", "close"])
    frame.insert(0, "date", pd.date_range("2024-01-01", periods=len(frame), freq="h", tz="UTC"))
    frame["trend"] = side
    chosen = {"label": "meta_label", "volatility_half_life_candles": 1, "horizon_candles": 3}
    chosen |= {"side": "trend", "least_deviation": 0.1, "name": "x"}
    return float(compute(frame, Options.model_validate(chosen | options)).values["x"].iloc[4])


def test_both_sides_by_hand() -> None:
    assert [right(1, STILL, UP, DOWN), right(-1, STILL, UP, DOWN)] == [1, 0]
    assert [right(1, STILL, DOWN, UP), right(-1, STILL, DOWN, UP)] == [0, 1]
    assert [right(0.3, UP, STILL, STILL), right(-7, UP, STILL, STILL)] == [1, 0]


def test_a_tie_is_against_either_side_unless_told_otherwise() -> None:
    assert [right(1, BOTH, UP, UP), right(-1, BOTH, UP, UP)] == [0, 0]
    assert [right(side, BOTH, UP, UP, ties="optimistic") for side in (1, -1)] == [1, 1]
    assert all(math.isnan(right(side, BOTH, UP, UP, ties="drop")) for side in (1, -1))


def test_time_runs_out_and_the_gain_must_exceed_the_costs() -> None:
    path = (STILL, STILL, STILL)  # ends at 104
    assert [right(1, *path), right(-1, *path)] == [1, 0]
    assert [right(1, *path, least_gain=0.03), right(1, *path, least_gain=0.05)] == [1, 0]
    down = (*path[:2], (100.0, 105.0, 95.0, 96.0))
    assert [right(1, *down), right(-1, *down)] == [0, 1]


def test_profit_and_stop_change_places_with_the_side() -> None:
    assert right(1, UP, DOWN, STILL, profit=2.0) == 0
    assert right(-1, UP, DOWN, STILL, stop=2.0) == 1
    assert right(1, DOWN, UP, STILL, stop=None) == 1


def test_no_side_no_label() -> None:
    assert math.isnan(right(0, UP, UP, UP)) and math.isnan(right(np.nan, UP, UP, UP))


def test_always_long_is_right_where_the_triple_barrier_says_so() -> None:
    frame = random_candles(120, seed=2).assign(side=1.0)
    shared: dict[str, Any] = {"horizon_candles": 5, "volatility_half_life_candles": 2, "name": "x"}
    meta = compute(frame, Options(label="meta_label", **shared))
    triple = triple_barrier.compute(
        frame,
        triple_barrier.Options(label="triple_barrier", at_time_barrier="sign", **shared),
    )
    assert ((meta.values["x"] == 1) == (triple.values["x"] == 1)).all()
    assert meta.known_at.equals(triple.known_at)


def test_wrong_options_and_a_missing_side_are_refused() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        Options(label="meta_label", least_gain=-0.1)
    with pytest.raises(SettingsError, match="meta_label needs the column 'side'; the candles have"):
        compute(random_candles(9), Options(label="meta_label"))
