"""Sharpe ratios after chance: the numbers printed in the papers, and a simulation of each claim."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import kurtosis, skew

from freqai_regimes.evaluation.deflated_sharpe import (
    SharpeSample,
    deflated_sharpe_ratio,
    expected_maximum_sharpe,
    minimum_track_record_length,
    probabilistic_sharpe_ratio,
    variance_by_chance,
)

#: Bailey and López de Prado 2014, "A numerical example": five years of days, a ratio of 2.5 a year.
FAT = SharpeSample(2.5 / math.sqrt(250), 1250, skewness=-3, kurtosis=10)
NORMAL = SharpeSample(2.5 / math.sqrt(250), 1250)
VARIANCE = 0.5 / 250


def test_the_deflated_ratio_of_the_paper() -> None:
    assert expected_maximum_sharpe(100, VARIANCE) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe_ratio(FAT, 100, VARIANCE) == pytest.approx(0.9004, abs=5e-5)
    assert deflated_sharpe_ratio(FAT, 46, VARIANCE) == pytest.approx(0.9505, abs=5e-5)
    assert deflated_sharpe_ratio(NORMAL, 88, VARIANCE) == pytest.approx(0.9505, abs=5e-5)


def test_the_probabilistic_ratio_of_the_paper() -> None:
    fund = SharpeSample(0.458, 24, skewness=-2.448, kurtosis=10.164)
    assert probabilistic_sharpe_ratio(fund) == pytest.approx(0.913, abs=5e-4)
    assert probabilistic_sharpe_ratio(SharpeSample(0.458, 24)) == pytest.approx(0.982, abs=5e-4)


@pytest.mark.parametrize(("periods", "years"), [(252, 2.73), (52, 2.83), (12, 3.24)])
def test_the_track_record_of_the_paper(periods: int, years: float) -> None:
    """A ratio of 2 a year above one of 1, with 95 %: normal returns by day, week and month."""
    sample = SharpeSample(2 / math.sqrt(periods), 100)
    length = minimum_track_record_length(sample, 1 / math.sqrt(periods)) / periods
    assert length == pytest.approx(years, abs=5e-3)


def test_a_track_record_of_the_least_length_is_just_enough() -> None:
    length = minimum_track_record_length(FAT, 0.1)
    exact = SharpeSample(FAT.sharpe, round(length), FAT.skewness, FAT.kurtosis)
    assert probabilistic_sharpe_ratio(exact, 0.1) == pytest.approx(0.95, abs=1e-3)
    assert minimum_track_record_length(FAT, FAT.sharpe) == math.inf


def test_a_sample_has_the_moments_that_scipy_finds() -> None:
    values = np.random.default_rng(1).gamma(2, size=300) - 1.9
    sample = SharpeSample.of(values)
    assert sample.sharpe == pytest.approx(values.mean() / values.std(ddof=1))
    assert sample.skewness == pytest.approx(skew(values))
    assert sample.kurtosis == pytest.approx(kurtosis(values, fisher=False))


def test_the_best_of_many_without_skill_is_as_good_as_told() -> None:
    rng, trials, days = np.random.default_rng(2), 50, 250
    returns = rng.normal(size=(2000, days))
    ratios = returns.mean(axis=1) / returns.std(axis=1, ddof=1)
    best = ratios.reshape(-1, trials).max(axis=1).mean()
    told = expected_maximum_sharpe(trials, variance_by_chance(days))
    assert told == pytest.approx(best, rel=0.05)


def test_what_cannot_be_told_is_no_claim() -> None:
    flat = SharpeSample.of([0.0] * 50)
    assert (flat.sharpe, flat.observations) == (0.0, 50)
    assert probabilistic_sharpe_ratio(flat) == 0.5
    assert probabilistic_sharpe_ratio(SharpeSample.of([0.3])) == 0.5
    assert expected_maximum_sharpe(1, 0.5) == 0.0
    assert minimum_track_record_length(flat) == math.inf
    two_points = SharpeSample(1.0, 10, skewness=2.0, kurtosis=5.0)  # no spread left
    assert probabilistic_sharpe_ratio(two_points) == 1.0
