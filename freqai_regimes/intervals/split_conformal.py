"""Split conformal intervals: as wide as the errors on purged validation rows were."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from freqai_regimes.errors import TrainingError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ConformalInterval:
    """Half-width of the interval in units of the scale.

    Attributes
    ----------
    coverage : share of outcomes that it is to hold.
    half_width : in units of the scale; NaN where the rows are too few.
    rows : validation rows that it comes from.
    reason : one sentence on what it comes from, or why there is none.
    """

    coverage: float
    half_width: float
    rows: int
    reason: str

    def bounds(
        self, prediction: npt.ArrayLike, scale: npt.ArrayLike = 1.0
    ) -> tuple[Floats, Floats]:
        """Lower and upper bound of each prediction, in its unit; NaN where something is unknown."""
        middle = np.asarray(prediction, dtype=float)
        reach = self.half_width * np.asarray(scale, dtype=float)
        return middle - reach, middle + reach


def fit_interval(
    prediction: npt.ArrayLike,
    outcome: npt.ArrayLike,
    scale: npt.ArrayLike = 1.0,
    *,
    coverage: float,
) -> ConformalInterval:
    """Take the half-width from errors on rows that the model was not fitted on.

    The half-width is the ceil((rows + 1) * coverage)-th smallest of abs(outcome - prediction) /
    scale (Papadopoulos 2002; Lei et al. 2018). Where rows can be exchanged it holds the next
    outcome with at least that probability. Rows of a market cannot: when it changes, see
    ``adaptive``.

    Parameters
    ----------
    prediction, outcome : shape (rows,), purged validation rows; rows with NaN are left out.
    scale : expected size of the error of each row, above 0, known at the row: volatility or a
        ``ResidualScale``; 1: all the same.
    coverage : in (0, 1).

    Raises
    ------
    TrainingError
        If a scale is 0 or below.
    """
    predicted, came, unit = np.broadcast_arrays(
        *(np.asarray(part, dtype=float) for part in (prediction, outcome, scale))
    )
    if (unit <= 0).any():
        raise TrainingError(f"A scale of {np.nanmin(unit):g} cannot widen an interval: above 0.")
    error = np.abs(came - predicted) / unit
    error = np.sort(error[np.isfinite(error)])
    rank = math.ceil((len(error) + 1) * coverage - 1e-9)
    if rank > len(error):
        needed = math.ceil(coverage / (1 - coverage) - 1e-9)
        reason = f"{len(error)} validation rows, {needed} needed for {coverage:g}: no interval"
        return ConformalInterval(coverage, float("nan"), len(error), reason)
    reason = f"error number {rank} of {len(error)} validation rows"
    return ConformalInterval(coverage, float(error[rank - 1]), len(error), reason)
