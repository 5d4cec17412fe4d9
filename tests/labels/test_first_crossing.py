"""The search for the first price beyond a level, against a plain loop."""

from __future__ import annotations

import numpy as np
import pytest

from freqai_regimes.labels.first_crossing import (
    first_above,
    first_below,
    just_below,
    last_above,
    last_below,
)


@pytest.mark.parametrize("horizon", [None, 1, 2, 3, 4, 7, 8, 9, 31, 32, 33, 1000])
def test_first_and_last_are_those_of_a_plain_loop(horizon: int | None) -> None:
    rng = np.random.default_rng(horizon)
    for size in (1, 2, 3, 15, 16, 17, 40, 65):
        prices = rng.integers(0, 12, size).astype(float)  # many equal ones
        prices[rng.random(size) < 0.1] = np.nan
        start = rng.integers(0, size + 2, 60)
        levels = rng.integers(-1, 12, 60).astype(float)
        searches = list(zip(start, levels, strict=True))

        def coming(row: int, size: int = size) -> range:
            return range(row, size if horizon is None else min(size, row + horizon))

        for search, beyond in ((first_above, np.greater), (first_below, np.less)):
            expected = [
                next((k for k in coming(row) if beyond(prices[k], level)), size)
                for row, level in searches
            ]
            assert search(prices, levels, start, horizon).tolist() == expected
        for search, beyond in ((last_above, np.greater), (last_below, np.less)):
            expected = [
                next((k for k in range(min(row, size) - 1, -1, -1) if beyond(prices[k], level)), -1)
                for row, level in searches
            ]
            assert search(prices, levels, np.minimum(start, size)).tolist() == expected


def test_nothing_is_beyond_a_level_that_is_not_known() -> None:
    prices, start = np.array([1.0, 2.0, 3.0]), np.array([0, 1])
    missing = np.array([np.nan, np.nan])
    assert first_above(prices, missing, start).tolist() == [3, 3]
    assert first_below(prices, missing, start).tolist() == [3, 3]


def test_equal_prices_count_only_when_asked_for() -> None:
    prices, start, level = np.array([5.0, 5.0, 6.0]), np.array([0]), np.array([5.0])
    assert first_above(prices, level, start).tolist() == [2]
    assert first_above(prices, just_below(level), start).tolist() == [0]
    assert first_below(prices, level, start).tolist() == [3]


def test_arguments_are_left_as_they_are() -> None:
    prices, levels, start = np.array([1.0, 3.0]), np.array([2.0]), np.array([0])
    first_above(prices, levels, start)
    assert (prices.tolist(), levels.tolist(), start.tolist()) == ([1.0, 3.0], [2.0], [0])
    assert first_above(np.array([]), np.array([]), np.array([], dtype=int)).tolist() == []
