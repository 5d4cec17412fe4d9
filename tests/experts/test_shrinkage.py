"""How far an expert is trusted: worked by hand, near 0 on noise, near the truth on a signal."""

from __future__ import annotations

import numpy as np
import pytest

from freqai_regimes.experts.shrinkage import FEWEST_BLOCKS, Shrinkage, shrinkage

ROWS, BLOCK = 1200, np.arange(1200) // 12


def test_by_hand() -> None:
    """Eight blocks of two rows: d = 1 throughout, u = 0.7 and 0.3 in turn, so w is a half."""
    outcome = np.repeat([0.7, 0.3] * 4, 2)
    found = shrinkage(np.zeros(16), np.ones(16), outcome, np.arange(16) // 2)
    error = np.sqrt(8 / 7 * 8 * 0.4**2) / 16  # each block's sum is 2 * (+-0.2)
    assert found.measured == pytest.approx(0.5)
    assert found.standard_error == pytest.approx(error)
    weight = 0.5 * (1 - (2 * error / 0.5) ** 2)
    assert found.weight == pytest.approx(weight)
    left = 8 * (0.7 - weight) ** 2 + 8 * (0.3 - weight) ** 2
    assert found.gain == pytest.approx(1 - left / (8 * 0.7**2 + 8 * 0.3**2)) and found.blocks == 8


def test_the_error_is_about_how_far_the_weight_strays() -> None:
    """Over many draws with memory inside blocks; by single rows it would be half of that."""
    rng = np.random.default_rng(1)
    measured, stated = [], []
    for _ in range(400):
        common = np.repeat(rng.normal(size=(2, 100)), 12, axis=1)
        d, noise = rng.normal(size=(2, ROWS)) + common
        found = shrinkage(np.zeros(ROWS), d, 0.4 * d + noise, BLOCK)
        measured.append(found.measured)
        stated.append(found.standard_error)
    assert np.mean(measured) == pytest.approx(0.4, abs=0.01)
    assert np.mean(stated) == pytest.approx(np.std(measured), rel=0.1)


def test_what_adds_nothing_gets_next_to_no_weight() -> None:
    """300 experts of pure noise: hardly one gets any weight."""
    rng = np.random.default_rng(2)
    weights = []
    for _ in range(300):
        pooled, d, outcome = rng.normal(size=(3, ROWS))
        weights.append(shrinkage(pooled, pooled + d, outcome + pooled, BLOCK).weight)
    assert np.mean(weights) < 0.01 and np.mean(np.array(weights) == 0) > 0.95


def test_overlapping_rows_do_not_make_noise_look_sure() -> None:
    """Blocks whose rows all say the same: single rows would trust the expert much more often."""
    rng = np.random.default_rng(3)
    trusted = {12: 0, 1: 0}
    for _ in range(200):
        d, outcome = np.repeat(rng.normal(size=(2, 100)), 12, axis=1)
        for size in trusted:
            found = shrinkage(np.zeros(ROWS), d, outcome, np.arange(ROWS) // size)
            trusted[size] += found.measured > 2 * found.standard_error
    assert trusted[12] <= 12 and trusted[1] >= 30


def test_a_true_expert_is_trusted_and_never_beyond_its_word() -> None:
    rng = np.random.default_rng(4)
    d = rng.normal(size=ROWS)
    for truth, least, most in ((0.5, 0.4, 0.6), (1.0, 0.9, 1.0), (3.0, 1.0, 1.0), (-1.0, 0.0, 0.0)):
        found = shrinkage(np.zeros(ROWS), d, truth * d + rng.normal(size=ROWS), BLOCK)
        assert least <= found.weight <= most, truth
        assert (found.gain > 0) == (truth > 0)


def test_too_little_to_weigh_is_said() -> None:
    d = np.ones(10)
    few = shrinkage(0 * d, d, d, np.arange(10) // 2)
    assert few == Shrinkage(
        0.0,
        pytest.approx(np.nan, nan_ok=True),
        pytest.approx(np.nan, nan_ok=True),
        0.0,
        5,
        f"5 blocks of purged rows, {FEWEST_BLOCKS} needed to weigh it: pooled model",
    )
    same = shrinkage(d, d, 2 * d, np.arange(10))
    assert same.weight == 0 and same.reason == "it says what the pooled model says: pooled model"
