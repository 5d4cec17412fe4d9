"""Zig-zag legs of a price: as they look in the end, and as they are known while they run."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
REVERSAL = 0.02  # fraction against the leg that ends it


def turns(close: Floats) -> list[tuple[int, int, float]]:
    """Pivots: row of the extreme, row whose close confirms it, direction of the leg that begins.

    A pivot is confirmed once the price has moved by ``REVERSAL`` away from the extreme.
    """
    found: list[tuple[int, int, float]] = []
    highest = lowest = 0
    direction = 0.0
    for row in range(1, len(close)):
        if close[row] > close[highest]:
            highest = row
        if close[row] < close[lowest]:
            lowest = row
        if direction >= 0 and close[row] < close[highest] * (1 - REVERSAL):
            found.append((highest, row, -1.0))
            direction, lowest, highest = -1.0, row, row
        elif direction <= 0 and close[row] > close[lowest] * (1 + REVERSAL):
            found.append((lowest, row, 1.0))
            direction, lowest, highest = 1.0, row, row
    return found


def running_leg(close: Floats) -> Floats:
    """Direction of the leg as confirmed by each row's close; NaN before the first pivot."""
    leg = np.full(len(close), np.nan)
    for _, confirmed, direction in turns(close):
        leg[confirmed:] = direction
    return leg


def final_leg(close: Floats) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Direction of the leg that each row lies in, and the row that confirms where the leg ends.

    The last leg has no end yet: its rows have a direction and the confirming row -1.
    """
    leg = np.full(len(close), np.nan)
    known = np.full(len(close), -1, dtype=np.intp)
    pivots = turns(close)
    for (start, _, direction), (end, confirmed, _) in itertools.pairwise(pivots):
        leg[start:end], known[start:end] = direction, confirmed
    if pivots:
        leg[pivots[-1][0] :] = pivots[-1][2]
    return leg, known
