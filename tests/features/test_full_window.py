"""Windows in which nothing is missing: pandas, missing values, flat prices, huge values before."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.features.full_window import (
    full_window_covariance,
    full_window_mean,
    full_window_sum,
    full_window_variance,
)

WINDOWS = [2, 3, 7, 16, 100]
Statistic = Callable[[pd.Series, int], pd.Series]
STATISTICS: list[Statistic] = [full_window_sum, full_window_mean, full_window_variance]


def column(seed: int = 0) -> pd.Series:
    """Three hundred values; the first, the last and three in the middle are missing or infinite."""
    values = np.random.default_rng(seed).normal(5, 2, 300)
    values[[0, 20, 21, 299]] = np.nan
    values[150] = np.inf
    return pd.Series(values, index=np.arange(300)[::-1])


@pytest.mark.parametrize("window", WINDOWS)
def test_sum_mean_and_variance_are_those_of_pandas(window: int) -> None:
    values = column()
    finite = values.replace(np.inf, np.nan)
    expected = finite.rolling(window).sum()
    pd.testing.assert_series_equal(full_window_sum(values, window), expected, rtol=1e-12)
    expected = finite.rolling(window).mean()
    pd.testing.assert_series_equal(full_window_mean(values, window), expected, rtol=1e-12)
    expected = finite.rolling(window).var()
    pd.testing.assert_series_equal(full_window_variance(values, window), expected, rtol=1e-9)


@pytest.mark.parametrize("window", WINDOWS)
def test_covariance_is_that_of_pandas_and_with_itself_the_variance(window: int) -> None:
    values = column()
    others = 0.3 * values + column(1).shift(3)
    expected = values.replace(np.inf, np.nan).rolling(window).cov(others.replace(np.inf, np.nan))
    got = full_window_covariance(values, others, window)
    pd.testing.assert_series_equal(got, expected, rtol=1e-9, atol=1e-12)
    assert full_window_covariance(values, values, window).equals(
        full_window_variance(values, window)
    )


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e-9, 12345.6789])
def test_values_that_are_all_the_same_have_exactly_no_variance(constant: float) -> None:
    values = pd.Series([1e9, 3.0, *[constant] * 40])
    assert (full_window_variance(values, 7).iloc[9:] == 0).all()
    assert (full_window_mean(values, 7).iloc[9:] == constant).all()


@pytest.mark.parametrize("statistic", STATISTICS)
def test_nothing_before_the_window_leaves_a_trace(statistic: Statistic) -> None:
    values = pd.Series(np.random.default_rng(3).lognormal(size=60))
    struck = values.copy()
    struck[10] = 1e18
    assert statistic(struck, 12).iloc[22:].equals(statistic(values, 12).iloc[22:])
    assert not statistic(struck, 12).iloc[21:22].equals(statistic(values, 12).iloc[21:22])


@pytest.mark.parametrize("statistic", STATISTICS)
def test_a_window_longer_than_the_data_has_no_value(statistic: Statistic) -> None:
    for rows in (0, 1, 4):
        got = statistic(pd.Series(np.arange(rows, dtype=float)), 5)
        assert len(got) == rows and got.isna().all()
    assert statistic(pd.Series(np.arange(5.0)), 5).notna().tolist() == [False] * 4 + [True]
