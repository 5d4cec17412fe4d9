"""Rank correlation against scipy and paper, its null against series that share nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import kstest, spearmanr

from freqai_regimes.evaluation.metrics import circular_shift_null, rank_correlation

NAN = float("nan")


def autoregressive(seed: int, rows: int, memory: float) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=rows + 200)
    return lfilter([1.0], [1.0, -memory], noise)[200:]


def test_rank_correlation_by_hand() -> None:
    # Ranks 1..5 against 4 2 3 5 1: squared differences 9+0+0+1+16 = 26, 1 - 6*26/(5*24) = -0.3.
    assert rank_correlation([0.1, 0.2, 0.3, 0.4, 0.7], [0.3, 0.1, 0.2, 0.5, 0.0]) == pytest.approx(
        -0.3
    )


def test_rank_correlation_is_scipys_with_ties_and_gaps() -> None:
    draw = np.random.default_rng(5)
    prediction = draw.integers(0, 9, 300).astype(float)
    outcome = prediction + draw.normal(size=300) * 6
    prediction[::17], outcome[::13] = NAN, np.inf
    both = np.isfinite(prediction) & np.isfinite(outcome)
    expected = spearmanr(prediction[both], outcome[both]).statistic
    assert rank_correlation(prediction, outcome) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("prediction", "outcome"),
    [
        ([1.0, 2.0], [1.0, 2.0]),
        ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]),
        ([], []),
        ([NAN] * 4, [1.0] * 4),
    ],
)
def test_no_rank_correlation_without_spread(prediction: list[float], outcome: list[float]) -> None:
    assert np.isnan(rank_correlation(prediction, outcome))


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match=r"shape \(2,\), outcome \(3,\)"):
        rank_correlation([1.0, 2.0], [1.0, 2.0, 3.0])


def test_each_shift_is_the_correlation_of_the_rolled_series() -> None:
    prediction, outcome = autoregressive(1, 60, 0.5), autoregressive(2, 60, 0.5)
    null = circular_shift_null(prediction, outcome, shifts=1000, minimum_shift=7)
    expected = [spearmanr(np.roll(prediction, k), outcome).statistic for k in range(7, 54)]
    assert null.observed == pytest.approx(spearmanr(prediction, outcome).statistic)
    np.testing.assert_allclose(null.null, expected, atol=1e-10)


def test_pairs_move_together() -> None:
    prediction = np.column_stack([autoregressive(3, 50, 0.3), autoregressive(4, 50, 0.3)])
    outcome = np.column_stack([autoregressive(5, 50, 0.3), autoregressive(6, 50, 0.3)])
    null = circular_shift_null(prediction, outcome, minimum_shift=5)
    expected = [
        spearmanr(np.roll(prediction, k, axis=0).ravel(), outcome.ravel()).statistic
        for k in range(5, 46)
    ]
    np.testing.assert_allclose(null.null, expected, atol=1e-10)


def test_gaps_leave_the_observed_value_exact_and_fixed_ranks_in_the_null() -> None:
    prediction, outcome = autoregressive(7, 80, 0.2), autoregressive(8, 80, 0.2)
    prediction[:9], prediction[40:44], outcome[-6:] = NAN, NAN, NAN
    null = circular_shift_null(prediction, outcome, minimum_shift=20)
    assert null.observed == pytest.approx(rank_correlation(prediction, outcome))
    inside = slice(9, 74)
    both = np.isfinite(prediction[inside]) & np.isfinite(outcome[inside])
    x, y = np.full(65, NAN), np.full(65, NAN)
    x[both] = prediction[inside][both].argsort().argsort()
    y[both] = outcome[inside][both].argsort().argsort()
    moved = np.roll(x, 20)
    meet = np.isfinite(moved) & np.isfinite(y)
    assert null.null[0] == pytest.approx(np.corrcoef(moved[meet], y[meet])[0, 1])


def test_p_values_count_the_shifts() -> None:
    steps = np.arange(200.0)
    null = circular_shift_null(steps, steps, shifts=99, minimum_shift=10)
    assert null.observed == pytest.approx(1.0)
    assert len(null.null) == 99
    assert null.p_greater == pytest.approx(1 / 100)
    assert null.p_two_sided == pytest.approx(2 / 100)
    against = circular_shift_null(-steps, steps, shifts=99, minimum_shift=10)
    assert against.p_greater == pytest.approx(1.0)
    assert against.p_two_sided == pytest.approx(2 / 100)


def test_no_p_value_from_a_run_that_is_too_short() -> None:
    null = circular_shift_null(np.arange(50.0), np.arange(50.0), minimum_shift=20)
    assert np.isnan(null.p_greater)
    assert null.reason.startswith("No p value: 50 rows allow 11 shifts of 20 rows or more")
    empty = circular_shift_null([NAN, NAN], [1.0, 2.0])
    assert np.isnan(empty.observed)
    assert empty.reason.startswith("No rank correlation: 0 rows")


def test_null_is_calibrated_where_the_textbook_is_not() -> None:
    shifted, textbook = [], []
    for seed in range(200):
        prediction = autoregressive(2 * seed, 500, 0.9)
        outcome = autoregressive(2 * seed + 1, 500, 0.9)
        shifted.append(circular_shift_null(prediction, outcome, 200, 25).p_greater)
        textbook.append(spearmanr(prediction, outcome, alternative="greater").pvalue)
    assert 0.02 < np.mean(np.array(shifted) < 0.1) < 0.18
    assert kstest(shifted, "uniform").pvalue > 0.01
    assert np.mean(np.array(textbook) < 0.1) > 0.25  # the control: memory fools it


def test_skill_is_found() -> None:
    prediction = autoregressive(11, 500, 0.9)
    outcome = prediction + 2 * autoregressive(12, 500, 0.9)
    assert circular_shift_null(prediction, outcome, 400, 25).p_greater < 0.02
