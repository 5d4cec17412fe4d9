"""The size of residuals, learnt from features: right where it is known, above 0 everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from freqai_regimes.errors import TrainingError
from freqai_regimes.intervals.residual_scale import fit_residual_scale
from freqai_regimes.intervals.split_conformal import fit_interval
from freqai_regimes.learners import linear
from freqai_regimes.learners.sample import Sample

RIDGE = linear.Options(learner="linear", alpha=1.0)


def test_it_finds_the_feature_that_makes_errors_large() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(4000, 3))
    truth = np.exp(rows[:, 1])
    residual = rng.normal(size=4000) * truth
    scale = fit_residual_scale(RIDGE, Sample(rows, np.full(4000, np.nan)), residual)
    ratio = scale.size(rows) / truth
    assert ratio.std() / ratio.mean() < 0.1
    got = fit_interval(np.zeros(4000), residual, scale.size(rows), coverage=0.8)
    lower, upper = got.bounds(np.zeros(4000), scale.size(rows))
    wild = rows[:, 1] > 1
    assert ((residual >= lower) & (residual <= upper))[wild].mean() == pytest.approx(0.8, abs=0.05)


def test_errors_of_zero_and_unknown_ones_do_no_harm() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(100, 2))
    residual = rng.normal(size=100)
    residual[:50], residual[50] = 0.0, np.nan
    scale = fit_residual_scale(RIDGE, Sample(rows, residual), residual)
    assert (scale.size(rows) >= scale.floor).all() and scale.floor > 0
    rows[0, 0] = np.nan
    assert np.isnan(scale.size(rows)[0]) and np.isfinite(scale.size(rows)[1:]).all()
    with pytest.raises(TrainingError, match="None of 100 rows"):
        fit_residual_scale(RIDGE, Sample(rows, residual), np.full(100, np.nan))
