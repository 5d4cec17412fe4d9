"""How long the blocks of a stationary bootstrap should be, from a series' own memory.

Source: Politis and White 2004, "Automatic block-length selection for the dependent bootstrap", with
the corrected variance of Patton, Politis and White 2009. Assumes a stationary series whose
autocorrelations die out; a flat-top window (Politis and Romano 1995) cuts them where they do.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

FEWEST_VALUES = 8
_CRITICAL = 2.0  # standard errors, as both papers advise


def mean_block_length(series: npt.ArrayLike) -> float:
    """Best mean length of the blocks for the mean of a series, in rows; at least 1.

    Parameters
    ----------
    series : shape (rows,), finite.

    Returns
    -------
    1 for a series that is constant or shorter than ``FEWEST_VALUES``; at most the smaller of
    3 sqrt(rows) and rows / 3, rounded up.
    """
    values = np.asarray(series, dtype=float)
    rows = len(values)
    if rows < FEWEST_VALUES or np.ptp(values) == 0:
        return 1.0
    run = max(5, int(math.log10(rows)))
    farthest = min(math.ceil(math.sqrt(rows)) + run, rows - 1)
    covariance = _autocovariance(values, farthest)
    window = _window(covariance / covariance[0], rows, run)
    lags = np.arange(1, window + 1)
    taper = np.minimum(1.0, 2 * (1 - lags / window))
    weighted = 2 * taper * covariance[1 : window + 1]
    bias = float((lags * weighted).sum())
    variance = 2 * float(covariance[0] + weighted.sum()) ** 2
    longest = math.ceil(min(3 * math.sqrt(rows), rows / 3))
    if variance == 0:
        return float(longest)
    best = (2 * bias**2 / variance * rows) ** (1 / 3)
    return float(np.clip(best, 1.0, longest))


def _autocovariance(values: npt.NDArray[np.float64], farthest: int) -> npt.NDArray[np.float64]:
    moved = values - values.mean()
    rows = len(moved)
    sums = [float(moved[lag:] @ moved[: rows - lag]) for lag in range(farthest + 1)]
    return np.array(sums) / rows


def _window(correlation: npt.NDArray[np.float64], rows: int, run: int) -> int:
    """Twice the first lag from which on ``run`` correlations in a row could be chance."""
    farthest = len(correlation) - 1
    small = np.abs(correlation) < _CRITICAL * math.sqrt(math.log10(rows) / rows)
    for lag in range(1, farthest - run + 2):
        if small[lag : lag + run].all():
            return min(2 * lag, farthest)
    return farthest
