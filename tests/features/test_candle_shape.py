"""The shape of a candle by hand, RSI and ADX against Wilder's recursions written out."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.features.candle_shape import candle_shape_features
from tests.random_candles import random_candles


def one_candle(high: float, low: float, close: float) -> pd.DataFrame:
    return pd.DataFrame({"open": [low], "high": [high], "low": [low], "close": [close]})


def shape(candles: pd.DataFrame, volatility: float = 0.01) -> dict[str, pd.Series]:
    return candle_shape_features(candles, pd.Series(np.full(len(candles), volatility)))


def wilder(values: list[float], period: int) -> list[float]:
    """Wilder's smoothing: the mean of the first values, then 1/period of each new one."""
    average = sum(values[:period]) / period
    smoothed = [average]
    for value in values[period:]:
        average += (value - average) / period
        smoothed.append(average)
    return smoothed


def rsi_by_hand(close: list[float]) -> list[float]:
    moves = [after - before for before, after in itertools.pairwise(close)]
    gains, losses = ([max(sign * move, 0.0) for move in moves] for sign in (1, -1))
    pairs = zip(wilder(gains, 14), wilder(losses, 14), strict=True)
    return [100 * gain / (gain + loss) for gain, loss in pairs]


def adx_by_hand(candles: pd.DataFrame) -> list[float]:
    high, low, close = (candles[name].tolist() for name in ("high", "low", "close"))
    ranges, ups, downs = [], [], []
    for i in range(1, len(close)):
        ranges.append(max(high[i], close[i - 1]) - min(low[i], close[i - 1]))
        up, down = high[i] - high[i - 1], low[i - 1] - low[i]
        ups.append(up if up > down and up > 0 else 0.0)
        downs.append(down if down > up and down > 0 else 0.0)
    smooth = zip(*(wilder(values, 14) for values in (ranges, ups, downs)), strict=True)
    directional = []
    for true_range, up, down in smooth:
        plus, minus = up / true_range, down / true_range
        directional.append(100 * abs(plus - minus) / (plus + minus))
    return wilder(directional, 14)


@pytest.mark.parametrize(
    ("candle", "location"),
    [((12, 8, 12), 1), ((12, 8, 8), -1), ((12, 8, 10), 0), ((12, 8, 11), 0.5), ((9, 9, 9), 0)],
)
def test_where_a_candle_closed(candle: tuple[float, float, float], location: float) -> None:
    assert shape(one_candle(*candle))["close_location"].tolist() == [location]


def test_a_candle_that_is_not_there_has_no_location() -> None:
    assert math.isnan(shape(one_candle(np.nan, np.nan, np.nan))["close_location"][0])
    assert math.isnan(shape(one_candle(2.0, 1.0, np.nan))["close_location"][0])


def test_the_range_is_measured_in_volatility() -> None:
    assert shape(one_candle(2.0, 1.0, 1.5), 0.01)["range"][0] == pytest.approx(math.log(2) / 0.01)
    assert shape(one_candle(3.0, 3.0, 3.0), 0.01)["range"][0] == 0
    for unknown in (0.0, np.nan):
        assert math.isnan(shape(one_candle(2.0, 1.0, 1.5), unknown)["range"][0])


@pytest.mark.parametrize("seed", [0, 1])
def test_rsi_is_wilders(seed: int) -> None:
    candles = random_candles(300, seed)
    got = shape(candles)["rsi"]
    assert got[:14].isna().all()
    expected = np.array(rsi_by_hand(candles["close"].tolist())) / 50 - 1
    assert np.allclose(got[14:], expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("seed", [0, 1])
def test_adx_is_wilders_once_its_beginning_is_forgotten(seed: int) -> None:
    """TA-Lib begins with sums of 13 moves, Wilder with 14: equal to 1e-6 after 200 candles."""
    candles = random_candles(400, seed)
    got = shape(candles)["adx"]
    assert got[:27].isna().all() and got[27:].notna().all()
    expected = np.array(adx_by_hand(candles)) / 100
    assert len(expected) == 400 - 27
    assert np.allclose(got[227:], expected[200:], rtol=0, atol=1e-6)
    assert got[27:].between(0, 1).all()


def test_only_rises_and_only_falls_are_the_ends_of_rsi() -> None:
    up = pd.Series(np.exp(np.linspace(0, 1, 60)))
    for close, end in ((up, 1.0), (up[::-1].reset_index(drop=True), -1.0)):
        candles = pd.DataFrame({"open": close, "high": close, "low": close, "close": close})
        got = shape(candles)
        assert np.allclose(got["rsi"][14:], end)
        assert np.allclose(got["adx"][27:], 1.0)


@pytest.mark.parametrize("scale", [1e-8, 1e6])
def test_the_price_scale_makes_no_difference(scale: float) -> None:
    candles = random_candles(120)
    scaled = candles.assign(**{c: candles[c] * scale for c in ("open", "high", "low", "close")})
    got, expected = shape(scaled), shape(candles)
    for name, values in got.items():
        assert np.allclose(values, expected[name], rtol=0, atol=1e-6, equal_nan=True), name
