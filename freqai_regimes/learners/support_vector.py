"""Support vector machines (Cortes & Vapnik 1995) with a radial kernel, as source 000's ``svc``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import Field
from sklearn.svm import SVC, SVR

from freqai_regimes.learners.dense import softmax
from freqai_regimes.learners.learner import CommonOptions, Task
from freqai_regimes.learners.sample import Floats, Sample
from freqai_regimes.learners.scaling import Scaling, fit_scaling, fit_target_scaling


class Options(CommonOptions):
    """Options of a support vector machine; its time grows with the square of the rows."""

    learner: Literal["support_vector"]
    c: float = Field(1.0, gt=0, allow_inf_nan=False, description="weight of errors: C of libsvm")
    epsilon: float = Field(
        0.1, ge=0, description="regression: errors up to here, in deviations of the label, are free"
    )
    most_rows: int = Field(5000, ge=100, description="only the last so many rows are learnt from")
    clip: float = Field(5.0, gt=0, description="features are cut off so many deviations from mean")
    balance_classes: bool = Field(False, description="rare classes weigh as much as frequent ones")


@dataclass(frozen=True)
class SupportVectorMachine:
    """A fitted machine with its scaling; of the target only in a regression."""

    estimator: Any
    scaling: Scaling
    target: Scaling | None

    def predict(self, rows: Floats) -> Floats:
        """Values, shape (rows,), or probabilities, shape (rows, classes).

        A probability is the logistic curve of the distance to the boundary in margins (several
        classes: softmax). It orders rows rightly and says little more: calibrate it.
        """
        scaled = self.scaling.apply(rows)
        if self.target is not None:
            return self.target.undo(np.asarray(self.estimator.predict(scaled)))
        distance = np.asarray(self.estimator.decision_function(scaled))
        if distance.ndim == 1:
            distance = np.column_stack([-distance, distance]) / 2
        return softmax(distance)

    def importance(self) -> Floats:
        """Nothing is known of single features: all 0."""
        return np.zeros(len(self.scaling.mean))


def fit(
    options: Options, sample: Sample, task: Task, stopping: Sample | None
) -> SupportVectorMachine:
    """Fit on the last ``most_rows`` rows; stopping rows are not needed."""
    last = sample.part(np.arange(max(0, len(sample) - options.most_rows), len(sample)))
    scaling = fit_scaling(last.rows, options.clip)
    target = None if task.class_count else fit_target_scaling(last.target)
    if target is None:
        balance = "balanced" if options.balance_classes else None
        estimator: Any = SVC(C=options.c, class_weight=balance, random_state=options.random_state)
    else:
        estimator = SVR(C=options.c, epsilon=options.epsilon)
    learnt = last.target if target is None else target.apply(last.target)
    estimator.fit(scaling.apply(last.rows), learnt, sample_weight=last.weight)
    return SupportVectorMachine(estimator, scaling, target)
