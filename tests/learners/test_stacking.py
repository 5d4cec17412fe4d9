"""Stacking: rows are predicted by learners that never saw them; the weights find who is right."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import nnls

from freqai_regimes.errors import TrainingError
from freqai_regimes.evaluation.metrics import rank_correlation
from freqai_regimes.labels.labelled import Kind
from freqai_regimes.learners import stacking
from freqai_regimes.learners.engine import LearnerOptions, fit
from freqai_regimes.learners.learner import FittedLearner
from freqai_regimes.learners.sample import Sample
from freqai_regimes.learners.stacking import Folding, fit_stacker, out_of_fold
from freqai_regimes.splits import purged_folds
from tests.learners.rows import KINDS, options, sample

LEARNERS = (options("linear"), options("lightgbm", n_estimators=15))
HORIZON = pd.Timedelta("6h")


def folding(rows: int = 500, horizon: pd.Timedelta = HORIZON, **changed: float) -> Folding:
    date = pd.Series(pd.date_range("2024-01-01", periods=rows, freq="h", tz="UTC"))
    return Folding(date, date + horizon, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_is_predicted_by_what_its_purged_fold_alone_teaches(kind: Kind) -> None:
    rows, cut = sample(kind), folding(folds=3)
    got = out_of_fold(LEARNERS, rows, kind, cut)
    for fold in purged_folds(cut.date, cut.known_at, 3):
        for answer, learner in zip(got, LEARNERS, strict=True):
            expected = fit(learner, rows.part(fold.train), kind).predict(rows.rows)
            assert answer[fold.validation].tobytes() == expected[fold.validation].tobytes()
    assert np.isfinite(got).all()


def test_labels_that_a_fold_must_not_know_change_nothing_in_it() -> None:
    """All labels inside a block and around it, as far as they reach, are turned round."""
    rows, cut = sample("regression"), folding(folds=5)
    whole = out_of_fold(LEARNERS, rows, "regression", cut)
    fold = purged_folds(cut.date, cut.known_at, 5)[2]
    hidden = np.setdiff1d(np.arange(500), fold.train)
    assert len(hidden) == 100 + 6 + 6
    target = rows.target.copy()
    target[hidden] *= -100
    changed = out_of_fold(LEARNERS, Sample(rows.rows, target), "regression", cut)
    assert (changed[:, fold.validation] == whole[:, fold.validation]).all()
    assert (changed != whole).any()


def test_noise_that_a_learner_remembers_earns_no_weight() -> None:
    """Deep trees know their own rows by heart; out of fold they know and weigh nothing."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(600, 4))
    noise = Sample(features, rng.normal(size=600))
    deep = options("random_forest", n_estimators=10, min_child_fraction=0.001, max_depth=None)
    cut = folding(600)
    inside = fit(deep, noise, "regression").predict(features)
    honest = out_of_fold([deep], noise, "regression", cut)
    assert rank_correlation(inside, noise.target) > 0.6
    assert abs(rank_correlation(honest[0], noise.target)) < 0.1
    fooled = fit_stacker(inside[np.newaxis], noise.target, "regression")
    stacker = fit_stacker(honest, noise.target, "regression")
    assert fooled.weights[0] > 0.8 and stacker.weights[0] < 0.2


def test_the_weights_are_those_of_non_negative_least_squares() -> None:
    rng = np.random.default_rng(1)
    target = rng.normal(size=300)
    predictions = np.array([target + rng.normal(size=300), rng.normal(size=300), -target])
    weight = rng.uniform(0.5, 2, 300)
    got = fit_stacker(predictions, target, "regression", weight)
    root = np.sqrt(weight)
    centred = predictions - np.average(predictions, axis=1, weights=weight)[:, np.newaxis]
    expected, _ = nnls((centred * root).T, (target - np.average(target, weights=weight)) * root)
    assert np.allclose(got.weights, expected, atol=1e-9)
    assert got.weights[2] == 0 and got.rows == 300
    combined = got.predict(predictions)
    assert np.average(combined, weights=weight) == pytest.approx(np.average(target, weights=weight))


@pytest.mark.parametrize("kind", ["binary", "three_class"])
def test_stacked_probabilities_are_probabilities_and_better_than_each(kind: Kind) -> None:
    rng = np.random.default_rng(2)
    truth = rng.dirichlet([1, 1, 1], size=4000)
    place = (rng.random((4000, 1)) > truth.cumsum(axis=1)).sum(axis=1)
    if kind == "binary":
        target = (place == 2).astype(float)
        truth = truth[:, 2]
    else:
        target = np.array([-1.0, 0.0, 1.0])[place]
    # Two learners see the truth through a noise of their own; the third one guesses.
    seen = [0.5 * truth + 0.5 * rng.permutation(truth) for _ in range(2)]
    predictions = np.array([*seen, rng.permutation(truth)])
    old, new = slice(0, 2000), slice(2000, None)
    stacker = fit_stacker(predictions[:, old], target[old], kind)
    combined = stacker.predict(predictions[:, new])
    assert (stacker.weights >= 0).all() and stacker.weights[2] < 0.1 < stacker.weights[:2].min()
    assert combined.min() >= 0 and combined.max() <= 1
    if kind == "three_class":
        assert np.allclose(combined.sum(axis=1), 1)
    errors = [((each[new] - truth[new]) ** 2).mean() for each in predictions]
    assert ((combined - truth[new]) ** 2).mean() < 0.8 * min(errors)


def test_where_nobody_predicts_the_mean_or_the_frequencies_remain() -> None:
    rng = np.random.default_rng(3)
    target = rng.normal(size=200) + 5
    got = fit_stacker(-target[np.newaxis], target, "regression")
    assert got.weights.tolist() == [0] and "no learner predicted" in got.reason
    assert np.allclose(got.predict(np.zeros((1, 7))), target.mean())
    hit = (rng.random(200) < 0.3).astype(float)
    odd = fit_stacker(1 - hit[np.newaxis], hit, "binary")
    assert np.allclose(odd.predict(np.full((1, 5), 0.9)), hit.mean(), atol=1e-9)


def test_rows_without_label_or_prediction_do_not_count() -> None:
    rng = np.random.default_rng(4)
    target = rng.normal(size=100)
    predictions = np.array([target + 1, target * 2])
    target[:10], predictions[0, 20:30] = np.nan, np.nan
    assert fit_stacker(predictions, target, "regression").rows == 80
    with pytest.raises(TrainingError, match="No row has an out-of-fold prediction"):
        fit_stacker(predictions, np.full(100, np.nan), "regression")


def test_learners_stop_by_the_last_part_of_a_folds_own_training_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[Sample, Sample | None]] = []

    def watched(learner: LearnerOptions, rows: Sample, kind: Kind, **more: object) -> FittedLearner:
        stopping = more["stopping"]
        assert stopping is None or isinstance(stopping, Sample)
        seen.append((rows, stopping))
        return fit(learner, rows, kind, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(stacking, "fit", watched)
    cut = folding(folds=5, stopping_fraction=0.2)
    out_of_fold(LEARNERS[1:], sample("regression"), "regression", cut, early_stopping_rounds=3)
    folds = purged_folds(cut.date, cut.known_at, 5)
    for fold, (rows, stopping) in zip(folds, seen, strict=True):
        assert stopping is not None
        learnt, stops = (np.flatnonzero(~np.isnan(part.target)) for part in (rows, stopping))
        assert set(learnt) | set(stops) <= set(fold.train)
        assert cut.known_at[learnt].max() < cut.date[stops[0]]
