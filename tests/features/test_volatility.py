"""Exponentially weighted volatility: weights by hand, those of pandas, the end of its memory."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.features.volatility import ewma_volatility, periods_per_year, window_candles
from tests.random_candles import random_candles


def closes(*log_returns: float) -> pd.Series:
    return pd.Series(50 * np.exp(np.r_[0.0, log_returns].cumsum()))


@pytest.mark.parametrize(
    ("timeframe", "periods"),
    [("1m", 525_600), ("5m", 105_120), ("1h", 8760), ("4h", 2190), ("1d", 365), ("1w", 365 / 7)],
)
def test_candles_in_a_year_of_365_days(timeframe: str, periods: float) -> None:
    assert periods_per_year(timeframe) == pytest.approx(periods, rel=1e-15)


def test_weights_by_hand() -> None:
    """Half-life 1: four candles with weights 1, 2, 4, 8 of 15."""
    volatility = ewma_volatility(closes(0.01, -0.02, 0.03, 0.04), 1)
    squares = (1 * 0.01**2 + 2 * 0.02**2 + 4 * 0.03**2 + 8 * 0.04**2) / 15
    assert volatility.iloc[:4].isna().all()
    assert volatility.iloc[4] == pytest.approx(math.sqrt(squares), rel=1e-12)


def test_moves_of_one_size_give_that_size_whatever_their_sign() -> None:
    volatility = ewma_volatility(closes(*[0.013, -0.013] * 30), 7)
    assert np.allclose(volatility.dropna(), 0.013, rtol=1e-12)
    assert volatility.notna().sum() == 61 - window_candles(7)


def test_a_squared_return_counts_half_after_the_half_life_and_nothing_after_four() -> None:
    half_life = 6
    moves = np.zeros(80)
    moves[40] = 0.1
    squared = ewma_volatility(closes(*moves), half_life) ** 2
    struck = 41  # the row whose close has moved
    for row in range(struck, struck + 3 * half_life):
        assert squared[row + half_life] == pytest.approx(squared[row] / 2, rel=1e-9)
    assert squared[struck + window_candles(half_life) - 1] > 0
    assert (squared[struck + window_candles(half_life) :] == 0).all()
    assert (squared[window_candles(half_life) : struck] == 0).all()
    assert window_candles(half_life) == 24


def test_each_value_is_that_of_pandas_on_the_window_alone() -> None:
    close = random_candles(150, seed=2)["close"]
    squares = np.log(close / close.shift()) ** 2
    volatility = ewma_volatility(close, 9)
    for row in range(36, 150):
        window = squares.iloc[row - 35 : row + 1]
        expected = math.sqrt(window.ewm(halflife=9, adjust=True).mean().iloc[-1])
        assert volatility[row] == pytest.approx(expected, rel=1e-12)


def test_a_flat_price_has_no_volatility_and_a_short_history_none_that_is_known() -> None:
    assert (ewma_volatility(pd.Series(np.full(30, 7.0)), 5).iloc[20:] == 0).all()
    for rows in (0, 1, 2, 20):
        volatility = ewma_volatility(pd.Series(np.full(rows, 7.0)), 5)
        assert len(volatility) == rows and volatility.isna().all()
    assert ewma_volatility(pd.Series(np.full(21, 7.0)), 5).tolist()[20] == 0


def test_a_missing_price_is_unknown_for_as_long_as_a_window_sees_it() -> None:
    close = random_candles(120)["close"]
    close[60] = np.nan
    unknown = ewma_volatility(close, 5).isna()
    assert unknown[unknown].index.tolist() == [*range(20), *range(60, 81)]


def test_scale_and_whole_numbers_make_no_difference() -> None:
    close = (random_candles(80)["close"] * 1000).round()
    expected = ewma_volatility(close, 5)
    pd.testing.assert_series_equal(ewma_volatility(close.astype(int), 5), expected)
    pd.testing.assert_series_equal(ewma_volatility(close * 1e-9, 5), expected, rtol=1e-9)
