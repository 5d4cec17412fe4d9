"""Truncation: what is computed on candles up to t equals what all candles give for rows up to t."""

from __future__ import annotations

from freqai_regimes.causality.finding import TRUNCATION, Finding
from freqai_regimes.causality.subject import Output
from freqai_regimes.causality.table import Difference, first_difference
from freqai_regimes.causality.trial import Trial


def check_truncation(trial: Trial) -> Finding:
    """Cut the history at many t; every row up to t must be the same to the last bit.

    A label must know at t exactly what it states to be known at t: no more, no less.
    """
    tolerance = trial.tolerance(TRUNCATION)
    for row in trial.moments.from_start:
        fault = cut_difference(trial, trial.full, trial.window(0, row), 0, row, tolerance)
        if fault is not None:
            return trial.failed(TRUNCATION, _told(trial, row, fault), fault)
    for row in trial.moments.recent:
        first = max(0, row - trial.recent_start)
        last = min(row + trial.following, trial.market.rows - 1)
        longer, shorter = trial.window(first, last), trial.window(first, row)
        fault = cut_difference(trial, longer, shorter, first, row, tolerance)
        if fault is not None:
            return trial.failed(TRUNCATION, _told(trial, row, fault), fault, first)
    cuts = len(trial.moments.from_start) + len(trial.moments.recent)
    return trial.passed(TRUNCATION, f"cut at {cuts} rows, nothing before the cut moved")


def cut_difference(
    trial: Trial, longer: Output, shorter: Output, first: int, row: int, tolerance: float
) -> Difference | None:
    """Compare the rows ``first`` to ``row`` of a longer output with the one that ends there.

    For a label ``longer`` is masked to what it states to be known at the close of ``row``.
    """
    expected = longer.until(row - first + 1).known_until(trial.date(row))
    fault = first_difference(expected.values, shorter.values, tolerance)
    if fault is None and expected.known_at is not None and shorter.known_at is not None:
        fault = first_difference(expected.known_at, shorter.known_at)
    return fault


def _told(trial: Trial, row: int, fault: Difference) -> str:
    if trial.full.known_at is not None and fault.got == "NaN":
        return f"stated to be known at {trial.minute(row)}, but candles up to there do not give it"
    if trial.full.known_at is not None and fault.expected == "NaN":
        return f"with candles up to {trial.minute(row)} it has a value before it is known"
    return f"with candles up to {trial.minute(row)} only, {fault.rows} row(s) are different"
