"""Statistics of the last candles of each row, at a cost that hardly grows with the window.

Most are put together from windows of half the length (mean and spread by the pairwise formulas of
Chan, Golub and LeVeque 1983 and Pébay 2008): a window of n rows takes about log2(n) passes over the
column. Running sums would be as fast, but carry the rounding of everything that came before; here a
value depends on the rows of its own window alone, to the bit.

All functions take values of shape (rows,) that are missing (NaN) in the first rows at most, see
``last_known``. The window of row t is rows t-window+1 to t; values before the first known one are
left out of it, so that early windows are shorter. Memory is linear in rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Values = npt.NDArray[np.float64]
_State = tuple[Values, ...]


@dataclass(frozen=True)
class Moments:
    """Mean and sums of powers of the distance to it; each of shape (rows,).

    ``second``, ``third`` and ``fourth`` are sums, not averages. Where ``count`` is 0 all are 0.
    """

    count: Values
    mean: Values
    second: Values
    third: Values
    fourth: Values


def last_known(values: pd.Series) -> Values:
    """Replace each missing or infinite value by the last one before it; never by a later one.

    Returns
    -------
    New array of shape (rows,), NaN before the first value. Row t uses rows <= t.

    >>> last_known(pd.Series([np.nan, 1.0, np.inf, 3.0])).tolist()
    [nan, 1.0, 1.0, 3.0]
    """
    numbers = values.to_numpy(dtype=np.float64)
    last = np.maximum.accumulate(np.where(np.isfinite(numbers), np.arange(len(numbers)), -1))
    return np.where(last >= 0, numbers[last], np.nan)


def known_count(values: Values, window: int) -> Values:
    """Return how many values are known in each window.

    >>> known_count(np.array([np.nan, 5.0, 5.0, 5.0]), 2).tolist()
    [0.0, 1.0, 2.0, 2.0]
    """
    since = np.arange(len(values)) - _first_known(values) + 1
    return np.clip(since, 0, window).astype(np.float64)


def trailing_sum(values: Values, window: int) -> Values:
    """Sum of the known values of each window; 0 where there are none.

    >>> trailing_sum(np.array([1.0, 2.0, 4.0]), 2).tolist()
    [1.0, 3.0, 6.0]
    """
    known = (np.where(np.isfinite(values), values, 0.0),)
    return _by_doubling(known, (0.0,), lambda older, newer: (older[0] + newer[0],), window)[0]


def trailing_mean(values: Values, window: int) -> Values:
    """Mean of the known values of each window; 0 where there are none."""
    known = np.isfinite(values)
    state = (known.astype(float), np.where(known, values, 0.0))
    return _by_doubling(state, (0.0, 0.0), _merge_mean, window)[1]


def trailing_variance(values: Values, window: int) -> Values:
    """Variance (ddof 0) of the known values of each window; 0 where there are none."""
    known = np.isfinite(values)
    state = (known.astype(float), np.where(known, values, 0.0), np.zeros(len(values)))
    count, _, squares = _by_doubling(state, (0.0,) * 3, _merge_squares, window)
    return squares / np.maximum(count, 1.0)


def trailing_moments(values: Values, window: int) -> Moments:
    """Mean and the sums of the second to fourth power of the distance to it, of each window."""
    known = np.isfinite(values)
    nothing = np.zeros(len(values))
    state = (known.astype(float), np.where(known, values, 0.0), nothing, nothing, nothing)
    return Moments(*_by_doubling(state, (0.0,) * 5, _merge_moments, window))


def trailing_slope(values: Values, window: int) -> Values:
    """Slope of the least-squares line through each window, per row; NaN under two known values.

    >>> trailing_slope(np.array([7.0, 9.0, 11.0]), 3).tolist()
    [nan, 2.0, 2.0]
    """
    known = np.isfinite(values)
    state = (known.astype(float), np.where(known, values, 0.0), np.zeros(len(values)))
    count, _, covariation = _by_doubling(state, (0.0,) * 3, _merge_covariation, window)
    with np.errstate(divide="ignore", invalid="ignore"):
        return covariation / (count * (count**2 - 1) / 12)


def trailing_argmax(values: Values, window: int) -> Values:
    """How many rows lie before the first maximum of each window; no meaning where none is known.

    >>> trailing_argmax(np.array([1.0, 3.0, 3.0, 2.0]), 3).tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    rows = np.arange(len(values), dtype=float)
    state = (np.where(np.isfinite(values), values, -np.inf), rows)
    _, place = _by_doubling(state, (-np.inf, 0.0), _older_if_not_lower, window)
    before: Values = place - (rows - known_count(values, window) + 1)
    return before


def trailing_area(values: Values, window: int) -> Values:
    """Area of each window above its last value minus the area below, over both, in [-1, 1].

    NaN where all values of the window are the same. Takes one pass for each row of the window.
    """
    signed, total = np.zeros(len(values)), np.zeros(len(values))
    first = _first_known(values)
    for back in range(1, min(window, len(values) - first)):
        distance = values[first : len(values) - back] - values[first + back :]
        signed[first + back :] += distance
        total[first + back :] += np.abs(distance)
    with np.errstate(invalid="ignore"):
        return signed / total


def trailing_longest_run_below(values: Values, bounds: Values, window: int) -> Values:
    """Length of the longest run of values strictly below the bound of the row, in each window.

    Takes one pass for each row of the window.
    """
    run, longest = np.zeros(len(values)), np.zeros(len(values))
    first = _first_known(values)
    for back in reversed(range(min(window, len(values) - first))):
        below = values[first : len(values) - back] < bounds[first + back :]
        part = run[first + back :]
        part += 1.0
        part *= below
        np.maximum(longest[first + back :], part, out=longest[first + back :])
    return longest


def _first_known(values: Values) -> int:
    known = np.isfinite(values)
    return int(known.argmax()) if known.any() else len(values)


def _by_doubling(
    block: _State, empty: tuple[float, ...], merge: Callable[[_State, _State], _State], window: int
) -> _State:
    """Put the state of each window together from blocks of 1, 2, 4 ... rows.

    ``block`` is the state of each row alone, ``empty`` that of no row; ``merge`` joins an older and
    a newer neighbour.
    """
    size, covered = 1, 0
    whole: _State | None = None
    while True:
        if window & size:
            older = _rows_before(block, empty, covered)
            whole = older if whole is None else merge(older, whole)
            covered += size
        if whole is not None and covered == window:
            return whole
        block = merge(_rows_before(block, empty, size), block)
        size *= 2


def _rows_before(state: _State, empty: tuple[float, ...], rows: int) -> _State:
    """Return the state that ended some rows earlier."""
    if rows == 0:
        return state
    moved = []
    for part, nothing in zip(state, empty, strict=True):
        before = np.full(len(part), nothing)
        before[rows:] = part[: max(len(part) - rows, 0)]
        moved.append(before)
    return tuple(moved)


def _merge_mean(older: _State, newer: _State) -> _State:
    """Join two means; that of equal values is the value itself, to the bit."""
    count = older[0] + newer[0]
    return count, older[1] + (newer[1] - older[1]) * (newer[0] / np.maximum(count, 1.0))


def _merge_squares(older: _State, newer: _State) -> _State:
    """Join sums of squared distances to the mean (Chan, Golub and LeVeque 1983)."""
    count, mean = _merge_mean(older, newer)
    step = newer[1] - older[1]
    between = step * step * (older[0] / np.maximum(count, 1.0)) * newer[0]
    return count, mean, older[2] + newer[2] + between


def _merge_moments(older: _State, newer: _State) -> _State:
    """Join two sets by Pébay 2008, "Formulas for robust, one-pass parallel computation"."""
    (count_a, mean_a, second_a, third_a, fourth_a) = older
    (count_b, mean_b, second_b, third_b, fourth_b) = newer
    count = count_a + count_b
    share_a, share_b = count_a / np.maximum(count, 1.0), count_b / np.maximum(count, 1.0)
    step = mean_b - mean_a
    between = step * step * share_a * count_b
    second = second_a + second_b + between
    third = third_a + third_b + between * step * (share_a - share_b)
    third += 3 * step * (share_a * second_b - share_b * second_a)
    fourth = fourth_a + fourth_b
    fourth += between * step * step * (1 - 3 * share_a * share_b)
    fourth += 6 * step * step * (share_a * share_a * second_b + share_b * share_b * second_a)
    fourth += 4 * step * (share_a * third_b - share_b * third_a)
    return count, mean_a + step * share_b, second, third, fourth


def _merge_covariation(older: _State, newer: _State) -> _State:
    """Join sums of (place - mean place) * (value - mean value): the newer lies behind the older."""
    count, mean = _merge_mean(older, newer)
    between = (newer[1] - older[1]) * older[0] * newer[0] / 2
    return count, mean, older[2] + newer[2] + between


def _older_if_not_lower(older: _State, newer: _State) -> _State:
    take = older[0] >= newer[0]
    return np.where(take, older[0], newer[0]), np.where(take, older[1], newer[1])
