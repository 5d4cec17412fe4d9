"""Fewer points for a page, without losing the peaks: the lowest and the highest of each stretch."""

from __future__ import annotations

import numpy as np
import pandas as pd


def keep_extremes(values: pd.Series[float], most_points: int) -> pd.Series[float]:
    """Thin out a long series; one of at most ``most_points`` comes back as it is.

    The series is cut into stretches of equal row counts; of each the lowest and the highest value
    stay, in their order, and so do the first and the last row. NaN rows are dropped when thinning.

    >>> keep_extremes(pd.Series([1.0, 9.0, 2.0, 3.0, 0.0, 4.0, 5.0, 6.0]), 6).to_list()
    [1.0, 9.0, 0.0, 6.0]
    """
    if len(values) <= most_points:
        return values
    present = values.dropna()
    stretches = max(1, most_points // 2 - 1)
    stretch = np.arange(len(present)) * stretches // max(len(present), 1)
    grouped = pd.Series(present.to_numpy()).groupby(stretch)
    rows = {0, len(present) - 1, *grouped.idxmin(), *grouped.idxmax()}
    return present.iloc[sorted(rows)]


def majority(codes: np.ndarray, most_points: int) -> tuple[np.ndarray, np.ndarray]:
    """Thin out a series of small whole codes: the commonest code of each stretch of equal rows.

    Returns
    -------
    First row of each stretch, and its code (the smaller one where two are equally common). Up to
    ``most_points`` rows come back as they are.

    >>> [part.tolist() for part in majority(np.array([1, 1, 0, 2, 2, 2]), 2)]
    [[0, 3], [1, 2]]
    """
    rows = len(codes)
    if rows <= most_points:
        return np.arange(rows), codes
    stretch = np.arange(rows) * most_points // rows
    width = int(codes.max()) + 1
    counts = np.bincount(stretch * width + codes, minlength=most_points * width)
    firsts = np.searchsorted(stretch, np.arange(most_points))
    return firsts, counts.reshape(most_points, width).argmax(axis=1)
