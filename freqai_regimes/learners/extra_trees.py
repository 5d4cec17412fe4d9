"""Extremely randomised trees (Geurts, Ernst & Wehenkel 2006): thresholds are drawn as well."""

from __future__ import annotations

from typing import Literal

from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

from freqai_regimes.learners.forest import Forest, ForestOptions, fit_forest
from freqai_regimes.learners.learner import Task
from freqai_regimes.learners.sample import Sample


class Options(ForestOptions):
    """Options of extra trees."""

    learner: Literal["extra_trees"]


def fit(options: Options, sample: Sample, task: Task, stopping: Sample | None) -> Forest:
    """Fit all trees; stopping rows are not needed."""
    kind = ExtraTreesClassifier if task.class_count else ExtraTreesRegressor
    return fit_forest(kind(**options.parameters(task)), sample)
