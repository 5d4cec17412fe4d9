"""Fits any learner by its options: rows checked, classes coded, the learner's module asked."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated, cast, get_args

import numpy as np
from pydantic import BeforeValidator, Field

from freqai_regimes.errors import TrainingError
from freqai_regimes.labels.labelled import Kind
from freqai_regimes.learners import (
    extra_trees,
    extreme_gradient_boosting,
    gradient_boosting,
    linear,
    lstm,
    neural_network,
    random_forest,
    support_vector,
)
from freqai_regimes.learners.learner import (
    CLASSES,
    CommonOptions,
    ConstantModel,
    FittedLearner,
    Learner,
    Model,
    Task,
)
from freqai_regimes.learners.one_blas_thread import one_blas_thread
from freqai_regimes.learners.presets import by_name
from freqai_regimes.learners.sample import Floats, Sample
from freqai_regimes.learners.windows import WindowSample, window_sample

_ByLearner = Annotated[
    gradient_boosting.Options
    | extreme_gradient_boosting.Options
    | random_forest.Options
    | extra_trees.Options
    | linear.Options
    | support_vector.Options
    | neural_network.Options
    | lstm.Options,
    Field(discriminator="learner"),
]
#: What settings take for a learner: its options, its name alone, or the name of a preset.
LearnerOptions = Annotated[_ByLearner, BeforeValidator(by_name)]
#: Options by the name of their learner.
LEARNER_OPTIONS: dict[str, type[CommonOptions]] = {
    get_args(options.model_fields["learner"].annotation)[0]: options
    for options in get_args(get_args(_ByLearner)[0])
}
LEARNERS: dict[str, Learner] = {
    name: cast(Learner, sys.modules[options.__module__])
    for name, options in LEARNER_OPTIONS.items()
}


def column_name(options: LearnerOptions) -> str:
    """How a learner's columns are called: its own name, else that of its kind."""
    return options.name or options.learner


def fit(
    options: LearnerOptions,
    sample: Sample,
    kind: Kind,
    *,
    stopping: Sample | None = None,
    early_stopping_rounds: int = 0,
    n_jobs: int = 1,
) -> FittedLearner:
    """Fit a learner on rows in time order.

    Parameters
    ----------
    options : which learner, and how.
    sample : training rows; those whose target is NaN are not learnt from.
    kind : of the label, as ``Labelled.kind`` gives it.
    stopping : later rows on which boosting and networks see when to stop, purged from the training
        rows by the caller. They make the fit look better on themselves than it is: measure on other
        rows (see ``splits.stopping_split``). None: nothing stops early.
    early_stopping_rounds : for boosting whose options leave it open; 0 keeps all trees.
    n_jobs : threads that may be used, never more.

    Raises
    ------
    TrainingError
        No rows, a feature that is NaN or infinite, or a target that is no class of the kind.
    """
    length = getattr(options, "window_candles", 1)
    rows = _checked(sample, kind, length)
    seen = tuple(value for value in CLASSES[kind] if (rows.target == value).any())
    later = None if stopping is None else _checked(stopping, kind, length, may_be_empty=True)
    if kind != "regression":
        rows = _coded(rows, seen)
        later = None if later is None else _coded(later, seen)
    columns = sample.rows.shape[1]
    model: Model = ConstantModel(columns)
    if len(seen) != 1:
        task = Task(len(seen), early_stopping_rounds, n_jobs)
        stops = None if later is None or len(later) == 0 else later
        with one_blas_thread():
            model = LEARNERS[options.learner].fit(options, rows, task, stops)
    return FittedLearner(model, kind, seen, columns, length)


def _checked(
    sample: Sample, kind: Kind, length: int, may_be_empty: bool = False
) -> Sample | WindowSample:
    """The rows or windows to learn from, if they can be learnt from."""
    rows = sample.with_target() if length == 1 else window_sample(sample, length)
    if len(rows) == 0 and not may_be_empty:
        what = "a known label" if length == 1 else f"a known label and {length - 1} candles before"
        raise TrainingError(f"None of {len(sample)} rows has {what}: load more history.")
    if isinstance(rows, Sample) and not np.isfinite(rows.rows).all():
        bad = np.flatnonzero(~np.isfinite(rows.rows).all(axis=0))
        raise TrainingError(
            f"NaN or infinite values in feature columns {bad.tolist()} of {len(rows)} rows: leave "
            "those rows out before the fit."
        )
    allowed = CLASSES[kind]
    strange = rows.target[~np.isin(rows.target, allowed)] if allowed else _infinite(rows.target)
    if len(strange):
        raise TrainingError(
            f"A {kind} label holds {strange[0]:g}; allowed: "
            f"{', '.join(f'{value:g}' for value in allowed) or 'finite numbers'}."
        )
    return rows


def _infinite(values: Floats) -> Floats:
    return values[~np.isfinite(values)]


def _coded(rows: Sample | WindowSample, seen: tuple[float, ...]) -> Sample | WindowSample:
    """Targets as 0, 1, ... in the order of the classes seen; rows of other classes are left out."""
    known = rows.part(np.isin(rows.target, seen))
    codes = np.searchsorted(np.array(seen), known.target).astype(float)
    return replace(known, target=codes)
