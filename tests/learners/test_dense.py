"""The dense layer: a matrix product whose rows are rounded alone, and its softmax."""

from __future__ import annotations

import numpy as np
import pytest

from freqai_regimes.learners import dense as module
from freqai_regimes.learners.dense import dense, softmax


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (3, 1), (70, 16), (257, 33)])
def test_it_is_a_matrix_product_and_a_row_alone_has_the_bits_of_a_row_among_many(
    inputs: int, outputs: int
) -> None:
    rng = np.random.default_rng(0)
    rows, weights = rng.normal(size=(100, inputs)), rng.normal(size=(inputs, outputs))
    bias = rng.normal(size=outputs)
    answer = dense(rows, weights, bias)
    assert np.allclose(answer, rows @ weights + bias, atol=1e-12)
    for size in (1, 2, 7, 64):
        parts = [dense(rows[at : at + size], weights, bias) for at in range(0, 100, size)]
        assert np.concatenate(parts).tobytes() == answer.tobytes()
    assert dense(rows[:0], weights, bias).shape == (0, outputs)


def test_a_plain_product_would_not_do() -> None:
    """The control: numpy's own product rounds a row by the rows beside it."""
    rng = np.random.default_rng(0)
    rows, weights = rng.normal(size=(100, 257)), rng.normal(size=(257, 33))
    alone = np.concatenate([rows[at : at + 1] @ weights for at in range(100)])
    assert np.allclose(alone, rows @ weights) and (alone != rows @ weights).any()


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    rows, weights = rng.normal(size=(50, 6)), rng.normal(size=(6, 4))
    whole = dense(rows, weights, np.zeros(4))
    monkeypatch.setattr(module, "_ELEMENTS_AT_ONCE", 100)
    assert dense(rows, weights, np.zeros(4)).tobytes() == whole.tobytes()


def test_softmax_of_large_scores_stays_finite() -> None:
    assert softmax(np.array([[1000.0, 0.0], [-1000.0, -1000.0]])).tolist() == [[1, 0], [0.5, 0.5]]
