"""Gradient boosted trees (LightGBM), made repeatable and kept to the threads they are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import lightgbm
import numpy as np
import numpy.typing as npt
from pydantic import Field

from freqai_regimes.learners.learner import CommonOptions, Task
from freqai_regimes.learners.sample import Sample

Rows = npt.NDArray[np.float64]


class Options(CommonOptions):
    """Options of LightGBM, by its own names. Small trees, much shrinkage: returns are mostly noise.

    Ke et al. 2017; ``goss`` keeps the rows with large gradients and a sample of the others.
    """

    learner: Literal["lightgbm"]
    n_estimators: int = Field(100, ge=1, description="trees at most")
    learning_rate: float = Field(0.04, gt=0, le=1, description="weight of each tree")
    num_leaves: int = Field(12, ge=2, le=131072, description="leaves of a tree at most")
    max_depth: int = Field(5, ge=-1, description="splits from root to leaf at most; -1: no limit")
    min_child_samples: int = Field(100, ge=1, description="rows of a leaf at least")
    min_child_fraction: float | None = Field(
        None, gt=0, lt=0.5, description="rows of a leaf at least, as a share of the training rows"
    )
    subsample: float = Field(0.7, gt=0, le=1, description="share of rows for each tree")
    subsample_freq: int = Field(1, ge=0, description="drawn anew after so many trees; 0: never")
    colsample_bytree: float = Field(0.5, gt=0, le=1, description="share of features for each tree")
    reg_alpha: float = Field(0.0, ge=0, description="L1 penalty on leaves")
    reg_lambda: float = Field(10.0, ge=0, description="L2 penalty on leaves")
    max_bin: int = Field(63, ge=2, le=65535, description="values told apart in a feature at most")
    data_sample_strategy: Literal["bagging", "goss"] = Field(
        "bagging", description="how rows are drawn; goss ignores subsample"
    )
    balance_classes: bool = Field(False, description="rare classes weigh as much as frequent ones")
    early_stopping_rounds: int | None = Field(
        None, ge=0, description="rounds without gain that end it; null: experts' setting; 0: none"
    )
    parameters: dict[str, Any] = Field(
        {}, description="more of LightGBM's parameters (scikit-learn names); they override"
    )


#: What makes the same rows give the same trees, bit for bit, on one machine; never overridden.
REPEATABLE: dict[str, Any] = {"deterministic": True, "force_row_wise": True, "verbose": -1}


@dataclass(frozen=True)
class GradientBoosting:
    """A fitted LightGBM model of so many classes; 0: a regression."""

    booster: lightgbm.Booster
    class_count: int = 0

    def predict(self, features: Rows) -> Rows:
        """Values, shape (rows,), or probabilities of the classes, shape (rows, classes)."""
        if len(features) == 0:
            return np.empty(0)
        answer = np.asarray(self.booster.predict(features, num_threads=1), dtype=float)
        return np.column_stack([1 - answer, answer]) if self.class_count == 2 else answer

    def importance(self) -> Rows:
        """Total gain of each feature, in the order of the fit."""
        return np.asarray(self.booster.feature_importance("gain"), dtype=float)


def fit(options: Options, sample: Sample, task: Task, stopping: Sample | None) -> GradientBoosting:
    """Fit trees; with stopping rows and rounds they end where those rows gain no more."""
    parameters = options.model_dump(
        exclude={
            "learner",
            "name",
            "min_child_fraction",
            "balance_classes",
            "early_stopping_rounds",
            "parameters",
        }
    )
    if options.min_child_fraction is not None:
        parameters["min_child_samples"] = max(1, int(options.min_child_fraction * len(sample)))
    if options.data_sample_strategy == "goss":
        parameters |= {"subsample": 1.0, "subsample_freq": 0}  # LightGBM refuses both at once
    if options.balance_classes and task.class_count:
        parameters["class_weight"] = "balanced"
    parameters |= {"n_jobs": task.n_jobs, **options.parameters, **REPEATABLE}
    kind = lightgbm.LGBMClassifier if task.class_count else lightgbm.LGBMRegressor
    rounds = options.early_stopping_rounds
    rounds = task.early_stopping_rounds if rounds is None else rounds
    booster = _booster(kind(**parameters), sample, stopping, rounds)
    return GradientBoosting(booster, task.class_count)


def _booster(
    estimator: lightgbm.LGBMModel, sample: Sample, stopping: Sample | None, rounds: int
) -> lightgbm.Booster:
    if stopping is None or rounds == 0 or len(stopping) == 0:
        estimator.fit(sample.rows, sample.target, sample_weight=sample.weight)
    else:
        estimator.fit(
            sample.rows,
            sample.target,
            sample_weight=sample.weight,
            eval_X=stopping.rows,
            eval_y=stopping.target,
            callbacks=[lightgbm.early_stopping(rounds, verbose=False)],
        )
    return estimator.booster_
