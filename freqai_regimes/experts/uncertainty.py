"""How sure a prediction is: its probability of coming true and the interval around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from freqai_regimes.calibration import (
    CalibrationOptions,
    Calibrator,
    brier_score,
    expected_calibration_error,
    fit_calibrator,
)
from freqai_regimes.experts.report import IntervalReport
from freqai_regimes.experts.window import Floats
from freqai_regimes.intervals.options import IntervalOptions
from freqai_regimes.intervals.split_conformal import ConformalInterval, fit_interval
from freqai_regimes.labels.labelled import Kind


@dataclass(frozen=True)
class Said:
    """Predictions of validation rows and what came; shapes (rows,).

    Attributes
    ----------
    scale : expected size of each row's error; 1 where nothing says how large it will be.
    span_rows : rows that a label spans.
    """

    prediction: Floats
    outcome: Floats
    scale: Floats
    kind: Kind
    span_rows: float

    def part(self, rows: slice) -> Said:
        """Only some rows."""
        return Said(
            self.prediction[rows], self.outcome[rows], self.scale[rows], self.kind, self.span_rows
        )

    @property
    def came_true(self) -> Floats:
        """1 where the label was positive, else 0; NaN where it is not known."""
        return np.where(np.isnan(self.outcome), np.nan, (self.outcome > 0).astype(float))


@dataclass(frozen=True)
class Uncertainty:
    """Calibrator and interval of the main prediction; self-contained.

    Attributes
    ----------
    interval : of a regression; None for classes, whose probability says it all.
    """

    calibrator: Calibrator
    interval: ConformalInterval | None

    def probability(self, prediction: Floats) -> Floats:
        """Probability that the label is positive (of classes: that it is 1), shape (rows,)."""
        return self.calibrator.probability(prediction)

    def bounds(self, prediction: Floats, scale: Floats) -> tuple[Floats, Floats]:
        """Lower and upper bound in the label's unit; NaN where there is no interval."""
        if self.interval is None:
            absent = np.full(len(prediction), np.nan)
            return absent, absent
        return self.interval.bounds(prediction, scale)


def fit_uncertainty(
    said: Said, calibration: CalibrationOptions, intervals: IntervalOptions
) -> Uncertainty:
    """Fit both on rows that no model was fitted on."""
    interval = None
    if said.kind == "regression":
        interval = fit_interval(
            said.prediction, said.outcome, said.scale, coverage=intervals.coverage
        )
    calibrator = fit_calibrator(
        said.prediction,
        said.came_true,
        calibration,
        span_rows=said.span_rows,
        of_probabilities=said.kind == "binary",
    )
    return Uncertainty(calibrator, interval)


def held(said: Said, calibration: CalibrationOptions, intervals: IntervalOptions) -> IntervalReport:
    """Fit both on the earlier half of the rows and see how they hold on the later one."""
    middle = len(said.prediction) // 2
    fitted = fit_uncertainty(said.part(slice(0, middle)), calibration, intervals)
    later = said.part(slice(middle, None))
    stated = fitted.probability(later.prediction)
    lower, upper = fitted.bounds(later.prediction, later.scale)
    inside = (later.outcome >= lower) & (later.outcome <= upper)
    known = np.isfinite(lower) & np.isfinite(later.outcome)
    return IntervalReport(
        coverage=float(inside[known].mean()) if known.any() else float("nan"),
        stated_coverage=intervals.coverage,
        calibration_error=expected_calibration_error(stated, later.came_true),
        brier_score=brier_score(stated, later.came_true),
    )
