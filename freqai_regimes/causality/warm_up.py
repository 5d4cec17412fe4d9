"""Warm-up honesty: no value before the inputs allow one, and one as soon as it is stated."""

from __future__ import annotations

import numpy as np

from freqai_regimes.causality.finding import WARM_UP, Finding
from freqai_regimes.causality.trial import Trial

FEWEST_ROWS = 3  # a constant in fewer rows may be chance
OTHER_HISTORIES = 2
DECISIONS = ("signal", "strategy column")  # where nothing is known they rightly say no


def check_warm_up(trial: Trial) -> Finding:
    """Refuse values earlier or later than stated, made-up ones, and columns without any.

    Where ``first_value_candles`` is stated, only NaN may stand before. Where it is not, an early
    value may come from a part of the window; it is refused if it is the same number whatever the
    candles were (not of a decision, which says no while nothing is known). With the stated number
    of candles before a row, that row must have a value wherever a longer history gives one.
    """
    for fault in (_nothing(trial), _too_early(trial), _made_up(trial), _too_late(trial)):
        if fault is not None:
            return fault
    stated = trial.subject.warm_up_candles
    first = int(np.argmax(trial.full.values.known.any(axis=1)))
    told = "not stated" if stated is None else f"{stated} candles as stated"
    return trial.passed(WARM_UP, f"warm-up {told}; first value in row {first}")


def _nothing(trial: Trial) -> Finding | None:
    """Find a column that is NaN everywhere, which would pass everything else."""
    values = trial.full.values
    if not values.columns:
        return trial.failed(WARM_UP, "it computed no column")
    empty = np.flatnonzero(~values.known.any(axis=0))
    if len(empty) == 0:
        return None
    name = values.columns[int(empty[0])]
    return trial.failed(WARM_UP, f"{name} has no value in {trial.market.rows} rows")


def _too_early(trial: Trial) -> Finding | None:
    first, values = trial.subject.first_value_candles, trial.full.values
    if first is None:
        return None
    places = np.argwhere(values.known[:first])
    if len(places) == 0:
        return None
    row, place = (int(one) for one in places[0])
    reason = f"a value in row {row}, but the inputs allow none before row {first}"
    got = values.text(row, place)
    return trial.failed_at(WARM_UP, reason, values.columns[place], row, "NaN", got)


def _made_up(trial: Trial) -> Finding | None:
    """Find a column that begins at once with one number, the same for quite different candles."""
    count = trial.subject.warm_up_candles or 0
    if count < FEWEST_ROWS or trial.subject.kind in DECISIONS:
        return None
    part = trial.market.window(0, min(count + trial.plan.future_candles, trial.market.rows - 1))
    others = [
        trial.on(part.changed_after(0, trial.seed + k)).values for k in range(OTHER_HISTORIES)
    ]
    tables = [table for table in others if table.columns == trial.full.values.columns]
    tables.append(trial.full.values)
    for place, name in enumerate(trial.full.values.columns):
        early = np.concatenate([table.numbers[:count, place] for table in tables])
        later = np.concatenate([table.numbers[count:, place] for table in tables])
        early, later = early[~np.isnan(early)], later[~np.isnan(later)]
        if int(np.argmax(trial.full.values.known[:, place])) >= FEWEST_ROWS:
            continue  # it waited for its inputs: a state that has not changed yet
        if len(early) < FEWEST_ROWS * len(tables) or len(np.unique(early)) > 1:
            continue
        if len(np.unique(later)) > 1:
            row = int(np.flatnonzero(trial.full.values.known[:, place])[0])
            got = trial.full.values.text(row, place)
            reason = f"it is {got} all through its warm-up, whatever the candles are"
            return trial.failed_at(WARM_UP, reason, name, row, "NaN", got)
    return None


def _too_late(trial: Trial) -> Finding | None:
    """Find a row without value although the stated number of candles lies before it."""
    stated = trial.subject.warm_up_candles
    allowance = trial.subject.allowance(WARM_UP)
    if stated is None or (allowance is not None and allowance.unknown):
        return None
    for row in trial.moments.recent:
        got = trial.window(row - stated, row).values
        if got.columns != trial.full.values.columns:
            continue  # truncation tells
        expected = trial.full.until(row + 1).known_until(trial.date(row)).values
        missing = np.flatnonzero(~got.known[-1] & expected.known[row])
        if len(missing):
            place = int(missing[0])
            reason = f"no value yet after the {stated} candles that are stated as warm-up"
            text = expected.text(row, place)
            return trial.failed_at(WARM_UP, reason, got.columns[place], row, text, "NaN")
    return None
