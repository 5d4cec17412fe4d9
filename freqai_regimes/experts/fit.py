"""Fits one training window: every label with every learner, weighed and measured on purged rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np

from freqai_regimes.errors import TrainingError
from freqai_regimes.evaluation.metrics import rank_correlation
from freqai_regimes.experts.bundle import Asked, RegimeExperts, combined
from freqai_regimes.experts.fit_models import Fitted, fit_models
from freqai_regimes.experts.problem import Problem
from freqai_regimes.experts.report import FitReport, ModelReport
from freqai_regimes.experts.score import fit_score_scale
from freqai_regimes.experts.uncertainty import Said, fit_uncertainty, held
from freqai_regimes.experts.window import Floats, Positions, Target, Window
from freqai_regimes.intervals.residual_scale import ResidualScale, fit_residual_scale
from freqai_regimes.labels.sample_weight import average_uniqueness
from freqai_regimes.learners import gradient_boosting, linear
from freqai_regimes.learners.engine import LearnerOptions
from freqai_regimes.learners.sample import Sample
from freqai_regimes.learners.stacking import Stacker, fit_stacker
from freqai_regimes.settings import Settings
from freqai_regimes.splits import PurgedSplit, purged_split

MINIMUM_TRAIN_ROWS = 100
#: Libraries on which the numbers of a fitted model depend.
LIBRARIES = ("lightgbm", "scikit-learn", "numpy", "pandas", "scipy")
#: Version of a library; asked of its files once, not once a window.
installed = cache(version)


@dataclass(frozen=True)
class _Parts:
    """Rows of a window: which may be fitted on, which measure."""

    window: Window
    settings: Settings
    split: PurgedSplit

    def train(self, target: Target) -> Positions:
        """Rows whose label was known before the first validation row."""
        begins = self.window.date.iloc[self.split.validation[0]]
        known = (target.known_at < begins).to_numpy() & target.values.notna().to_numpy()
        before = (self.window.date < begins).to_numpy()
        return np.flatnonzero(known & before)


def fit_experts(
    window: Window, *, settings: Settings, parameters: dict[str, Any], package_version: str
) -> RegimeExperts:
    """Fit one window.

    The last part of the window validates (see ``splits.purged_split``): it measures, and gives the
    probabilities and intervals. Nothing is fitted on it. Experts, learners of a stack and the score
    are weighed on purged stretches of the rows before it.

    Parameters
    ----------
    parameters : FreqAI's ``model_training_parameters``, for the LightGBM learners; what a learner's
        own options name stays.

    Raises
    ------
    TrainingError
        If fewer than ``MINIMUM_TRAIN_ROWS`` rows are left to train on.
    """
    split = validation_split(window, settings)
    parts = _Parts(window, settings, split)
    fitted = []
    for target in window.targets:
        for learner in settings.learners:
            options = with_parameters(learner, parameters)
            problem = Problem.of(window, target, options, settings.experts, parts.train(target))
            fitted.append(fit_models(problem))
    stacker = _stacker(parts, fitted)
    said = combined([one.out_of_fold for one in fitted], stacker)
    bundle = RegimeExperts(
        feature_names=tuple(str(name) for name in window.features.columns),
        models=tuple(one.models for one in fitted),
        stacker=stacker,
        score_scale=fit_score_scale(said, window.regime.to_numpy(dtype=float)),
        uncertainty=None,
        residual_scale=_residual_scale(parts, said),
        interval_scale=settings.intervals.scale,
        routing=settings.experts.routing,
        report=_report(parts, fitted),
        package_version=package_version,
    )
    return _measured(bundle, parts, fitted)


def validation_split(window: Window, settings: Settings) -> PurgedSplit:
    """Rows that are fitted on, and later rows that measure, of the main label.

    Raises
    ------
    TrainingError
        If they are too few.
    """
    fraction = settings.experts.validation_fraction
    split = purged_split(window.date, window.main.known_at, fraction)
    if len(split.train) < MINIMUM_TRAIN_ROWS or len(split.validation) == 0:
        raise TrainingError(
            f"{len(split.train)} rows to train on and {len(split.validation)} to validate, of "
            f"{len(window.date)}; at least {MINIMUM_TRAIN_ROWS} are needed. Load more history "
            "before the range, or raise train_period_days."
        )
    return split


def with_parameters(learner: LearnerOptions, parameters: dict[str, Any]) -> LearnerOptions:
    """LightGBM with FreqAI's parameters, except those that its own options name."""
    if not isinstance(learner, gradient_boosting.Options):
        return learner
    named = {*learner.model_fields_set, *learner.parameters}
    added = {name: value for name, value in parameters.items() if name not in named}
    return learner.model_copy(update={"parameters": added | learner.parameters})


def is_stacked(settings: Settings) -> bool:
    """Whether the prediction is a mean of several learners."""
    return settings.experts.stacking and len(settings.learners) > 1


def _stacker(parts: _Parts, fitted: list[Fitted]) -> Stacker | None:
    """How the main label's learners are combined; None: the first one predicts."""
    if not is_stacked(parts.settings):
        return None
    said = np.stack([one.out_of_fold for one in fitted[: len(parts.settings.learners)]])
    values = parts.window.main.values.to_numpy(dtype=float)
    return fit_stacker(said, values, parts.window.main.kind)


def _residual_scale(parts: _Parts, said: Floats) -> ResidualScale | None:
    """Expected size of errors, from out-of-fold ones; ridge is enough for that."""
    if parts.settings.intervals.scale != "residuals":
        return None
    target = parts.window.main.values.to_numpy(dtype=float)
    rows = np.flatnonzero(np.isfinite(said))
    sample = Sample(parts.window.rows()[rows], target[rows])
    return fit_residual_scale(linear.Options(learner="linear"), sample, target[rows] - said[rows])


def _report(parts: _Parts, fitted: list[Fitted]) -> FitReport:
    date, split = parts.window.date, parts.split
    return FitReport(
        trained_from=date.iloc[split.train[0]],
        trained_until=date.iloc[-1],
        train_rows=len(split.train),
        validation_rows=len(split.validation),
        purged_rows=split.purged_rows,
        validation_rank_correlation=float("nan"),
        experts=fitted[0].decisions,
        libraries={name: installed(name) for name in LIBRARIES},
    )


def _measured(bundle: RegimeExperts, parts: _Parts, fitted: list[Fitted]) -> RegimeExperts:
    """The bundle with what its validation rows say of it."""
    rows = parts.window.part(parts.split.validation)
    probable = None if rows.shares is None else rows.shares.to_numpy(dtype=float)
    asked = Asked(rows.features, rows.regime, probable, rows.date, rows.pair, rows.volatility)
    values, order, shares = bundle.rows(asked), bundle.order(asked), bundle.shares(asked)
    answers = [model.predict(values, shares, order)[0] for model in bundle.models]
    prediction = combined(answers, bundle.stacker)
    outcome = rows.main.values.to_numpy(dtype=float)
    scale = bundle.error_scale(asked)
    said = Said(prediction, outcome, scale, rows.main.kind, _span_rows(rows))
    calibration, intervals = parts.settings.calibration, parts.settings.intervals
    report = replace(
        bundle.report,
        validation_rank_correlation=rank_correlation(prediction, outcome),
        models=tuple(
            _model_report(one, share, answer, parts)
            for one, share, answer in zip(fitted, bundle.shares_of_learners, answers, strict=True)
        ),
        held=held(said, calibration, intervals),
    )
    uncertainty = fit_uncertainty(said, calibration, intervals)
    return replace(bundle, report=report, uncertainty=uncertainty)


def _model_report(one: Fitted, share: float, answer: Floats, parts: _Parts) -> ModelReport:
    """How one label and learner did on the validation rows."""
    target = next(t for t in parts.window.targets if t.name == one.models.label)
    values = target.values.to_numpy(dtype=float)
    outcome = values[parts.split.validation]
    usual = values[parts.train(target)].mean()
    return ModelReport(
        label=one.models.label,
        learner=one.models.learner,
        share=share,
        rank_correlation=rank_correlation(answer, outcome),
        error=float(np.nanmean((outcome - answer) ** 2) / np.nanmean((outcome - usual) ** 2)),
        experts=one.decisions,
    )


def _span_rows(rows: Window) -> float:
    """Rows of the window that a label overlaps, on average over rows and pairs; at least 1."""
    unique = average_uniqueness(rows.date, rows.main.known_at)
    return max(1.0, len(unique) / float(unique.sum()))
