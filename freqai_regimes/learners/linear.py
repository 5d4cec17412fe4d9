"""Linear models: ridge regression, or logistic regression where the label is a class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import Field
from sklearn.linear_model import LogisticRegression, Ridge

from freqai_regimes.learners.dense import dense, softmax
from freqai_regimes.learners.learner import CommonOptions, Task
from freqai_regimes.learners.sample import Floats, Sample
from freqai_regimes.learners.scaling import Scaling, fit_scaling


class Options(CommonOptions):
    """Options of ridge and logistic regression: the baseline that trees have to beat."""

    learner: Literal["linear"]
    alpha: float = Field(
        100.0, gt=0, allow_inf_nan=False, description="L2 penalty: alpha of ridge, 1/C of logistic"
    )
    clip: float = Field(5.0, gt=0, description="features are cut off so many deviations from mean")
    balance_classes: bool = Field(False, description="rare classes weigh as much as frequent ones")


@dataclass(frozen=True)
class LinearModel:
    """Coefficients on scaled features; several outputs are classes."""

    scaling: Scaling
    coefficients: Floats
    intercept: Floats

    def predict(self, rows: Floats) -> Floats:
        """Values, shape (rows,), or probabilities, shape (rows, classes)."""
        scores = dense(self.scaling.apply(rows), self.coefficients, self.intercept)
        return scores[:, 0] if scores.shape[1] == 1 else softmax(scores)

    def importance(self) -> Floats:
        """Mean absolute coefficient of each scaled feature."""
        return np.asarray(np.abs(self.coefficients).mean(axis=1))


def fit(options: Options, sample: Sample, task: Task, stopping: Sample | None) -> LinearModel:
    """Fit in closed form (ridge) or to convergence (logistic); stopping rows are not needed."""
    scaling = fit_scaling(sample.rows, options.clip)
    estimator = _estimator(options, task).fit(
        scaling.apply(sample.rows), sample.target, sample_weight=sample.weight
    )
    coefficients, intercept = np.atleast_2d(estimator.coef_), np.atleast_1d(estimator.intercept_)
    if task.class_count == 2:
        # Half the score for one class, half against the other: softmax is then the logistic curve.
        coefficients = np.vstack([-coefficients, coefficients]) / 2
        intercept = np.concatenate([-intercept, intercept]) / 2
    return LinearModel(scaling, np.ascontiguousarray(coefficients.T), intercept)


def _estimator(options: Options, task: Task) -> Any:
    if task.class_count == 0:
        return Ridge(alpha=options.alpha)
    return LogisticRegression(
        C=1 / options.alpha,
        class_weight="balanced" if options.balance_classes else None,
        max_iter=1000,
        random_state=options.random_state,
    )
