"""Gradient boosting: LightGBM's own numbers, the same bits again, early stopping, options."""

from __future__ import annotations

import pickle
from typing import Any

import lightgbm
import numpy as np
import pytest

from freqai_regimes.learners import gradient_boosting
from freqai_regimes.learners.engine import fit
from freqai_regimes.learners.gradient_boosting import (
    REPEATABLE,
    GradientBoosting,
    Options,
    Rows,
)
from freqai_regimes.learners.sample import Sample

DEFAULT_PARAMETERS = {
    "n_estimators": 100,
    "learning_rate": 0.04,
    "num_leaves": 12,
    "max_depth": 5,
    "min_child_samples": 100,
    "subsample": 0.7,
    "subsample_freq": 1,
    "colsample_bytree": 0.5,
    "reg_lambda": 10.0,
    "max_bin": 63,
}
RUNNING = {"n_jobs": 1, "random_state": 1}


def fit_gradient_boosting(
    features: Rows,
    label: Rows,
    parameters: dict[str, Any],
    *,
    weight: Rows | None = None,
    validation: tuple[Rows, Rows] | None = None,
    early_stopping_rounds: int = 0,
) -> GradientBoosting:
    """A regression with the parameters of FreqAI over the defaults."""
    learner = fit(
        Options(learner="lightgbm", parameters=parameters),
        Sample(features, label, weight),
        "regression",
        stopping=None if validation is None else Sample(*validation),
        early_stopping_rounds=early_stopping_rounds,
    )
    assert isinstance(learner.model, GradientBoosting)
    return learner.model


def rows_with_signal(rows: int = 600, seed: int = 0) -> tuple[Rows, Rows]:
    """The label is the first of four columns, and as much noise."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, 4))
    return features, features[:, 0] + rng.normal(size=rows)


def fitted(**parameters: Any) -> GradientBoosting:
    return fit_gradient_boosting(*rows_with_signal(), parameters)


def test_it_learns_what_is_there() -> None:
    features, _ = rows_with_signal(seed=1)
    model = fitted()
    assert np.corrcoef(model.predict(features), features[:, 0])[0, 1] > 0.9
    gain = model.importance()
    assert gain.shape == (4,) and gain[0] > 10 * gain[1:].max()


def test_predictions_are_those_of_lightgbm_itself() -> None:
    features, label = rows_with_signal()
    plain = lightgbm.LGBMRegressor(**DEFAULT_PARAMETERS, **RUNNING, **REPEATABLE).fit(
        features, label
    )
    assert (fitted().predict(features) == plain.booster_.predict(features)).all()


def test_the_same_rows_twice_are_equal_bit_for_bit() -> None:
    features, _ = rows_with_signal(seed=1)
    assert fitted().predict(features).tobytes() == fitted().predict(features).tobytes()


def test_a_prediction_does_not_depend_on_its_neighbours() -> None:
    features, _ = rows_with_signal(seed=1)
    model = fitted()
    one_by_one = np.concatenate([model.predict(features[row : row + 1]) for row in range(50)])
    assert one_by_one.tobytes() == model.predict(features)[:50].tobytes()


def test_given_parameters_override_the_defaults_and_nothing_else() -> None:
    assert fitted().booster.num_trees() == DEFAULT_PARAMETERS["n_estimators"] == 100
    few = fitted(n_estimators=7)
    assert few.booster.num_trees() == 7
    assert few.booster.params["learning_rate"] == DEFAULT_PARAMETERS["learning_rate"]
    assert few.booster.params["num_threads"] == 1 and few.booster.params["deterministic"]
    assert DEFAULT_PARAMETERS["n_estimators"] == 100  # not written over


def test_early_stopping_keeps_the_best_trees_and_only_where_it_can() -> None:
    features, label = rows_with_signal()
    later = rows_with_signal(200, seed=9)
    parameters = {"n_estimators": 400, "learning_rate": 0.2}

    def trees(validation: tuple[Rows, Rows] | None, rounds: int) -> int:
        model = fit_gradient_boosting(
            features, label, parameters, validation=validation, early_stopping_rounds=rounds
        )
        used = model.booster.best_iteration
        again: GradientBoosting = pickle.loads(pickle.dumps(model))
        assert again.predict(features).tobytes() == model.predict(features).tobytes()
        return used if used > 0 else model.booster.num_trees()

    stopped = trees(later, 10)
    assert stopped < 200
    best = fit_gradient_boosting(features, label, parameters | {"n_estimators": stopped})
    asked = fit_gradient_boosting(
        features, label, parameters, validation=later, early_stopping_rounds=10
    )
    assert np.allclose(best.predict(features), asked.predict(features), atol=1e-12)
    assert trees(later, 0) == trees(None, 10) == trees((later[0][:0], later[1][:0]), 10) == 400


def test_early_stopping_stops_on_what_the_validation_says() -> None:
    """Where the truth is the opposite of what was learnt, hardly a tree is kept."""
    features, label = rows_with_signal()
    later, truth = rows_with_signal(200, seed=9)
    kept = [
        fit_gradient_boosting(
            features, label, {}, validation=(later, outcome), early_stopping_rounds=5
        ).booster.best_iteration
        for outcome in (-truth, truth)
    ]
    assert kept[0] < 5 and kept[1] > 20


def test_no_rows_give_no_predictions() -> None:
    assert fitted().predict(np.empty((0, 4))).shape == (0,)


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(lightgbm.basic.LightGBMError, match="number of features"):
        fitted().predict(np.zeros((2, 3)))


def test_too_few_rows_to_split_give_their_mean() -> None:
    features, label = rows_with_signal(50)  # fewer than min_child_samples on two sides
    model = fit_gradient_boosting(features, label, {})
    assert np.allclose(model.predict(features), label.mean(), atol=1e-6)
    assert (model.importance() == 0).all()


# --- behind the contract -------------------------------------------------------------------------


def test_probabilities_are_those_of_lightgbms_classifier() -> None:
    features, label = rows_with_signal()
    options = gradient_boosting.Options(learner="lightgbm", n_estimators=20)
    for kind, target in [("binary", label > 0), ("three_class", np.sign(label.round()))]:
        target = target.astype(float)
        stated = {**DEFAULT_PARAMETERS, **RUNNING, **REPEATABLE, "n_estimators": 20}
        plain = lightgbm.LGBMClassifier(**stated).fit(features, target)
        expected = plain.booster_.predict(features)
        got = fit(options, Sample(features, target), kind)  # type: ignore[arg-type]
        assert np.allclose(got.predict(features), expected, rtol=0, atol=1e-15)


def test_the_options_reach_lightgbm() -> None:
    features, label = rows_with_signal()
    options = gradient_boosting.Options(
        learner="lightgbm",
        min_child_fraction=0.2,
        data_sample_strategy="goss",
        balance_classes=True,
        n_estimators=7,
    )
    model = fit(options, Sample(features, (label > 1).astype(float)), "binary").model
    assert isinstance(model, GradientBoosting)
    stated = model.booster.params
    assert stated["min_child_samples"] == 120 and stated["data_sample_strategy"] == "goss"
    assert model.booster.num_trees() == 7
    # Balanced classes: the mean probability is near a half although a quarter of rows are true.
    assert abs(model.predict(features)[:, 1].mean() - 0.5) < 0.1 < 0.5 - (label > 1).mean()


def test_its_own_rounds_come_before_those_of_the_caller() -> None:
    features, label = rows_with_signal()
    stopping = Sample(*rows_with_signal(200, seed=9))
    trees = {}
    for own in (None, 0, 1):
        options = gradient_boosting.Options(
            learner="lightgbm", n_estimators=300, learning_rate=0.2, early_stopping_rounds=own
        )
        learner = fit(
            options,
            Sample(features, label),
            "regression",
            stopping=stopping,
            early_stopping_rounds=20,
        )
        assert isinstance(learner.model, GradientBoosting)
        trees[own] = learner.model.booster.current_iteration()
    assert trees[1] < trees[None] < trees[0] == 300


def test_rows_first_as_examples_of_freqai_have_it_changes_nothing() -> None:
    features, label = rows_with_signal()
    plain = fit_gradient_boosting(features, label, RUNNING)
    asked = fit_gradient_boosting(features, label, RUNNING | {"force_row_wise": True})
    assert (plain.predict(features) == asked.predict(features)).all()
