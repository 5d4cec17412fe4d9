"""The state by hand: strict bands, two conditions that must agree, windows that must be full."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.regimes import BEAR, BULL, REGIME_NAMES, SIDEWAYS
from freqai_regimes.regimes.moving_average import moving_average_regime
from tests.random_candles import random_candles


def states(closes: list[float], **changes: Any) -> list[float]:
    rule = {"average_candles": 2, "average_band": 0.02, "change_candles": 1, "change_band": 0.0}
    return moving_average_regime(pd.Series(closes), **(rule | changes))["regime"].tolist()


def same(got: list[float], expected: list[float]) -> bool:
    return np.array_equal(np.array(got), np.array(expected), equal_nan=True)


NAN = math.nan


def test_the_names_of_the_numbers() -> None:
    assert (BULL, SIDEWAYS, BEAR) == (1, 0, -1)
    assert REGIME_NAMES == {1: "bull", 0: "sideways", -1: "bear"}


def test_states_by_hand() -> None:
    # averages 105, 105, 95, 95.5, 98; distances +4.8 %, -4.8 %, -5.3 %, +5.8 %, -3.1 %
    assert same(states([100, 110, 100, 90, 101, 95]), [NAN, 1, -1, -1, 1, -1])
    assert same(states([100, 101, 102, 103]), [NAN, 0, 0, 0])  # inside the band


def test_the_bands_are_strict() -> None:
    # 3 after 1: the average is 2, the distance exactly one half, the change exactly two
    assert same(states([1, 3], average_band=0.5), [NAN, 0])
    assert same(states([1, 3], average_band=0.499), [NAN, 1])
    assert same(states([1, 3], change_band=0.999), [NAN, 1])
    assert same(states([4, 6], average_band=0.1, change_band=0.5), [NAN, 0])
    assert same(states([4, 6], average_band=0.1, change_band=0.499), [NAN, 1])
    assert same(states([4, 2], average_band=0.1, change_band=0.5), [NAN, 0])
    assert same(states([4, 2], average_band=0.1, change_band=0.499), [NAN, -1])


def test_both_conditions_must_agree_unless_the_change_is_left_out() -> None:
    # 12 lies above the average of 10 and 12 but below 20, two candles earlier
    closes: list[float] = [20, 10, 12]
    assert same(states(closes, change_candles=2), [NAN, NAN, 0])
    assert same(states(closes, change_candles=0), [NAN, -1, 1])
    assert same(states(closes, change_candles=0, change_band=0.9), [NAN, -1, 1])


@pytest.mark.parametrize(("average", "change"), [(5, 0), (5, 3), (5, 4), (5, 5), (5, 9), (2, 30)])
def test_unknown_until_both_windows_are_full(average: int, change: int) -> None:
    got = moving_average_regime(
        random_candles(40)["close"],
        average_candles=average,
        average_band=0.0,
        change_candles=change,
        change_band=0.0,
    )["regime"]
    first = max(average - 1, change)
    assert got[:first].isna().all() and got[first:].isin([1.0, 0.0, -1.0]).all()


@pytest.mark.parametrize("seed", range(3))
def test_states_are_those_of_a_plain_loop(seed: int) -> None:
    close = random_candles(200, seed)["close"].tolist()
    got = states(close, average_candles=20, change_candles=12, average_band=0.01, change_band=0.005)
    for row in range(20, 200):
        distance = close[row] / (sum(close[row - 19 : row + 1]) / 20) - 1
        change = close[row] / close[row - 12] - 1
        bull, bear = distance > 0.01 and change > 0.005, distance < -0.01 and change < -0.005
        assert got[row] == bull - bear, row
    assert {1.0, 0.0, -1.0} <= set(got)


def test_a_flat_price_is_sideways_even_without_bands_and_after_a_walk() -> None:
    walk = random_candles(100)["close"].tolist()
    got = states([*walk, *[3.3] * 60], average_candles=20, average_band=0.0, change_candles=5)
    assert set(got[120:]) == {0.0}


def test_a_missing_price_is_unknown_for_as_long_as_a_window_sees_it() -> None:
    close = random_candles(60)["close"].tolist()
    close[30] = NAN
    got = np.isnan(states(close, average_candles=5, change_candles=8))
    assert np.flatnonzero(got).tolist() == [*range(8), 30, 31, 32, 33, 34, 38]


def test_too_few_rows_know_nothing() -> None:
    assert states([]) == []
    assert same(states([5.0]), [NAN])
    assert same(states([5.0, 6.0], average_candles=3), [NAN, NAN])


def test_mirrored_prices_mirror_the_state() -> None:
    """Falling as a mirror of rising, in the terms of the rule: around the average, no band."""
    close = np.linspace(100, 130, 40)
    up = states(list(close), average_candles=10, average_band=0.0)
    down = states(list(230 - close), average_candles=10, average_band=0.0)
    assert same(down, list(-np.array(up)))
    assert set(up[10:]) == {1.0}


def test_an_inner_band_holds_what_the_outer_one_entered() -> None:
    # distances to the average of two: +4.8 %, +0.5 %, 0 %, +0.5 %, -0.5 %
    closes = [100, 110, 111.1, 111.1, 112.2, 111.1]
    assert same(states(closes, inner_band=None), [NAN, 1, 0, 0, 0, 0])
    assert same(states(closes, inner_band=0.001), [NAN, 1, 1, 0, 0, 0])
    # the price change is asked for entering only: the last price has fallen, far above the average
    closes = [100, 100, 110, 109.5]
    assert same(states(closes, average_candles=3), [NAN, NAN, 1, 0])
    assert same(states(closes, average_candles=3, inner_band=0.001), [NAN, NAN, 1, 1])


def test_soft_probabilities_are_the_lesser_of_both_reaches() -> None:
    # 101 after 100: half a percent above the average, one percent up
    close = pd.Series([100.0, 101.0])
    rule = {"average_candles": 2, "change_candles": 1, "soft": True}
    got = moving_average_regime(close, average_band=0.02, change_band=0.02, **rule).iloc[1]
    assert got["regime"] == 0
    assert got["regime_bull"] == pytest.approx((101 / 100.5 - 1) / 0.02)
    got = moving_average_regime(close, average_band=0.001, change_band=0.02, **rule).iloc[1]
    assert got["regime_bull"] == pytest.approx(0.5) and got["regime_bear"] == 0
    assert got["regime_sideways"] == pytest.approx(0.5)
