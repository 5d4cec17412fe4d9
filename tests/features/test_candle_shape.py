"""The shape of a candle by hand."""

from __future__ import annotations

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


@pytest.mark.parametrize("scale", [1e-8, 1e6])
def test_the_price_scale_makes_no_difference(scale: float) -> None:
    candles = random_candles(120)
    scaled = candles.assign(**{c: candles[c] * scale for c in ("open", "high", "low", "close")})
    got, expected = shape(scaled), shape(candles)
    for name, values in got.items():
        assert np.allclose(values, expected[name], rtol=0, atol=1e-6, equal_nan=True), name
