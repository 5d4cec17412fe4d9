"""Seeded rows with a signal, and every learner with options small enough for a test."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import TypeAdapter

from freqai_regimes.labels.labelled import Kind
from freqai_regimes.learners.engine import LEARNER_OPTIONS, LearnerOptions, fit
from freqai_regimes.learners.learner import FittedLearner
from freqai_regimes.learners.sample import RowOrder, Sample

KINDS: tuple[Kind, ...] = ("regression", "binary", "three_class")
#: Where the defaults take long or smooth too much for 500 rows.
SMALL: dict[str, dict[str, Any]] = {
    "lightgbm": {"min_child_samples": 20, "n_estimators": 50},
    "xgboost": {"min_child_weight": 10, "n_estimators": 50},
    "random_forest": {"n_estimators": 20},
    "extra_trees": {"n_estimators": 20, "max_features": 1.0},
    "neural_network": {"learning_rate": 0.01, "batch_rows": 64},
}


def options(learner: str, **changed: Any) -> LearnerOptions:
    value = {"learner": learner, **SMALL.get(learner, {}), **changed}
    found: LearnerOptions = TypeAdapter(LearnerOptions).validate_python(value)
    return found


def sample(kind: Kind, rows: int = 500, seed: int = 0) -> Sample:
    """The label follows the first of four columns, half of it noise; hourly rows of one pair."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, 4)) * [1.0, 1.0, 20.0, 0.01] + [0.0, 5.0, 0.0, 0.0]
    target = features[:, 0] + rng.normal(size=rows)
    if kind == "binary":
        target = (target > 0).astype(float)
    elif kind == "three_class":
        target = (target > 0.6).astype(float) - (target < -0.6)
    date = np.datetime64("2024-01-01", "us") + np.arange(rows) * np.timedelta64(1, "h")
    order = RowOrder(date, np.zeros(rows, dtype=int), np.timedelta64(1, "h"))
    return Sample(features, target, None, order)


def fitted(learner: str, kind: Kind, **changed: Any) -> FittedLearner:
    return fit(options(learner, **changed), sample(kind), kind)


def named() -> list[str]:
    """Learners of single rows; those of windows have tests of their own (test_lstm)."""
    windowed = {
        name for name, kind in LEARNER_OPTIONS.items() if "window_candles" in kind.model_fields
    }
    return sorted(LEARNER_OPTIONS.keys() - windowed)
