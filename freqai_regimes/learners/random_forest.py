"""Random forest (Breiman 2001): trees on drawn rows, each split on drawn features."""

from __future__ import annotations

from typing import Literal

from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from freqai_regimes.learners.forest import Forest, ForestOptions, fit_forest
from freqai_regimes.learners.learner import Task
from freqai_regimes.learners.sample import Sample


class Options(ForestOptions):
    """Options of a random forest."""

    learner: Literal["random_forest"]


def fit(options: Options, sample: Sample, task: Task, stopping: Sample | None) -> Forest:
    """Fit all trees; stopping rows are not needed."""
    kind = RandomForestClassifier if task.class_count else RandomForestRegressor
    return fit_forest(kind(**options.parameters(task)), sample)
