"""The gate: who is let in, on which rows, and how often a model without skill is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal, stats

from freqai_regimes.model_life.promotion_gate import (
    Comparison,
    GateOptions,
    GateRows,
    judge,
    robust_statistic,
)

HORIZON = 6
ROWS = 240
OPTIONS = GateOptions()
SIZES = GateOptions(measure="squared_error")


def rows(seed: int, skill: float, champion_skill: float | None = None) -> GateRows:
    """Overlapping outcomes; predictions that know a share of them."""
    rng = np.random.default_rng(seed)
    moves = rng.normal(size=ROWS + HORIZON)
    label = np.convolve(moves, np.ones(HORIZON), "valid")[1:] / np.sqrt(HORIZON)

    def model(share: float) -> np.ndarray:
        return share * label + 0.2 * rng.normal(size=ROWS)

    champion = None if champion_skill is None else model(champion_skill)
    date = np.datetime64("2024-01-01", "ns") + np.arange(ROWS) * np.timedelta64(1, "h")
    return GateRows(date, label, model(skill), champion, 0.0)


BEGIN = np.datetime64("2023-12-31", "ns")


def test_skill_is_let_in_and_noise_is_not() -> None:
    good, noise = judge(rows(1, 0.5), HORIZON, OPTIONS), judge(rows(1, 0.0), HORIZON, OPTIONS)
    assert good.promoted and good.reason.startswith("better than naive: correlation")
    assert not noise.promoted and noise.reason.startswith("not better than naive: correlation")
    assert good.against_naive is not None
    assert good.against_naive.effective_rows == ROWS / HORIZON


def test_too_few_rows_that_do_not_overlap() -> None:
    decision = judge(rows(1, 0.5), 20, OPTIONS)
    assert not decision.promoted
    assert decision.reason == "12 rows that do not overlap, 20 needed"


def test_a_clearly_worse_candidate_leaves_the_champion_in_place() -> None:
    worse = judge(rows(1, 0.3, 0.9), HORIZON, OPTIONS, BEGIN)
    assert not worse.promoted and worse.reason.startswith("worse than the champion")
    assert judge(rows(1, 0.9, 0.3), HORIZON, OPTIONS, BEGIN).promoted
    equal = [judge(rows(seed, 0.5, 0.5), HORIZON, OPTIONS, BEGIN).promoted for seed in range(40)]
    assert sum(equal) > 30


def test_rows_that_the_champion_was_trained_on_do_not_count() -> None:
    given = rows(1, 0.2, 0.15)
    half = given.date[ROWS // 2]
    memorised = np.where(given.date <= half, given.label, given.champion)
    flattered = GateRows(given.date, given.label, given.candidate, memorised, 0.0)
    assert not judge(flattered, HORIZON, OPTIONS, BEGIN).promoted
    assert judge(flattered, HORIZON, OPTIONS, half) == judge(given, HORIZON, OPTIONS, half)
    assert judge(flattered, HORIZON, OPTIONS, half).promoted
    late = judge(flattered, HORIZON, OPTIONS, given.date[-10])
    assert late.reason == "2 rows that do not overlap since the champion was trained, 8 needed"


def test_naive_is_the_better_one_of_zero_and_training_mean() -> None:
    given = rows(1, 0.0)
    label = given.label + 5.0
    candidate = np.full(ROWS, 4.0)
    for mean in (5.0, 0.0):
        shifted = GateRows(given.date, label, candidate, None, mean)
        decision = judge(shifted, HORIZON, SIZES)
        assert decision.promoted == (mean == 0.0)
        assert not judge(shifted, HORIZON, OPTIONS).promoted  # no constant has skill


def test_skill_counts_whatever_its_scale_unless_sizes_are_asked_for() -> None:
    given = rows(1, 0.5)
    wild = GateRows(given.date, given.label, 5 * given.candidate, None, 0.0)
    assert judge(wild, HORIZON, OPTIONS).reason == judge(given, HORIZON, OPTIONS).reason
    assert judge(given, HORIZON, SIZES).promoted
    assert judge(wild, HORIZON, SIZES).reason.startswith("not better than naive: loss ")


def test_rows_of_one_date_count_as_one() -> None:
    given = rows(1, 0.5)
    twice = GateRows(
        np.repeat(given.date, 2),
        np.repeat(given.label, 2),
        np.repeat(given.candidate, 2),
        None,
        0.0,
    )
    one, other = (judge(each, HORIZON, OPTIONS).against_naive for each in (twice, given))
    assert one is not None and other is not None
    assert vars(one) == pytest.approx(vars(other))


def test_statistic_without_memory_is_that_of_students_test() -> None:
    gain = np.random.default_rng(0).normal(0.1, 1, 500)
    students = stats.ttest_1samp(gain, 0).statistic
    assert robust_statistic(gain, 1) == pytest.approx(students, rel=2e-3)
    assert robust_statistic(np.ones(5), 1) == 0.0
    assert robust_statistic(np.ones(1), 1) == 0.0


def test_critical_values_are_normal_ones_for_narrow_bandwidths() -> None:
    wide = Comparison(10**6, 10**6, 0.0, 0.0, 0.0)
    for level in (0.1, 0.05, 0.025, 0.01):
        assert wide.critical(level, 1) == pytest.approx(stats.norm.isf(level), abs=1e-3)
    assert Comparison(100, 10, 0.0, 0.0, 0.0).critical(0.05, 10) > 2.0


def test_level_holds_where_labels_overlap() -> None:
    let_in = 0
    for seed in range(150):
        rng = np.random.default_rng(10_000 + seed)
        given = rows(20_000 + seed, 0.0)
        slow = signal.lfilter([0.3], [1, -0.95], rng.normal(size=ROWS))
        tiny = GateRows(given.date, given.label, slow, None, 0.0)
        let_in += judge(tiny, HORIZON, GateOptions(level=0.05)).promoted
    assert let_in / 150 < 0.085
