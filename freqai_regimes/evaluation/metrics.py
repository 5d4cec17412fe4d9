"""Rank correlation of predictions with what came, and how much of it chance alone would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

FEWEST_ROWS = 3
FEWEST_SHIFTS = 19  # with fewer, no p value can reach 0.05

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ShiftNull:
    """A rank correlation beside the ones that misaligned predictions give.

    Attributes
    ----------
    observed : rank correlation of the aligned series, -1 to 1; NaN if there is none.
    null : rank correlations of the shifted series, one a shift.
    minimum_shift : smallest shift used, in rows, in either direction.
    p_greater : (1 + shifts with at least the observed value) / (1 + shifts); NaN without a null.
    p_two_sided : twice the smaller of the upper and the lower p value, at most 1.
    reason : one sentence on what this shows, or why there is no p value.
    """

    observed: float
    null: Floats
    minimum_shift: int
    p_greater: float
    p_two_sided: float
    reason: str


def rank_correlation(prediction: ArrayLike, outcome: ArrayLike) -> float:
    """Spearman's rank correlation (ties get their mean rank).

    It says whether higher predictions came with higher outcomes; it is not for the size of a
    profit, and its textbook p value is not for overlapping labels (see ``circular_shift_null``).

    Parameters
    ----------
    prediction, outcome : arrays of one shape; cells where either is NaN or infinite are dropped.

    Returns
    -------
    -1 to 1; NaN with fewer than 3 cells or where one side is constant.

    >>> round(rank_correlation([1, 2, 3, float("nan")], [10, 30, 20, 5]), 6)
    0.5
    """
    predicted, realised = _same_shape(prediction, outcome)
    valid = np.isfinite(predicted) & np.isfinite(realised)
    x, y = _standard_ranks(predicted, valid), _standard_ranks(realised, valid)
    if x is None or y is None:
        return float("nan")
    return float(np.clip((x * y).sum() / valid.sum(), -1.0, 1.0))


def circular_shift_null(
    prediction: ArrayLike, outcome: ArrayLike, shifts: int = 1000, minimum_shift: int = 1
) -> ShiftNull:
    """Compare a rank correlation with those of the predictions shifted in a circle over the run.

    A label that looks h candles ahead overlaps its h - 1 neighbours, and predictions move slowly
    too: the rows are far fewer independent observations than they seem, and the textbook p value
    is much too small. A shift keeps each series' own memory and breaks only their alignment, so
    the shifted values show what chance gives with that memory. The shift runs over the whole run:
    averaging correlations of short blocks would remove the slow moves and make skill of noise.

    Parameters
    ----------
    prediction, outcome : shape (rows,), or (rows, pairs) on one calendar. All pairs move by the
        same number of rows, so what pairs share is kept. NaN marks cells without a value; rows
        without any pair of values at the start and the end are cut off first.
    shifts : how many shifts to use at most, spread evenly over all that are allowed.
    minimum_shift : rows; at least the label's horizon, so that no shifted label overlaps the
        true one. Shifts from here to (rows - here) are allowed.

    Returns
    -------
    ShiftNull. Ranks are taken once, over the cells that have both values; under a shift the
    correlation is that of these ranks over the cells that meet, and shifts where fewer than half
    as many cells meet are left out. Nothing is drawn at random: same input, same answer.

    Notes
    -----
    The method: Theiler and Prichard (1996), "Constrained-realization Monte-Carlo method for
    hypothesis testing"; the (1 + k) / (1 + n) p value: Davison and Hinkley (1997), chapter 4.
    """
    predicted, realised = _same_shape(prediction, outcome)
    if predicted.ndim == 1:
        predicted, realised = predicted[:, None], realised[:, None]
    valid = np.isfinite(predicted) & np.isfinite(realised)
    inside = _trimmed(valid)
    predicted, realised, valid = predicted[inside], realised[inside], valid[inside]
    x, y = _standard_ranks(predicted, valid), _standard_ranks(realised, valid)
    if x is None or y is None:
        why = f"{int(valid.sum())} rows with prediction and outcome, or one of them constant"
        return _without_null(float("nan"), minimum_shift, f"No rank correlation: {why}.")
    correlations = _all_shifts(x, y, valid.astype(float))
    observed = float(correlations[0])
    rows = len(valid)
    allowed = np.arange(max(minimum_shift, 1), rows - max(minimum_shift, 1) + 1)
    if len(allowed) > shifts:
        allowed = allowed[np.linspace(0, len(allowed) - 1, shifts).round().astype(int)]
    null = correlations[allowed]
    null = null[np.isfinite(null)]
    if len(null) < FEWEST_SHIFTS:
        return _without_null(
            observed,
            minimum_shift,
            f"No p value: {rows} rows allow {len(null)} shifts of {minimum_shift} rows or more; "
            f"{FEWEST_SHIFTS} are needed. Use a longer run.",
        )
    return _with_null(observed, null, minimum_shift)


def _with_null(observed: float, null: Floats, minimum_shift: int) -> ShiftNull:
    slack = 1e-12  # equal values that differ by rounding count as equal
    as_well = int((null >= observed - slack).sum())
    greater = (1 + as_well) / (1 + len(null))
    less = (1 + int((null <= observed + slack).sum())) / (1 + len(null))
    verdict = "rare by chance, if this is the only run" if greater <= 0.05 else "chance explains it"
    return ShiftNull(
        observed,
        null,
        minimum_shift,
        greater,
        min(1.0, 2 * min(greater, less)),
        f"Rank correlation {observed:.3f}; shifted predictions did as well in {as_well} of "
        f"{len(null)} shifts (one-sided p {greater:.3f}): {verdict}.",
    )


def _without_null(observed: float, minimum_shift: int, reason: str) -> ShiftNull:
    nan = float("nan")
    return ShiftNull(observed, np.empty(0), minimum_shift, nan, nan, reason)


def _same_shape(prediction: ArrayLike, outcome: ArrayLike) -> tuple[Floats, Floats]:
    predicted = np.asarray(prediction, dtype=float)
    realised = np.asarray(outcome, dtype=float)
    if predicted.shape != realised.shape:
        raise ValueError(
            f"prediction has shape {predicted.shape}, outcome {realised.shape}: they must be equal."
        )
    return predicted, realised


def _trimmed(valid: NDArray[np.bool_]) -> slice:
    rows = np.flatnonzero(valid.any(axis=1))
    return slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 0)


def _standard_ranks(values: Floats, valid: NDArray[np.bool_]) -> Floats | None:
    """Ranks with mean 0 and deviation 1 over the valid cells, 0 elsewhere; None without spread."""
    if valid.sum() < FEWEST_ROWS:
        return None
    ranks = rankdata(values[valid])
    deviation = ranks.std()
    if deviation == 0:
        return None
    standard = np.zeros(values.shape)
    standard[valid] = (ranks - ranks.mean()) / deviation
    return standard


def _all_shifts(x: Floats, y: Floats, mask: Floats) -> Floats:
    """Correlation of x moved down by k rows with y, for each k from 0 to rows - 1, all at once.

    The sums of Pearson's formula over the cells that meet are circular cross-correlations, which
    the Fourier transform gives for all k together. NaN where fewer than half the cells meet.
    """
    rows = len(mask)
    fx, fxx, fy, fyy, fm = (np.fft.rfft(values, axis=0) for values in (x, x * x, y, y * y, mask))

    def sums(moved: NDArray[np.complex128], fixed: NDArray[np.complex128]) -> Floats:
        return np.fft.irfft((np.conj(moved) * fixed).sum(axis=1), n=rows)

    count = np.rint(sums(fm, fm))
    covariance = count * sums(fx, fy) - sums(fx, fm) * sums(fm, fy)
    spread_x = count * sums(fxx, fm) - sums(fx, fm) ** 2
    spread_y = count * sums(fm, fyy) - sums(fm, fy) ** 2
    usable = (count >= count[0] / 2) & (spread_x > 1e-9) & (spread_y > 1e-9)
    correlations = np.full(rows, np.nan)
    correlations[usable] = covariance[usable] / np.sqrt(spread_x[usable] * spread_y[usable])
    return correlations
