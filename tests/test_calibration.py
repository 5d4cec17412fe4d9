"""Calibration: scikit-learn's own numbers, rising maps in [0, 1], and errors that do shrink."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss

from freqai_regimes.calibration import (
    CalibrationOptions,
    Floats,
    brier_score,
    expected_calibration_error,
    fit_calibrator,
)
from freqai_regimes.errors import TrainingError


def scored(rows: int, seed: int = 0, slope: float = 2.0) -> tuple[Floats, Floats]:
    """Scores and outcomes that follow a logistic curve of them."""
    rng = np.random.default_rng(seed)
    score = rng.normal(size=rows)
    return score, (rng.random(rows) < 1 / (1 + np.exp(0.5 - slope * score))).astype(float)


def test_few_rows_get_the_sigmoid_of_platt_as_scikit_learn_computes_it() -> None:
    score, outcome = scored(300)
    got = fit_calibrator(score, outcome)
    expected = _SigmoidCalibration().fit(score, outcome)
    assert got.form == "sigmoid" and got.rows == 300
    assert np.allclose(got.probability(score), expected.predict(score), atol=1e-6)
    scaled = fit_calibrator(score * 1e-6 + 3, outcome)  # neither size nor place of scores matters
    assert np.allclose(scaled.probability(score * 1e-6 + 3), got.probability(score), atol=1e-6)


def test_many_rows_get_the_isotonic_form_of_scikit_learn() -> None:
    score, outcome = scored(1200)
    got = fit_calibrator(score, outcome)
    margin = 1 / 1202
    expected = IsotonicRegression(y_min=margin, y_max=1 - margin, out_of_bounds="clip")
    assert got.form == "isotonic"
    grid = np.linspace(-6, 6, 999)
    assert np.allclose(got.probability(grid), expected.fit(score, outcome).predict(grid))


@pytest.mark.parametrize("form", ["isotonic", "sigmoid"])
@pytest.mark.parametrize("seed", range(5))
def test_maps_rise_within_0_and_1_and_leave_unknown_unknown(form: str, seed: int) -> None:
    got = fit_calibrator(*scored(150, seed), CalibrationOptions.model_validate({"form": form}))
    assert got.form == form
    answer = got.probability([-np.inf, *np.linspace(-1e4, 1e4, 2001), np.inf])
    assert (np.diff(answer) >= 0).all() and answer[0] >= 0 and answer[-1] <= 1
    assert np.isnan(got.probability([np.nan])).all()
    again = pickle.loads(pickle.dumps(got))
    assert again.probability(answer).tobytes() == got.probability(answer).tobytes()


@pytest.mark.parametrize(("rows", "form"), [(250, "sigmoid"), (4000, "isotonic")])
def test_a_score_that_is_too_sure_is_put_right_on_rows_it_has_not_seen(
    rows: int, form: str
) -> None:
    """Log-odds of a model are three times the true ones; the control is the model itself."""
    before, after = [], []
    for seed in range(20):
        score, outcome = scored(rows, seed, slope=1.0)
        sure = 1 / (1 + np.exp(0.5 - 3 * score))
        calibrator = fit_calibrator(sure, outcome, of_probabilities=True)
        assert calibrator.form == form
        score, outcome = scored(4000, 1000 + seed, slope=1.0)
        sure = 1 / (1 + np.exp(0.5 - 3 * score))
        calibrated = calibrator.probability(sure)
        assert brier_score(calibrated, outcome) < brier_score(sure, outcome)
        before.append(expected_calibration_error(sure, outcome))
        after.append(expected_calibration_error(calibrated, outcome))
    assert np.mean(before) > 0.12 and np.mean(after) < 0.04


def test_the_probability_of_a_rise_follows_from_how_residuals_lay() -> None:
    """Prediction p and noise of deviation 1: the truth is the normal distribution at p."""
    from scipy.stats import norm

    rng = np.random.default_rng(0)
    prediction = rng.normal(size=8000) * 0.5
    realised = prediction + rng.normal(size=8000)
    got = fit_calibrator(prediction, realised > 0)
    grid = np.linspace(-0.8, 0.8, 9)
    assert np.allclose(got.probability(grid), norm.cdf(grid), atol=0.06)


def test_overlapping_labels_count_once() -> None:
    score, outcome = scored(3000)
    assert fit_calibrator(score, outcome).form == "isotonic"
    assert fit_calibrator(score, outcome, span_rows=18).form == "sigmoid"
    assert fit_calibrator(score, outcome, span_rows=18).rows == pytest.approx(3000 / 18)
    with pytest.raises(TrainingError, match="spans 0 rows"):
        fit_calibrator(score, outcome, span_rows=0)


def test_scores_that_tell_nothing_or_the_opposite_give_the_frequency() -> None:
    score, outcome = scored(100)
    for got in (
        fit_calibrator(-score, outcome),
        fit_calibrator(np.ones(100), outcome),
    ):
        expected = (outcome.sum() + 1) / 102
        assert got.form == "constant"
        assert np.allclose(got.probability([-5.0, 0.0, 5.0]), expected)
    assert np.allclose(fit_calibrator(score, np.ones(100)).probability(score), 101 / 102)
    assert fit_calibrator([], []).probability(0.3) == 0.5


# --- measures ----------------------------------------------------------------------------------


def test_measures_are_those_of_paper_and_of_scikit_learn() -> None:
    score, outcome = scored(500)
    stated = 1 / (1 + np.exp(-score))
    assert brier_score(stated, outcome) == pytest.approx(brier_score_loss(outcome, stated))
    # Two halves: 0.1 stated where 2 of 10 came, 0.9 where all 10 did: (0.1 + 0.1) / 2.
    halves = [0.1] * 10 + [0.9] * 10
    came = [1.0, 1.0] + [0.0] * 8 + [1.0] * 10
    assert expected_calibration_error(halves, came) == pytest.approx(0.1)
    assert expected_calibration_error([0.5, np.nan], [1.0, 1.0]) == 0.5
    assert np.isnan(expected_calibration_error([], [])) and np.isnan(brier_score([], []))


def test_a_perfect_calibration_scores_what_chance_gives() -> None:
    errors = []
    for seed in range(50):
        rng = np.random.default_rng(seed)
        stated = rng.uniform(0.3, 0.7, 2000)
        errors.append(expected_calibration_error(stated, rng.random(2000) < stated))
    assert np.mean(errors) == pytest.approx(0.8 * np.sqrt(10 * 0.25 / 2000), rel=0.15)


def test_what_is_no_outcome_is_refused() -> None:
    with pytest.raises(TrainingError, match="neither 0 nor 1"):
        fit_calibrator([0.1, 0.2], [0.0, 2.0])
    with pytest.raises(TrainingError, match=r"shape \(2,\) and outcomes of shape \(1,\)"):
        brier_score([0.1, 0.2], [1.0])
    with pytest.raises(ValidationError):
        CalibrationOptions(isotonic_rows=19)
