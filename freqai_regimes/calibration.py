"""Turns scores into probabilities that come true as often as they say, and measures whether."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from freqai_regimes.errors import TrainingError

Floats = npt.NDArray[np.float64]
Form = Literal["isotonic", "sigmoid", "constant"]


class CalibrationOptions(BaseModel):
    """How scores become probabilities."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    form: Literal["auto", "isotonic", "sigmoid"] = Field(
        "auto", description="auto: isotonic from isotonic_rows on, sigmoid below"
    )
    isotonic_rows: int = Field(
        1000, ge=20, description="independent rows that a free form needs (Niculescu-Mizil 2005)"
    )


@dataclass(frozen=True)
class Calibrator:
    """A rising map from score to probability, self-contained.

    Attributes
    ----------
    form : isotonic (steps joined by lines), sigmoid, or constant where the scores tell nothing.
    knots, values : of the isotonic form; between knots a line, beyond them the end values. Of the
        constant form one of each.
    slope, centre : of the sigmoid 1 / (1 + exp(-slope * (score - centre))).
    rows : independent rows that it was fitted on.
    reason : one sentence on why it has this form.
    of_probabilities : scores are probabilities, and their log-odds are what the map is of.
    """

    form: Form
    knots: Floats
    values: Floats
    slope: float
    centre: float
    rows: float
    reason: str
    of_probabilities: bool = False

    def probability(self, score: npt.ArrayLike) -> Floats:
        """Probability in [0, 1] for each score, never falling as it rises; NaN for NaN."""
        given = np.asarray(score, dtype=float)
        given = log_odds(given) if self.of_probabilities else given
        if self.form == "sigmoid":
            power = np.clip(-self.slope * (given - self.centre), -700, 700)
            return np.asarray(1 / (1 + np.exp(power)))
        return np.asarray(np.interp(given, self.knots, self.values))


def fit_calibrator(
    score: npt.ArrayLike,
    outcome: npt.ArrayLike,
    options: CalibrationOptions | None = None,
    *,
    span_rows: float = 1.0,
    of_probabilities: bool = False,
) -> Calibrator:
    """Fit on rows that the model was not fitted on, purged from its training rows.

    For a regression the score is the prediction and the outcome whether the label was positive: the
    probability then follows from how the residuals really lay around predictions of that size.

    Parameters
    ----------
    score, outcome : shape (rows,); outcome is 1 or 0; rows with NaN in either are left out.
    span_rows : rows that a label spans. Labels that overlap say the same thing several times, so
        only rows / span_rows count as independent.
    of_probabilities : the scores are a classifier's probabilities: the sigmoid is fitted on their
        log-odds, of which a model that is too sure has merely too much.

    Returns
    -------
    Calibrator. Probabilities keep away from 0 and 1 by 1 / (independent rows + 2), as a certainty
    cannot be learnt from so many rows.

    Raises
    ------
    TrainingError
        For an outcome that is neither 0 nor 1, or a span below one row.
    """
    chosen = options or CalibrationOptions()
    scores, outcomes = _known(score, outcome)
    if not span_rows >= 1:
        raise TrainingError(f"A label spans {span_rows} rows; at least 1 is allowed.")
    rows = len(scores) / span_rows
    if len(np.unique(outcomes)) < 2 or len(np.unique(scores)) < 2:
        return _constant(outcomes, rows, f"{len(scores)} rows with one outcome or one score")
    form = chosen.form
    if form == "auto":
        form = "isotonic" if rows >= chosen.isotonic_rows else "sigmoid"
    fit = _isotonic if form == "isotonic" else _sigmoid
    fitted = fit(log_odds(scores) if of_probabilities else scores, outcomes, rows)
    return replace(fitted, of_probabilities=of_probabilities)


def log_odds(probability: Floats) -> Floats:
    """Logarithm of p / (1 - p), with p kept 1e-6 away from 0 and 1.

    >>> log_odds(np.array([0.5, 0.75])).round(6).tolist()
    [0.0, 1.098612]
    """
    inside = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside / (1 - inside)))


def brier_score(probability: npt.ArrayLike, outcome: npt.ArrayLike) -> float:
    """Mean squared distance of probability and outcome (Brier 1950); 0 is perfect, NaN: no rows.

    >>> brier_score([0.5, 1.0], [1, 1])
    0.125
    """
    stated, came = _known(probability, outcome)
    return float(((stated - came) ** 2).mean()) if len(came) else float("nan")


def expected_calibration_error(
    probability: npt.ArrayLike, outcome: npt.ArrayLike, bins: int = 10
) -> float:
    """Mean distance between stated probability and frequency, over bins of equal size.

    The usual one has bins of equal width (Naeini et al. 2015), of which most are empty where all
    probabilities are near a half. Even of a perfect calibration it is above 0, by chance: about
    0.8 * sqrt(bins * p * (1 - p) / independent rows).

    Returns
    -------
    0 to 1; NaN without rows. Probabilities that are equal share a bin.

    >>> round(expected_calibration_error([0.2] * 10 + [0.7] * 10, [0, 1] * 5 + [1, 1] * 5), 9)
    0.3
    """
    stated, came = _known(probability, outcome)
    if len(came) == 0:
        return float("nan")
    edges = np.unique(np.quantile(stated, np.linspace(0, 1, bins + 1)[1:-1]))
    place = np.searchsorted(edges, stated, side="left")
    gap = np.bincount(place, weights=stated - came)
    return float(np.abs(gap).sum() / len(came))


def _known(score: npt.ArrayLike, outcome: npt.ArrayLike) -> tuple[Floats, Floats]:
    scores, outcomes = np.asarray(score, dtype=float), np.asarray(outcome, dtype=float)
    if scores.shape != outcomes.shape or scores.ndim != 1:
        raise TrainingError(
            f"Scores of shape {scores.shape} and outcomes of shape {outcomes.shape}: one of each "
            "a row is needed."
        )
    known = np.isfinite(scores) & np.isfinite(outcomes)
    if not np.isin(outcomes[known], (0.0, 1.0)).all():
        raise TrainingError("An outcome is neither 0 nor 1: say whether it came true.")
    return scores[known], outcomes[known]


def _constant(outcomes: Floats, rows: float, reason: str) -> Calibrator:
    """The frequency, drawn to a half as by one more row of each outcome (Laplace)."""
    frequency = outcomes.mean() if len(outcomes) else 0.5
    value = (frequency * rows + 1) / (rows + 2)
    return Calibrator("constant", np.zeros(1), np.array([value]), 0.0, 0.0, rows, reason)


def _isotonic(scores: Floats, outcomes: Floats, rows: float) -> Calibrator:
    margin = 1 / (rows + 2)
    fitted = IsotonicRegression(y_min=margin, y_max=1 - margin, out_of_bounds="clip")
    fitted.fit(scores, outcomes)
    knots, values = fitted.X_thresholds_, fitted.y_thresholds_
    reason = f"{rows:.0f} independent rows: free form"
    return Calibrator("isotonic", knots, values, 0.0, 0.0, rows, reason)


def _sigmoid(scores: Floats, outcomes: Floats, rows: float) -> Calibrator:
    """Platt 2000: a logistic curve, its targets drawn in from 0 and 1 by the number of rows."""
    centre, deviation = scores.mean(), scores.std()
    positive = outcomes.mean() * rows
    high, low = (positive + 1) / (positive + 2), 1 / (rows - positive + 2)
    target = np.where(outcomes == 1, high, low)
    # A target between 0 and 1 is a row of each outcome, weighted by it.
    scaled = np.tile((scores - centre) / deviation, 2)[:, np.newaxis]
    came = np.repeat([1.0, 0.0], len(scores))
    fitted = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000)
    fitted.fit(scaled, came, sample_weight=np.concatenate([target, 1 - target]))
    slope = float(fitted.coef_[0, 0] / deviation)
    if slope <= 0:
        return _constant(outcomes, rows, "higher scores came true no more often than lower ones")
    centre -= float(fitted.intercept_[0]) / slope
    none = np.empty(0)
    reason = f"{rows:.0f} independent rows: sigmoid"
    return Calibrator("sigmoid", none, none, slope, float(centre), rows, reason)
