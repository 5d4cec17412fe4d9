"""Combines several learners by how well each predicted rows that it had not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LinearRegression

from freqai_regimes.errors import TrainingError
from freqai_regimes.labels.labelled import Kind
from freqai_regimes.learners.sample import Floats


@dataclass(frozen=True)
class Stacker:
    """Weights of the learners, none below 0.

    Attributes
    ----------
    weights : shape (learners,). Of probabilities they sum, with that of the frequency, to 1.
    constant : added; of probabilities the weighted frequency.
    rows : out-of-fold rows that it was fitted on.
    reason : one sentence on who speaks.
    """

    weights: Floats
    constant: float
    rows: int
    reason: str

    def predict(self, predictions: Floats) -> Floats:
        """Combine predictions, shape (learners, rows), to shape (rows,); NaN where any is NaN."""
        combined = np.zeros(predictions.shape[1])
        for weight, prediction in zip(self.weights, predictions, strict=True):
            combined = combined + weight * prediction
        return combined + self.constant


def fit_stacker(
    predictions: Floats, target: Floats, kind: Kind, weight: Floats | None = None
) -> Stacker:
    """Find the weights by non-negative least squares on out-of-fold rows (Breiman 1996).

    Of a binary label the squared distance of probability and outcome is made small; the frequency
    stands as one more learner, so the answer is a probability, and where nobody predicts it is the
    frequency. Where nobody predicts a number, the mean remains.

    Parameters
    ----------
    predictions : of learners that were fitted without the row (``splits.purged_folds``), shape
        (learners, rows): values, probabilities of 1, or of three classes the mean of -1, 0 and 1.
    target : the label, shape (rows,); rows with NaN in target or predictions are left out.
    weight : how much each row counts; None: all the same.

    Raises
    ------
    TrainingError
        If no row is left.
    """
    known = np.isfinite(target) & np.isfinite(predictions).all(axis=0)
    if not known.any():
        raise TrainingError("No row has an out-of-fold prediction of every learner and a label.")
    inputs, came = predictions[:, known].T, target[known]
    counted = None if weight is None else weight[known]
    frequency = float(np.average(came, weights=counted))
    binary = kind == "binary"
    if binary:
        inputs = np.column_stack([inputs, np.full(len(came), frequency)])
    fitted = LinearRegression(positive=True, fit_intercept=not binary)
    fitted.fit(inputs, came, sample_weight=counted)
    weights, constant = np.asarray(fitted.coef_, dtype=float), float(fitted.intercept_)
    if binary:
        weights = weights / weights.sum() if weights.sum() > 0 else np.eye(len(weights))[-1]
        weights, constant = weights[:-1], float(weights[-1] * frequency)
    shown = ", ".join(f"{one:.2f}" for one in weights)
    nobody = "no learner predicted rows that it had not seen; " if not weights.any() else ""
    return Stacker(weights, constant, len(came), f"{nobody}weights {shown} on {len(came)} rows")
