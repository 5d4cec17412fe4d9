"""Stability under longer history: how much a value depends on how much came before."""

from __future__ import annotations

import numpy as np

from freqai_regimes.causality.finding import HISTORY, STEPS, Finding
from freqai_regimes.causality.table import Difference, Table, first_difference, relative_differences
from freqai_regimes.causality.trial import LEAST_CANDLES, ROUNDING, Trial

LONGEST_CANDLES = 2000  # compared after the warm-up


def check_longer_history(trial: Trial) -> Finding:
    """Begin the history later: after the warm-up every row must come out as before.

    Without a stated warm-up nothing is refused, but the certificate says by how much values differ.
    """
    rows, stated = trial.market.rows, trial.subject.warm_up_candles
    first = max(1, min(rows // 3, rows - (stated or 0) - LEAST_CANDLES))
    last = min(rows - 1, first + (stated or 0) + LONGEST_CANDLES)
    moment = trial.date(last)
    expected = trial.full.until(last + 1).known_until(moment).values.part(first)
    got = trial.window(first, last).values
    if stated is None:
        size = _largest(expected, got)
        told = "not at all" if size == 0 else f"by up to {size:.2g} of their size"
        reason = f"no warm-up stated; with {first} fewer candles before, values differ {told}"
        return trial.passed(HISTORY, reason, size)
    tolerance, allowance = trial.tolerance(HISTORY, ROUNDING), trial.subject.allowance(HISTORY)
    unknown = allowance is not None and allowance.unknown
    expected, got = expected.part(stated), got.part(stated)
    fault = first_difference(expected, got, tolerance, unknown=unknown)
    if fault is not None:
        return trial.failed(HISTORY, _told(stated, fault, tolerance), fault, first + stated)
    size = _largest(expected, got)
    return trial.passed(HISTORY, f"{size:.2g} after {stated} candles, {tolerance:g} allowed", size)


def check_steps(trial: Trial) -> Finding:
    """Compute consecutive candles one by one, each on the stated history before it, as a bot does.

    The last row of each must be what the whole batch has there. Of a subject without stated
    warm-up, and of a label, the history begins with the first candle and all known rows count.
    """
    tolerance, allowance = trial.tolerance(STEPS, ROUNDING), trial.subject.allowance(STEPS)
    unknown = allowance is not None and allowance.unknown
    stated, label = trial.subject.warm_up_candles, trial.full.known_at is not None
    whole = stated is None or label
    rows = _consecutive(trial, stated or 0)
    for row in rows:
        first = 0 if whole else row - (stated or 0)
        begins = 0 if label else row
        got = trial.window(first, row).values.part(begins - first)
        known = trial.full.until(row + 1).known_until(trial.date(row)).values.part(begins)
        fault = first_difference(known, got, 0.0 if whole else tolerance, unknown=unknown)
        if fault is not None:
            reason = f"computed candle by candle it differs from the batch at {trial.minute(row)}"
            return trial.failed(STEPS, reason, fault, begins)
    return trial.passed(STEPS, f"{len(rows)} candles one by one give what the batch gives")


def _consecutive(trial: Trial, stated: int) -> range:
    rows, count = trial.market.rows, trial.plan.steps
    latest = max(stated, rows - count - 1)
    earliest = min(stated + (trial.subject.horizon_candles or 0), latest)
    until = min(latest, earliest + trial.plan.early_candles)
    start = int(np.random.default_rng(trial.seed + 1).integers(earliest, until + 1))
    return range(start, min(start + count, rows))


def _largest(expected: Table, got: Table) -> float:
    """Largest relative difference of values that both histories know."""
    if expected.columns != got.columns:
        return float("inf")
    sizes = relative_differences(expected.numbers, got.numbers)[expected.known & got.known]
    return float(sizes.max()) if len(sizes) else 0.0


def _told(stated: int, fault: Difference, tolerance: float) -> str:
    if fault.got == "NaN" or fault.expected == "NaN":
        return f"after the stated {stated} candles of warm-up a value is there or not by history"
    return (
        f"after the stated {stated} candles of warm-up a longer history still moves it, "
        f"by up to {fault.size:.2g} of its size ({tolerance:g} allowed)"
    )
