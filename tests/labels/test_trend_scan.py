"""Trend scan against scipy's regression, and by hand where it has no answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from scipy.stats import linregress

from freqai_regimes.labels.trend_scan import Options, compute, horizon_candles
from tests.random_candles import random_candles


def scanned(frame: pd.DataFrame, **options: Any) -> pd.Series:
    chosen = {"label": "trend_scan", "name": "x"} | options
    return compute(frame, Options.model_validate(chosen)).values["x"]


def closes(*prices: float) -> pd.DataFrame:
    dates = pd.date_range("2024-01-01", periods=len(prices), freq="h", tz="UTC")
    return pd.DataFrame({"date": dates, "close": prices})


@pytest.mark.parametrize("logarithm", [True, False])
@pytest.mark.parametrize("step", [1, 3])
def test_t_values_are_those_of_scipy(logarithm: bool, step: int) -> None:
    frame = random_candles(90, seed=12)
    frame[["close"]] *= 1000  # large prices and small moves: sums must not lose the moves
    got = scanned(
        frame, shortest_candles=4, longest_candles=12, step_candles=step, logarithm=logarithm
    )
    price = np.log(frame["close"]) if logarithm else frame["close"]
    lengths, won = range(4, 13, step), set()
    for row in range(90 - lengths[-1]):
        fits = [linregress(np.arange(n + 1), price[row : row + n + 1]) for n in lengths]
        values = [fit.slope / fit.stderr for fit in fits]
        best = int(np.argmax(np.abs(values)))
        assert got[row] == pytest.approx(values[best], rel=1e-8)
        won.add(lengths[best])
    assert len(won) > 2 and got.iloc[90 - lengths[-1] :].isna().all()


def test_all_lengths_must_have_passed() -> None:
    options = Options(
        label="trend_scan", shortest_candles=2, longest_candles=9, step_candles=4, name="x"
    )
    assert horizon_candles(options) == 6  # 2 and 6; 10 would be too long
    frame = random_candles(20)
    got = compute(frame, options)
    assert got.known_at["x"].iloc[0] == frame["date"].iloc[6]
    assert got.values["x"].isna().tolist() == [k > 13 for k in range(20)]


def test_straight_lines_and_no_move() -> None:
    options = {"shortest_candles": 3, "longest_candles": 3, "logarithm": False}
    flat, up, down = closes(*[7.0] * 4), closes(1, 2, 3, 4), closes(4, 3, 2, 1)
    assert scanned(flat, **options)[0] == 0
    assert 1e5 < scanned(up, **options)[0] < np.inf  # a perfect line has no finite t-value
    assert scanned(down, **options)[0] == -scanned(up, **options)[0]


def test_signs_are_three_classes() -> None:
    frame = closes(5, 5, 5, 5, 6, 7, 7.5, 6, 5, 4)
    chosen = Options(
        label="trend_scan", shortest_candles=2, longest_candles=3, value="sign", name="x"
    )
    got = compute(frame, chosen)
    assert got.values["x"].tolist()[:7] == [0, 1, 1, 1, 1, -1, -1]
    assert got.kind == {"x": "three_class"}


def test_a_missing_price_leaves_its_windows_without_a_label() -> None:
    frame = closes(1, 2, 4, np.nan, 3, 5, 8)
    got = scanned(frame, shortest_candles=2, longest_candles=2)
    assert got.isna().tolist() == [False, True, True, True, False, True, True]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"shortest_candles": 1}, "greater than or equal to 2"),
        ({"shortest_candles": 9, "longest_candles": 8}, "longest_candles 8 is below shortest_cand"),
        ({"step_candles": 0}, "greater than or equal to 1"),
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Options.model_validate({"label": "trend_scan", **wrong})
