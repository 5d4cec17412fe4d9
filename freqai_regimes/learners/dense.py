"""A dense layer whose answer for a row does not depend on the rows beside it."""

from __future__ import annotations

import numpy as np

from freqai_regimes.learners.sample import Floats

_ELEMENTS_AT_ONCE = 1_000_000


def dense(rows: Floats, weights: Floats, bias: Floats) -> Floats:
    """Compute rows times weights plus bias, one row at a time as far as rounding goes.

    A matrix product rounds a row differently in a block of 1 and in one of 500; then a live bot,
    which asks for one row, would not agree with its backtest bit for bit.

    Parameters
    ----------
    rows : shape (rows, inputs).
    weights, bias : shapes (inputs, outputs) and (outputs,).

    Returns
    -------
    Shape (rows, outputs).
    """
    turned = np.ascontiguousarray(weights.T)
    block = max(1, _ELEMENTS_AT_ONCE // max(1, turned.size))
    parts = [
        (rows[begin : begin + block, np.newaxis, :] * turned).sum(axis=2)
        for begin in range(0, len(rows), block)
    ]
    return np.concatenate(parts) + bias if parts else np.empty((0, len(turned)))


def softmax(scores: Floats) -> Floats:
    """Probabilities of the columns, shape as given, rows sum to 1.

    >>> softmax(np.log([[1.0, 3.0]])).round(6).tolist()
    [[0.25, 0.75]]
    """
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
