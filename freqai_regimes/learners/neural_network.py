"""A small neural network (scikit-learn's multi-layer perceptron), stopped by purged rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field
from sklearn.neural_network import MLPClassifier, MLPRegressor

from freqai_regimes.learners.dense import dense, softmax
from freqai_regimes.learners.learner import CommonOptions, Task
from freqai_regimes.learners.patience import Patience
from freqai_regimes.learners.sample import Floats, Sample
from freqai_regimes.learners.scaling import Scaling, fit_scaling, fit_target_scaling

Activation = Literal["relu", "tanh", "logistic"]


class Options(CommonOptions):
    """Options of the network: small, much weight decay, few epochs."""

    learner: Literal["neural_network"]
    layers: tuple[Annotated[int, Field(ge=1, le=4096)], ...] = Field(
        (16,), min_length=1, max_length=8, description="units of each hidden layer"
    )
    activation: Activation = Field("relu", description="of the hidden units")
    alpha: float = Field(1.0, ge=0, description="L2 penalty on weights")
    learning_rate: float = Field(0.001, gt=0, le=1, description="first step size of Adam")
    batch_rows: int = Field(256, ge=1, description="rows for each step")
    epochs: int = Field(30, ge=1, le=100_000, description="passes over the rows at most")
    patience_epochs: int = Field(
        5, ge=0, description="epochs without gain on the stopping rows that end it; 0: never"
    )
    clip: float = Field(5.0, gt=0, description="features are cut off so many deviations from mean")


@dataclass(frozen=True)
class NeuralNetwork:
    """Weights of the layers as plain arrays; ``target`` is None where classes are learnt."""

    scaling: Scaling
    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    activation: Activation
    target: Scaling | None

    def predict(self, rows: Floats) -> Floats:
        """Values, shape (rows,), or probabilities, shape (rows, classes)."""
        flow = self.scaling.apply(rows)
        for weights, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            flow = _activated(dense(flow, weights, bias), self.activation)
        scores = dense(flow, self.weights[-1], self.biases[-1])
        if self.target is not None:
            return self.target.undo(scores[:, 0])
        if scores.shape[1] == 1:  # scikit-learn keeps one score for two classes
            scores = np.column_stack([-scores, scores]) / 2
        return softmax(scores)

    def importance(self) -> Floats:
        """Sum over all paths from a feature to an output of the weights' absolute product."""
        through = np.abs(self.weights[-1])
        for weights in reversed(self.weights[:-1]):
            through = np.abs(weights) @ through
        return np.asarray(through.mean(axis=1))


def fit(options: Options, sample: Sample, task: Task, stopping: Sample | None) -> NeuralNetwork:
    """Fit epoch by epoch; the weights of the best epoch on the stopping rows are kept.

    Without stopping rows all epochs are run.
    """
    scaling = fit_scaling(sample.rows, options.clip)
    target = None if task.class_count else fit_target_scaling(sample.target)
    estimator = _estimator(options, task, len(sample))
    seen = {"classes": np.arange(float(task.class_count))} if task.class_count else {}
    rows = scaling.apply(sample.rows)
    learnt = sample.target if target is None else target.apply(sample.target)
    later = stopping if stopping is not None and len(stopping) and options.patience_epochs else None
    patience, network = Patience(options.patience_epochs), None
    for _ in range(options.epochs):
        estimator.partial_fit(rows, learnt, sample_weight=sample.weight, **seen)
        now = _network(estimator, scaling, options.activation, target)
        if later is None or patience.is_best(loss(now.predict(later.rows), later.target, task)):
            network = now
        if later is not None and patience.is_over:
            break
    assert network is not None
    return network


def loss(answer: Floats, target: Floats, task: Task) -> float:
    """Mean squared error, or mean negative logarithm of the probability of what came."""
    if task.class_count == 0:
        return float(((answer - target) ** 2).mean())
    came = answer[np.arange(len(target)), target.astype(int)]
    return float(-np.log(np.maximum(came, 1e-12)).mean())


def _estimator(options: Options, task: Task, rows: int) -> Any:
    kind = MLPClassifier if task.class_count else MLPRegressor
    return kind(
        hidden_layer_sizes=options.layers,
        activation=options.activation,
        alpha=options.alpha,
        batch_size=min(options.batch_rows, rows),
        learning_rate_init=options.learning_rate,
        # An object: with a number, every epoch would draw the same order of the rows.
        random_state=np.random.RandomState(options.random_state),
    )


def _network(
    estimator: Any, scaling: Scaling, activation: Activation, target: Scaling | None
) -> NeuralNetwork:
    weights = tuple(layer.copy() for layer in estimator.coefs_)
    biases = tuple(layer.copy() for layer in estimator.intercepts_)
    return NeuralNetwork(scaling, weights, biases, activation, target)


def _activated(values: Floats, activation: Activation) -> Floats:
    if activation == "relu":
        return np.maximum(values, 0)
    if activation == "tanh":
        return np.asarray(np.tanh(values))
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -700, 700))))
