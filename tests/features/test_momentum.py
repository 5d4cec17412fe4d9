"""Momentum of a window: numbers by hand, pandas and plain loops, flat prices, any price scale."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.features.momentum import momentum_features
from tests.random_candles import random_candles

PRICES = ["open", "high", "low", "close"]
SCALED_BY_VOLATILITY = ("return", "distance")


def flat_candles(log_close: list[float]) -> pd.DataFrame:
    close = pd.Series(np.exp(log_close))
    return pd.DataFrame({"open": close, "high": close, "low": close, "close": close})


def constant(value: float, rows: int) -> pd.Series:
    return pd.Series(np.full(rows, value))


def ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def test_numbers_by_hand() -> None:
    candles = flat_candles([0.0, 0.01, 0.03, 0.02])
    candles["high"] = candles["close"] + [0.5, 0.25, 0.5, 1.0]
    candles["low"] = candles["close"] - [0.5, 0.25, 0.5, 1.0]
    got = momentum_features(candles, constant(0.01, 4), 2)
    unit = 0.01 * np.sqrt(2)
    assert got["return"].tolist()[2:] == pytest.approx([0.03 / unit, 0.01 / unit])
    assert got["distance"].tolist()[1:] == pytest.approx([0.005 / unit, 0.01 / unit, -0.005 / unit])
    # net 0.03 of a path of 0.03, then net 0.01 of 0.02 + 0.01
    assert got["efficiency"].tolist()[2:] == pytest.approx([1.0, 1 / 3])
    close = np.exp([0.03, 0.02])
    lowest, highest = close[1] - 1.0, close[1] + 1.0
    assert got["channel"].iloc[3] == pytest.approx(2 * (close[1] - lowest) / (highest - lowest) - 1)
    assert {name: int(values.isna().sum()) for name, values in got.items()} == {
        "return": 2,
        "distance": 1,
        "channel": 1,
        "efficiency": 2,
    }


@pytest.mark.parametrize("period", [2, 5, 30])
def test_values_are_those_of_plain_loops(period: int) -> None:
    candles = random_candles(120, seed=5)
    volatility = pd.Series(np.random.default_rng(1).uniform(0.005, 0.02, 120))
    got = momentum_features(candles, volatility, period)
    log_close = np.log(candles["close"].to_numpy())
    for row in range(period, 120):
        unit = volatility[row] * period**0.5
        window = slice(row - period + 1, row + 1)
        lowest, highest = candles["low"][window].min(), candles["high"][window].max()
        steps = np.diff(log_close[row - period : row + 1])
        expected = {
            "return": steps.sum() / unit,
            "distance": (log_close[row] - log_close[window].mean()) / unit,
            "channel": ratio(2 * candles["close"][row] - highest - lowest, highest - lowest),
            "efficiency": ratio(steps.sum(), np.abs(steps).sum()),
        }
        for name, value in expected.items():
            assert got[name][row] == pytest.approx(value, abs=1e-9, nan_ok=True), (name, row)


def test_bounded_values_stay_in_their_bounds() -> None:
    for seed in range(5):
        candles = random_candles(400, seed=seed)
        got = momentum_features(candles, constant(0.01, 400), 3)
        for name in ("channel", "efficiency"):
            assert got[name].abs().max() <= 1 + 1e-9


def test_straight_ways_up_and_down_are_fully_efficient() -> None:
    up = flat_candles(list(np.linspace(0, 1, 30)))
    assert np.allclose(momentum_features(up, constant(0.01, 30), 5)["efficiency"][5:], 1)
    down = flat_candles(list(np.linspace(1, 0, 30)))
    got = momentum_features(down, constant(0.01, 30), 5)
    assert np.allclose(got["efficiency"][5:], -1)
    assert np.allclose(got["channel"][5:], -1)  # flat candles: the close is the lowest low


def test_nothing_is_known_where_nothing_moved() -> None:
    """After a walk, flat for longer than the window: no rounding of the past may show."""
    moved = np.random.default_rng(3).normal(0, 0.01, 100).cumsum()
    candles = flat_candles([*moved, *np.full(60, 0.1234)])
    volatility = pd.Series(np.r_[np.full(150, 0.01), np.zeros(10)])
    got = momentum_features(candles, volatility, 10)
    for name in ("channel", "efficiency"):
        assert got[name].iloc[111:].isna().all(), name
    assert np.allclose(got["return"].iloc[111:150], 0, atol=1e-12)
    assert np.allclose(got["distance"].iloc[111:150], 0, atol=1e-9)
    for name in SCALED_BY_VOLATILITY:
        assert got[name].iloc[150:].isna().all(), name  # a volatility of zero is no unit


def test_an_unknown_volatility_hides_only_what_is_measured_in_it() -> None:
    candles = random_candles(60)
    got = momentum_features(candles, constant(np.nan, 60), 5)
    for name, values in got.items():
        assert values.iloc[5:].isna().all() == (name in SCALED_BY_VOLATILITY), name


def test_a_value_depends_on_one_candle_more_than_its_window() -> None:
    """To the bit, also at prices about 1, whose logarithms have no common last digit."""
    candles, volatility = random_candles(100, seed=1), constant(0.01, 100)
    candles[PRICES] /= 100
    before = momentum_features(candles, volatility, 10)
    changed = candles.copy()
    changed.loc[:49, PRICES] *= np.random.default_rng(1).uniform(0.5, 2, (50, 1))
    after = momentum_features(changed, volatility, 10)
    for name, values in after.items():
        assert values[60:].equals(before[name][60:]), name
        assert not np.allclose(values[50:59], before[name][50:59], atol=1e-3), name


@pytest.mark.parametrize("scale", [1e-8, 1e6])
def test_the_price_scale_makes_no_difference(scale: float) -> None:
    candles, volatility = random_candles(100), constant(0.01, 100)
    scaled = candles.assign(**{c: candles[c] * scale for c in PRICES})
    got, expected = (momentum_features(c, volatility, 10) for c in (scaled, candles))
    for name, values in got.items():
        assert np.allclose(values, expected[name], rtol=0, atol=1e-9, equal_nan=True), name


def test_too_few_rows_know_nothing() -> None:
    for rows in (1, 2, 9):
        got = momentum_features(random_candles(rows), constant(0.01, rows), 10)
        assert all(len(values) == rows and values.isna().all() for values in got.values())
