"""Windows put together from halves: equal to each window by itself, and to the bit to the past."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.features.trailing_window import (
    last_known,
    trailing_area,
    trailing_argmax,
    trailing_longest_run_below,
    trailing_mean,
    trailing_moments,
    trailing_slope,
    trailing_variance,
)

VALUES = np.random.default_rng(12).normal(50, 3, 90)


@pytest.mark.parametrize("window", [1, 2, 3, 31, 32, 33, 64, 90, 200])
@pytest.mark.parametrize("missing", [0, 4])
def test_moments_of_any_length_are_those_of_each_window(window: int, missing: int) -> None:
    values = np.r_[np.full(missing, np.nan), VALUES[missing:]]
    got = trailing_moments(values, window)
    mean, variance = trailing_mean(values, window), trailing_variance(values, window)
    for row in range(len(values)):
        part = values[max(missing, row - window + 1) : row + 1]
        assert got.count[row] == len(part)
        if len(part):
            distance = part - part.mean()
            assert mean[row] == got.mean[row] == pytest.approx(part.mean(), rel=1e-14)
            assert variance[row] == got.second[row] / len(part)
            expected = [(distance**power).sum() for power in (2, 3, 4)]
            found = [got.second[row], got.third[row], got.fourth[row]]
            assert found == pytest.approx(expected, rel=1e-11, abs=1e-9)


@pytest.mark.parametrize("window", [2, 7, 32, 120])
def test_early_windows_are_shorter(window: int) -> None:
    slope, place = trailing_slope(VALUES, window), trailing_argmax(VALUES, window)
    area = trailing_area(VALUES, window)
    run = trailing_longest_run_below(VALUES, np.full(90, 50.0), window)
    assert np.isnan(slope[0]) and np.isnan(area[0]) and place[0] == 0
    for row in range(1, 90):
        part = VALUES[max(0, row - window + 1) : row + 1]
        assert slope[row] == pytest.approx(np.polyfit(np.arange(len(part)), part, 1)[0], abs=1e-9)
        assert place[row] == part.argmax()
        distance = part - part[-1]
        assert area[row] == pytest.approx(distance.sum() / np.abs(distance).sum())
        runs = "".join("x" if value < 50 else " " for value in part).split()
        assert run[row] == max(map(len, runs), default=0)


def test_a_later_value_is_never_filled_in() -> None:
    series = pd.Series([np.nan, -np.inf, 2.0, np.nan, 5.0, np.inf], index=[7, 3, 9, 1, 4, 2])
    before = series.copy()
    assert np.array_equal(last_known(series), [np.nan, np.nan, 2, 2, 5, 5], equal_nan=True)
    pd.testing.assert_series_equal(series, before)


def test_whole_numbers_are_values_too() -> None:
    assert trailing_mean(last_known(pd.Series([1, 2, 4])), 2).tolist() == [1.0, 1.5, 3.0]
