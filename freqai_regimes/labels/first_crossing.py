"""When a price first goes beyond a level: the search under every label that waits for a touch.

The prices are kept as a tree of maxima over blocks of 2, 4, 8 ... candles. All rows climb and
descend it together, so n searches cost about n log(horizon) steps without a loop over rows; the
tree needs twice the memory of the prices.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


def first_above(
    prices: Floats, levels: Floats, start: Rows, horizon_candles: int | None = None
) -> Rows:
    """First row from ``start`` on whose price is strictly above the level, of each search.

    Parameters
    ----------
    prices : n prices; a NaN is above no level.
    levels : one for each search; nothing is above a NaN.
    start : first row looked at, 0 or more, one for each search.
    horizon_candles : how many rows are looked at; ``None`` for all that there are.

    Returns
    -------
    Row numbers, n where no row in reach is above the level.

    >>> first_above(np.array([1.0, 3.0, 2.0, 5.0]), np.array([2.5, 4.0, 2.0]), np.array([0, 0, 2]))
    array([1, 3, 3])
    """
    reach = len(prices) if horizon_candles is None else min(horizon_candles, len(prices))
    depth = max(reach, 1).bit_length()
    layers = _maxima(prices, depth)
    at = start.astype(np.int64)
    for step in range(depth):  # up: pass the block that ends a larger one, unless it holds the row
        clean = ~(layers[step].take(at >> step, mode="clip") > levels)
        at += (clean & ((at >> step) & 1 == 1)).astype(np.int64) << step
    for step in range(depth, -1, -1):  # down: pass what begins here and does not hold the row
        clean = ~(layers[step].take(at >> step, mode="clip") > levels)
        at += (clean & (at & ((1 << step) - 1) == 0)).astype(np.int64) << step
    return np.where((at < len(prices)) & (at < start + reach), at, len(prices))


def first_below(
    prices: Floats, levels: Floats, start: Rows, horizon_candles: int | None = None
) -> Rows:
    """First row from ``start`` on whose price is strictly below the level; see ``first_above``.

    >>> first_below(np.array([4.0, 3.0, 2.0]), np.array([2.5, 1.0]), np.array([0, 0]))
    array([2, 3])
    """
    return first_above(-prices, -levels, start, horizon_candles)


def last_above(prices: Floats, levels: Floats, end: Rows) -> Rows:
    """Last row before ``end`` whose price is strictly above the level; -1 if there is none.

    >>> last_above(np.array([4.0, 3.0, 2.0]), np.array([2.5, 3.5, 9.0]), np.array([2, 2, 2]))
    array([ 1,  0, -1])
    """
    last = len(prices) - 1
    return last - first_above(prices[::-1], levels, last - end + 1)


def last_below(prices: Floats, levels: Floats, end: Rows) -> Rows:
    """Last row before ``end`` whose price is strictly below the level; -1 if there is none."""
    return last_above(-prices, -levels, end)


def just_below(levels: Floats) -> Floats:
    """The next smaller numbers: strictly above them means at or above the levels."""
    return np.nextafter(levels, -np.inf)


def _maxima(prices: Floats, depth: int) -> list[Floats]:
    """Maxima over blocks of 2**0 ... 2**depth rows; the last block of each lies past the end."""
    blocks = -(-len(prices) >> depth) + 1
    layer = np.full(blocks << depth, -np.inf)
    np.fmax(prices, -np.inf, out=layer[: len(prices)])
    layers = [layer]
    for _ in range(depth):
        layer = np.maximum(layer[::2], layer[1::2])
        layers.append(layer)
    return layers
