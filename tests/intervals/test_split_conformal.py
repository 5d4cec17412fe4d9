"""Split conformal intervals: mapie's half-widths, coverage on seeds, scale, and what is too few."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from freqai_regimes.errors import TrainingError
from freqai_regimes.intervals.split_conformal import fit_interval


@pytest.mark.parametrize(
    ("coverage", "expected"),
    # mapie 1.6.0, SplitConformalRegressor(prefit=True) on the same 200 rows
    [(0.8, 1.464663393008039), (0.9, 2.1789723449252274), (0.95, 2.8431817241646002)],
)
def test_half_widths_are_those_of_mapie(coverage: float, expected: float) -> None:
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(200, 1))
    outcome = 2 * rows[:, 0] + rng.standard_t(4, size=200)
    got = fit_interval(2 * rows[:, 0], outcome, coverage=coverage)
    assert got.half_width == pytest.approx(expected, rel=1e-12)


def test_by_hand_and_nine_errors_are_enough_for_ninety_percent_only() -> None:
    outcome = np.arange(1.0, 10.0)
    nine = fit_interval(np.zeros(9), outcome, coverage=0.9)
    assert nine.half_width == 9 and nine.rows == 9
    assert fit_interval(np.zeros(9), outcome, coverage=0.8).half_width == 8
    few = fit_interval(np.zeros(8), outcome[:8], coverage=0.9)
    assert np.isnan(few.half_width) and few.reason.startswith("8 validation rows, 9 needed")
    assert all(np.isnan(bound).all() for bound in few.bounds([1.0, 2.0]))


def test_bounds_lie_on_both_sides_in_units_of_the_scale_and_unknown_stays_unknown() -> None:
    interval = fit_interval(np.zeros(9), np.arange(1.0, 10.0), 2.0, coverage=0.8)
    assert interval.half_width == 4
    lower, upper = interval.bounds([1.0, np.nan, 3.0], [0.5, 1.0, np.nan])
    assert lower[0] == -1 and upper[0] == 3
    assert np.isnan([lower[1:], upper[1:]]).all()
    gaps = fit_interval([0, np.nan, *[0] * 9], [5, 1, *range(1, 10)], coverage=0.8)
    assert gaps.rows == 10


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_coverage_is_the_stated_one_on_exchangeable_rows(coverage: float) -> None:
    """At least the stated one in the mean over 300 seeds, and no more than 1 / (rows + 1) above."""
    hits = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        size = np.exp(rng.normal(size=300))
        outcome = rng.standard_t(3, size=300) * size
        interval = fit_interval(np.zeros(100), outcome[:100], size[:100], coverage=coverage)
        lower, upper = interval.bounds(np.zeros(200), size[100:])
        hits.append(((outcome[100:] >= lower) & (outcome[100:] <= upper)).mean())
    error = np.std(hits) / np.sqrt(300)
    assert coverage - 3 * error < np.mean(hits) < coverage + 1 / 101 + 3 * error


def test_a_scale_keeps_coverage_where_volatility_differs_and_a_plain_one_does_not() -> None:
    """Coverage in the calm and in the wild half; the plain interval is the control arm."""
    rng = np.random.default_rng(3)
    volatility = np.where(rng.random(6000) < 0.5, 1.0, 4.0)
    outcome = rng.normal(size=6000) * volatility
    train, later = slice(0, 2000), slice(2000, None)

    def coverage(scale: np.ndarray) -> list[float]:
        interval = fit_interval(np.zeros(2000), outcome[train], scale[train], coverage=0.8)
        lower, upper = interval.bounds(np.zeros(4000), scale[later])
        hit = (outcome[later] >= lower) & (outcome[later] <= upper)
        return [float(hit[volatility[later] == level].mean()) for level in (1.0, 4.0)]

    bound = 3 * binom.std(1900, 0.8) / 1900 + 3 * binom.std(2000, 0.8) / 2000
    calm, wild = coverage(np.ones(6000))
    assert calm > 0.8 + bound and wild < 0.8 - bound
    assert np.allclose(coverage(volatility), 0.8, atol=bound)


def test_a_scale_of_zero_is_refused() -> None:
    with pytest.raises(TrainingError, match="A scale of 0 cannot widen"):
        fit_interval([1.0, 2.0], [1.0, 2.0], [1.0, 0.0], coverage=0.5)
