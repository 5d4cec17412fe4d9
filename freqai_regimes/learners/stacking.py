"""Combines several learners by how well each predicted rows that it had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LinearRegression

from freqai_regimes.errors import TrainingError
from freqai_regimes.labels.labelled import Kind
from freqai_regimes.learners.engine import LearnerOptions, fit
from freqai_regimes.learners.learner import CLASSES, FittedLearner
from freqai_regimes.learners.sample import Floats, Sample
from freqai_regimes.splits import NO_EMBARGO, purged_folds, stopping_split


@dataclass(frozen=True)
class Stacker:
    """Weights of the learners, none below 0.

    Attributes
    ----------
    weights : shape (learners,). Of classes they sum, with that of the frequencies, to 1.
    constant : of a regression, added; of classes, their weighted frequencies.
    rows : out-of-fold rows that it was fitted on.
    reason : one sentence on who speaks.
    """

    weights: Floats
    constant: Floats
    rows: int
    reason: str

    def predict(self, predictions: Floats) -> Floats:
        """Combine predictions of the learners as ``FittedLearner.predict`` gave them.

        Parameters
        ----------
        predictions : shape (learners, rows), or (learners, rows, 3) of three classes.

        Returns
        -------
        Shape (rows,) or (rows, 3); NaN where any learner says NaN.
        """
        combined = np.zeros(predictions.shape[1:])
        for weight, prediction in zip(self.weights, predictions, strict=True):
            combined = combined + weight * prediction
        return combined + self.constant


@dataclass(frozen=True)
class Folding:
    """How rows are cut for out-of-fold predictions.

    Attributes
    ----------
    date, known_at : of the sample's rows, as in ``splits.purged_folds``.
    folds : blocks that are predicted in turn.
    embargo : further time left out after a block.
    stopping_fraction : last part of each fold's training rows, purged, by which learners stop; 0:
        they do not stop early.
    """

    date: pd.Series
    known_at: pd.Series
    folds: int = 5
    embargo: pd.Timedelta = NO_EMBARGO
    stopping_fraction: float = 0.0


def out_of_fold(
    learners: Sequence[LearnerOptions],
    sample: Sample,
    kind: Kind,
    folding: Folding,
    *,
    early_stopping_rounds: int = 0,
    n_jobs: int = 1,
) -> Floats:
    """Predict every row by learners that were fitted without its fold, purged on both sides.

    Parameters
    ----------
    learners, sample, kind, early_stopping_rounds, n_jobs : as for ``engine.fit``.
    folding : how the rows are cut.

    Returns
    -------
    Shape (learners, rows), or (learners, rows, 3) of three classes; NaN where a row or its window
    has unknown features.

    Raises
    ------
    TrainingError
        If a fold leaves nothing to train on.
    """
    width = (3,) if kind == "three_class" else ()
    predicted = np.full((len(learners), len(sample), *width), np.nan)
    date, known_at = folding.date, folding.known_at
    for fold in purged_folds(date, known_at, folding.folds, folding.embargo):
        train, stopping = fold.train, None
        if folding.stopping_fraction > 0:
            inner = stopping_split(date, known_at, train, folding.stopping_fraction)
            train, stopping = inner.train, _only(sample, inner.validation)
        for row, options in enumerate(learners):
            fitted = fit(
                options,
                _only(sample, train),
                kind,
                stopping=stopping,
                early_stopping_rounds=early_stopping_rounds,
                n_jobs=n_jobs,
            )
            predicted[row, fold.validation] = _asked(fitted, sample, fold.validation)
    return predicted


def _asked(fitted: FittedLearner, sample: Sample, chosen: npt.NDArray[np.intp]) -> Floats:
    """Predictions of the chosen rows; a learner of windows needs those before as well."""
    if fitted.window_candles > 1:
        return np.asarray(fitted.predict(sample.rows, sample.order)[chosen])
    return fitted.predict(sample.rows[chosen])


def fit_stacker(
    predictions: Floats, target: Floats, kind: Kind, weight: Floats | None = None
) -> Stacker:
    """Find the weights by non-negative least squares on out-of-fold rows (Breiman 1996).

    Of classes the squared distance of probability and outcome is made small; the frequencies of the
    classes stand as one more learner, so where nobody predicts, they remain.

    Parameters
    ----------
    predictions : of ``out_of_fold``.
    target : as in ``Sample``; rows with NaN in target or predictions are left out.
    weight : how much each row counts; None: all the same.

    Raises
    ------
    TrainingError
        If no row is left.
    """
    spread = predictions.reshape(len(predictions), len(target), -1)
    known = np.isfinite(target) & np.isfinite(spread).all(axis=(0, 2))
    if not known.any():
        raise TrainingError("No row has an out-of-fold prediction of every learner and a label.")
    columns, came = spread[:, known], _outcomes(target[known], kind)
    counted = None if weight is None else np.repeat(weight[known], came.shape[1])
    frequency = np.average(came, axis=0, weights=None if weight is None else weight[known])
    inputs = np.column_stack([part.ravel() for part in columns])
    if kind != "regression":
        inputs = np.column_stack([inputs, np.tile(frequency, len(came))])
    fitted = LinearRegression(positive=True, fit_intercept=kind == "regression")
    fitted.fit(inputs, came.ravel(), sample_weight=counted)
    return _stacker(fitted, frequency, int(known.sum()), kind)


def _only(sample: Sample, chosen: npt.NDArray[np.intp]) -> Sample:
    """The sample with targets of the chosen rows alone: the others are history."""
    target = np.full(len(sample), np.nan)
    target[chosen] = sample.target[chosen]
    return Sample(sample.rows, target, sample.weight, sample.order)


def _outcomes(target: Floats, kind: Kind) -> Floats:
    """What is to be met: the value, or 1 for the class that came, shape (rows, columns)."""
    if kind == "three_class":
        return np.asarray(target[:, np.newaxis] == np.array(CLASSES[kind]), dtype=float)
    return np.asarray(target[:, np.newaxis])


def _stacker(fitted: LinearRegression, frequency: Floats, rows: int, kind: Kind) -> Stacker:
    weights = np.asarray(fitted.coef_, dtype=float)
    if kind == "regression":
        constant = np.asarray(float(fitted.intercept_))
    else:
        weights = weights / weights.sum() if weights.sum() > 0 else np.eye(len(weights))[-1]
        weights, constant = weights[:-1], weights[-1] * frequency
        constant = constant if kind == "three_class" else constant[0]
    shown = ", ".join(f"{weight:.2f}" for weight in weights)
    nobody = "no learner predicted rows that it had not seen; " if not weights.any() else ""
    return Stacker(weights, np.asarray(constant), rows, f"{nobody}weights {shown} on {rows} rows")
