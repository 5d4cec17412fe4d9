"""Stacking: the weights find who is right on rows that no learner had seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import nnls

from freqai_regimes.errors import TrainingError
from freqai_regimes.evaluation.metrics import rank_correlation
from freqai_regimes.learners.engine import fit
from freqai_regimes.learners.sample import Sample
from freqai_regimes.learners.stacking import fit_stacker
from freqai_regimes.splits import purged_folds
from tests.learners.rows import options


def test_noise_that_a_learner_remembers_earns_no_weight() -> None:
    """Deep trees know their own rows by heart; out of fold they know and weigh nothing."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(600, 4))
    noise = Sample(features, rng.normal(size=600))
    deep = options("random_forest", n_estimators=10, min_child_fraction=0.001, max_depth=None)
    date = pd.Series(pd.date_range("2024-01-01", periods=600, freq="h", tz="UTC"))
    inside = fit(deep, noise, "regression").predict(features)
    honest = np.full((1, 600), np.nan)
    for fold in purged_folds(date, date + pd.Timedelta("6h"), 5):
        honest[0, fold.validation] = fit(deep, noise.part(fold.train), "regression").predict(
            features[fold.validation]
        )
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


def test_stacked_probabilities_are_probabilities_and_better_than_each() -> None:
    rng = np.random.default_rng(2)
    truth = rng.uniform(size=4000)
    target = (rng.random(4000) < truth).astype(float)
    # Two learners see the truth through a noise of their own; the third one guesses.
    seen = [0.5 * truth + 0.5 * rng.permutation(truth) for _ in range(2)]
    predictions = np.array([*seen, rng.permutation(truth)])
    old, new = slice(0, 2000), slice(2000, None)
    stacker = fit_stacker(predictions[:, old], target[old], "binary")
    combined = stacker.predict(predictions[:, new])
    assert (stacker.weights >= 0).all() and stacker.weights[2] < 0.1 < stacker.weights[:2].min()
    assert combined.min() >= 0 and combined.max() <= 1
    extremes = stacker.predict(np.array([[0.0, 1.0]] * 3))
    assert 0 <= extremes[0] < extremes[1] <= 1
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
