"""Future perturbation: whatever comes after t, nothing up to t moves."""

from __future__ import annotations

from freqai_regimes.causality.finding import PERTURBATION, Finding
from freqai_regimes.causality.subject import Output
from freqai_regimes.causality.table import Difference, first_difference
from freqai_regimes.causality.trial import Trial


def check_perturbation(trial: Trial) -> Finding:
    """Give every row after t another price and volume; rows up to t must stay, to the last bit.

    Of a label, rows stated to be known at t must stay.
    """
    tolerance = trial.tolerance(PERTURBATION)
    for row in trial.moments.from_start:
        fault = moved(trial, trial.full, trial.changed(0, row), 0, row, tolerance)
        if fault is not None:
            return trial.failed(PERTURBATION, _told(trial, row), fault)
    for row in trial.moments.recent:
        first = max(0, row - trial.recent_start)
        kept = trial.window(first, min(row + trial.following, trial.market.rows - 1))
        fault = moved(trial, kept, trial.changed(first, row), first, row, tolerance)
        if fault is not None:
            return trial.failed(PERTURBATION, _told(trial, row), fault, first)
    changes = len(trial.moments.from_start) + len(trial.moments.recent)
    return trial.passed(PERTURBATION, f"another future after {changes} rows, nothing before moved")


def moved(
    trial: Trial, kept: Output, changed: Output, first: int, row: int, tolerance: float
) -> Difference | None:
    """The first value up to ``row`` that another future moves, among those known there."""
    before, after = kept.until(row - first + 1), changed.until(row - first + 1)
    if before.known_at is None or after.known_at is None:
        return first_difference(before.values, after.values, tolerance)
    known = before.known_at.numbers <= trial.date(row).timestamp()
    fault = first_difference(before.values.where(known), after.values.where(known), tolerance)
    if fault is None:
        fault = first_difference(before.known_at.where(known), after.known_at.where(known))
    return fault


def _told(trial: Trial, row: int) -> str:
    return f"it moves when candles after {trial.minute(row)} change"
