"""Learns from a row's features how large the error of its prediction will be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from freqai_regimes.learners.engine import LearnerOptions, fit
from freqai_regimes.learners.learner import FittedLearner
from freqai_regimes.learners.sample import Floats, RowOrder, Sample

_SMALLEST_SHARE = 0.01


@dataclass(frozen=True)
class ResidualScale:
    """Expected size of the error of a row, for ``split_conformal``."""

    learner: FittedLearner
    floor: float

    def size(self, rows: Floats, order: RowOrder | None = None) -> Floats:
        """Typical absolute error in the label's unit, above 0, shape (rows,); NaN for NaN rows."""
        return np.asarray(np.maximum(np.exp(self.learner.predict(rows, order)), self.floor))


def fit_residual_scale(
    options: LearnerOptions, sample: Sample, residual: Floats, *, n_jobs: int = 1
) -> ResidualScale:
    """Fit the logarithm of the absolute residual.

    Parameters
    ----------
    options : which learner; ridge (``linear``) is enough as a rule.
    sample : rows on which the model was not fitted, and not those of the interval either: the rows
        by which it stopped, or ``stacking``'s out-of-fold rows. Targets are not looked at.
    residual : outcome minus prediction, shape (rows,); NaN rows are not learnt from.

    Raises
    ------
    TrainingError
        If no residual is known.
    """
    size = np.abs(residual)
    known = size[np.isfinite(size)]
    # An error of exactly 0 has no logarithm: nothing counts as smaller than 1 % of the mean.
    floor = max(_SMALLEST_SHARE * float(known.mean()) if len(known) else 0.0, 1e-12)
    target = np.where(np.isfinite(size), np.log(np.maximum(size, floor)), np.nan)
    learnt = Sample(sample.rows, target, sample.weight, sample.order)
    return ResidualScale(fit(options, learnt, "regression", n_jobs=n_jobs), floor)
