"""What random forest and extra trees share: averages of deep, differing trees (scikit-learn)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from freqai_regimes.learners.learner import CommonOptions, Task
from freqai_regimes.learners.sample import Floats, Sample


class ForestOptions(CommonOptions):
    """Options of a forest: leaves hold many rows, since one row of returns is mostly noise."""

    n_estimators: int = Field(100, ge=1, le=10_000, description="trees")
    max_depth: int | None = Field(8, ge=1, description="splits from root to leaf; null: no limit")
    min_child_fraction: float = Field(
        0.01, gt=0, lt=0.5, description="rows of a leaf at least, as a share of the training rows"
    )
    max_features: float = Field(
        0.3, gt=0, le=1, description="share of features looked at for a split"
    )
    subsample: float = Field(0.5, gt=0, le=1, description="rows drawn for a tree, as a share")
    balance_classes: bool = Field(False, description="rare classes weigh as much as frequent ones")

    def parameters(self, task: Task) -> dict[str, Any]:
        """The same, by scikit-learn's names."""
        balanced = {"class_weight": "balanced"} if self.balance_classes and task.class_count else {}
        return {
            "n_estimators": self.n_estimators,
            "max_depth": self.max_depth,
            "min_samples_leaf": self.min_child_fraction,
            "max_features": self.max_features,
            "bootstrap": True,
            "max_samples": self.subsample,
            "random_state": self.random_state,
            "n_jobs": task.n_jobs,
            **balanced,
        }


@dataclass(frozen=True)
class Forest:
    """A fitted forest of scikit-learn."""

    estimator: Any

    def predict(self, rows: Floats) -> Floats:
        """Values, shape (rows,), or probabilities, shape (rows, classes)."""
        if hasattr(self.estimator, "predict_proba"):
            return np.asarray(self.estimator.predict_proba(rows))
        return np.asarray(self.estimator.predict(rows))

    def importance(self) -> Floats:
        """Share of the impurity that each feature took away."""
        return np.asarray(self.estimator.feature_importances_)


def fit_forest(estimator: Any, sample: Sample) -> Forest:
    """Fit; predictions take one thread, since several add up the trees in any order."""
    estimator.fit(sample.rows, sample.target, sample_weight=sample.weight)
    estimator.set_params(n_jobs=1)
    return Forest(estimator)
