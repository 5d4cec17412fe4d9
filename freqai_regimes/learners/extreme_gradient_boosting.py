"""Gradient boosted trees of XGBoost (Chen & Guestrin 2016), beside LightGBM's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xgboost
from pydantic import Field

from freqai_regimes.learners.learner import CommonOptions, Task
from freqai_regimes.learners.sample import Floats, Sample


class Options(CommonOptions):
    """Options of XGBoost, by its own names; sized as LightGBM's defaults."""

    learner: Literal["xgboost"]
    n_estimators: int = Field(100, ge=1, description="trees at most")
    learning_rate: float = Field(0.04, gt=0, le=1, description="weight of each tree")
    max_depth: int = Field(4, ge=1, le=30, description="splits from root to leaf at most")
    min_child_weight: float = Field(
        50.0, ge=0, description="curvature in a leaf at least: rows, or a quarter of them for odds"
    )
    subsample: float = Field(0.7, gt=0, le=1, description="share of rows for each tree")
    colsample_bytree: float = Field(0.5, gt=0, le=1, description="share of features for each tree")
    reg_alpha: float = Field(0.0, ge=0, description="L1 penalty on leaves")
    reg_lambda: float = Field(10.0, ge=0, description="L2 penalty on leaves")
    max_bin: int = Field(63, ge=2, le=65535, description="values told apart in a feature at most")
    early_stopping_rounds: int | None = Field(
        None, ge=0, description="rounds without gain that end it; null: experts' setting; 0: none"
    )


@dataclass(frozen=True)
class ExtremeGradientBoosting:
    """A fitted XGBoost model; its own precision is float32.

    Attributes
    ----------
    booster : of so many ``columns``.
    class_count : 0 for a regression.
    rounds : trees in use; 0: all.
    """

    booster: xgboost.Booster
    columns: int
    class_count: int
    rounds: int

    def predict(self, rows: Floats) -> Floats:
        """Values, shape (rows,), or probabilities, shape (rows, classes)."""
        answer = self.booster.inplace_predict(rows, iteration_range=(0, self.rounds))
        answer = np.asarray(answer, dtype=float)
        return np.column_stack([1 - answer, answer]) if self.class_count == 2 else answer

    def importance(self) -> Floats:
        """Total gain of each feature."""
        gain: dict[str, Any] = self.booster.get_score(importance_type="total_gain")
        return np.array([float(gain.get(f"f{i}", 0.0)) for i in range(self.columns)])


def fit(
    options: Options, sample: Sample, task: Task, stopping: Sample | None
) -> ExtremeGradientBoosting:
    """Fit trees; with stopping rows and rounds they end where those rows gain no more."""
    parameters = options.model_dump(exclude={"learner", "name", "early_stopping_rounds"})
    rounds = options.early_stopping_rounds
    rounds = task.early_stopping_rounds if rounds is None else rounds
    later = []
    if stopping is not None and len(stopping) and rounds:
        parameters["early_stopping_rounds"] = rounds
        later = [(stopping.rows, stopping.target)]
    kind = xgboost.XGBClassifier if task.class_count else xgboost.XGBRegressor
    estimator = kind(**parameters, n_jobs=task.n_jobs, tree_method="hist", verbosity=0)
    estimator.fit(
        sample.rows, sample.target, sample_weight=sample.weight, eval_set=later, verbose=False
    )
    booster = estimator.get_booster()
    booster.set_param({"nthread": 1})
    kept = estimator.best_iteration + 1 if later else 0
    return ExtremeGradientBoosting(booster, sample.rows.shape[1], task.class_count, kept)
