"""Gradient boosted trees (LightGBM), made repeatable and kept to the threads they are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import lightgbm
import numpy as np
import numpy.typing as npt
from pydantic import Field
from sklearn.utils.class_weight import compute_sample_weight

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
REPEATABLE: dict[str, Any] = {"deterministic": True, "force_col_wise": True, "verbose": -1}
#: By number of classes, 0 for a regression.
_OBJECTIVES = {0: "regression", 2: "binary", 3: "multiclass"}


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
    parameters = _parameters(options, sample, task)
    trees, weights = parameters.pop("n_estimators"), parameters.pop("class_weight", None)
    rounds = options.early_stopping_rounds
    rounds = task.early_stopping_rounds if rounds is None else rounds
    later: list[lightgbm.Dataset] = []
    stop: list[Callable[..., Any]] = []
    if stopping is not None and rounds and len(stopping):
        later = [_dataset(stopping, parameters)]
        stop = [lightgbm.early_stopping(rounds, verbose=False)]
    if weights is not None:
        balance = compute_sample_weight(weights, sample.target)
        whole = balance if sample.weight is None else sample.weight * balance
        sample = replace(sample, weight=whole)
    booster = lightgbm.train(
        parameters, _dataset(sample, parameters), trees, valid_sets=later, callbacks=stop
    )
    return GradientBoosting(booster, task.class_count)


def _parameters(options: Options, sample: Sample, task: Task) -> dict[str, Any]:
    """LightGBM's parameters, by the names of its scikit-learn interface."""
    own = {"learner", "name", "min_child_fraction", "balance_classes", "early_stopping_rounds"}
    parameters = options.model_dump(exclude={*own, "parameters"})
    if options.min_child_fraction is not None:
        parameters["min_child_samples"] = max(1, int(options.min_child_fraction * len(sample)))
    if options.data_sample_strategy == "goss":
        parameters |= {"subsample": 1.0, "subsample_freq": 0}  # LightGBM refuses both at once
    if options.balance_classes and task.class_count:
        parameters["class_weight"] = "balanced"
    parameters["objective"] = _OBJECTIVES[min(task.class_count, 3)]
    if task.class_count > 2:
        parameters["num_class"] = task.class_count
    parameters |= {"num_threads": task.n_jobs, **options.parameters, **REPEATABLE}
    parameters.pop("force_row_wise", None)  # LightGBM refuses it beside the other one
    return parameters


def _dataset(sample: Sample, parameters: dict[str, Any]) -> lightgbm.Dataset:
    """The rows as LightGBM takes them: cut out of bins that are there, or binned."""
    if sample.binned is None:
        return lightgbm.Dataset(sample.rows, sample.target, weight=sample.weight, params=parameters)
    dataset = sample.binned.dataset(parameters)
    return dataset.set_label(sample.target).set_weight(sample.weight)
