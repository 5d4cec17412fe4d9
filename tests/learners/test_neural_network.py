"""The network: scikit-learn's own forward pass, stopped by rows it has not seen, in any unit."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from freqai_regimes.labels.labelled import Kind
from freqai_regimes.learners import neural_network
from freqai_regimes.learners.engine import fit
from freqai_regimes.learners.neural_network import Activation, NeuralNetwork, Options
from freqai_regimes.learners.sample import Sample
from tests.learners.rows import KINDS, sample


def options(**changed: object) -> Options:
    small = {"learner": "neural_network", "learning_rate": 0.01, "clip": 100.0, "batch_rows": 64}
    return Options.model_validate({**small, **changed})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic"])
def test_predictions_are_those_of_scikit_learn(kind: Kind, activation: Activation) -> None:
    """One epoch by ``partial_fit`` on scaled rows, two hidden layers."""
    rows = sample(kind)
    scaled = StandardScaler().fit_transform(rows.rows)
    stated = {
        "hidden_layer_sizes": (7, 5),
        "activation": activation,
        "alpha": 1.0,
        "batch_size": 64,
        "learning_rate_init": 0.01,
        "random_state": np.random.RandomState(1),
    }
    if kind == "regression":
        mean, deviation = rows.target.mean(), rows.target.std()
        theirs = MLPRegressor(**stated).partial_fit(scaled, (rows.target - mean) / deviation)
        expected = theirs.predict(scaled) * deviation + mean
    else:
        classes = np.unique(rows.target)
        theirs = MLPClassifier(**stated).partial_fit(scaled, rows.target, classes=classes)
        expected = theirs.predict_proba(scaled)
        expected = expected[:, 1] if kind == "binary" else expected
    got = fit(options(layers=(7, 5), activation=activation, epochs=1), rows, kind)
    assert np.allclose(got.predict(rows.rows), expected, atol=1e-9)


def epochs_run(monkeypatch: pytest.MonkeyPatch) -> list[NeuralNetwork]:
    """Networks after each epoch, in order."""
    made: list[NeuralNetwork] = []
    original = neural_network._network

    def kept(*parts: object) -> NeuralNetwork:
        made.append(original(*parts))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(neural_network, "_network", kept)
    return made


def test_it_keeps_the_epoch_that_was_best_on_the_stopping_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows, later = sample("regression", 150), sample("regression", seed=9)
    made = epochs_run(monkeypatch)
    much = options(layers=(64,), alpha=0.0, epochs=200, patience_epochs=4)
    got = fit(much, rows, "regression", stopping=later)
    losses = [((each.predict(later.rows) - later.target) ** 2).mean() for each in made]
    best = int(np.argmin(losses))
    assert len(made) == best + 1 + 4 < 200
    assert got.predict(later.rows).tobytes() == made[best].predict(later.rows).tobytes()


def test_the_stopping_rows_decide_when_and_are_not_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they tell the opposite of what was learnt, the first epoch is kept."""
    rows, later = sample("regression"), sample("regression", seed=9)
    made = epochs_run(monkeypatch)
    against = Sample(later.rows, -later.target * 100)
    got = fit(options(epochs=50), rows, "regression", stopping=against)
    # The first epoch is what the same rows give without any stopping rows.
    one = fit(options(epochs=1), rows, "regression")
    assert len(made) == 1 + 5 + 1
    assert got.predict(later.rows).tobytes() == one.predict(later.rows).tobytes()


@pytest.mark.parametrize("stopping", [None, sample("regression").part(np.arange(0))])
def test_without_stopping_rows_or_patience_all_epochs_are_run(
    stopping: Sample | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = epochs_run(monkeypatch)
    fit(options(epochs=9), sample("regression"), "regression", stopping=stopping)
    assert len(made) == 9
    later = sample("regression", seed=1)
    fit(options(epochs=9, patience_epochs=0), sample("regression"), "regression", stopping=later)
    assert len(made) == 18


@pytest.mark.parametrize("unit", [1e-4, 1e4])
def test_the_unit_of_the_label_does_not_matter(unit: float) -> None:
    rows = sample("regression")
    plain = fit(options(epochs=3), rows, "regression").predict(rows.rows)
    scaled = fit(options(epochs=3), Sample(rows.rows, rows.target * unit), "regression")
    assert np.allclose(scaled.predict(rows.rows) / unit, plain, atol=1e-6)
