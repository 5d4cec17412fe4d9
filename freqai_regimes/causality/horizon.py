"""Horizon audit of labels: they look ahead, no further than they state, and stay as they are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from freqai_regimes.causality.finding import HORIZON, RESOLUTION, Finding
from freqai_regimes.causality.perturbation import moved
from freqai_regimes.causality.subject import BASE
from freqai_regimes.causality.table import Floats, Table, relative_differences
from freqai_regimes.causality.trial import Trial


def check_horizon(trial: Trial) -> Finding:
    """Refuse a label that no future moves, or that a future beyond its ``known_at`` moves.

    ``known_at`` must lie at its row or later, and at most ``horizon_candles`` later.
    """
    fault = _stated_too_far(trial)
    if fault is not None:
        return fault
    still = np.ones(len(trial.full.values.columns), dtype=bool)
    for row in trial.moments.from_start:
        changed = trial.changed(0, row)
        difference = moved(trial, trial.full, changed, 0, row, trial.tolerance(HORIZON))
        if difference is not None:
            reason = f"stated to be known at {trial.minute(row)}, but later candles move it"
            return trial.failed(HORIZON, reason, difference)
        kept, other = trial.full.values.part(0, row + 1), changed.values.part(0, row + 1)
        both = kept.known & other.known
        still &= ~((relative_differences(kept.numbers, other.numbers) > 0) & both).any(axis=0)
    if still.any():
        column = trial.full.values.columns[int(np.flatnonzero(still)[0])]
        reason = f"{column}: no future moves it, so it is no label of what comes"
        return trial.failed(HORIZON, reason)
    limit = trial.subject.horizon_candles
    told = "without limit" if limit is None else f"of {limit} candles at most"
    return trial.passed(HORIZON, f"it depends on the future within its horizon {told}")


def check_resolution(trial: Trial) -> Finding:
    """Refuse values that are not known, and moments at which no candle closes.

    A value and its ``known_at`` stand together or are NaN and NaT together: an unresolved row is
    never False or 0.
    """
    values, known = trial.full.values, _known_at(trial)
    rows = _candle_rows(trial, known.numbers)
    faults = (
        (
            values.known & ~known.known,
            "it is unresolved (known_at is NaT) and must be NaN, never False or 0",
            ("NaN", values),
        ),
        (
            known.known & ~values.known,
            "it has no value, but known_at states when it was known",
            ("NaT", known),
        ),
        (
            known.known & (rows < 0),
            "known_at is not the opening time of any candle",
            ("the date of a candle", known),
        ),
    )
    for wrong, reason, (expected, table) in faults:
        places = np.argwhere(wrong)
        if len(places):
            row, place = (int(one) for one in places[0])
            got = table.text(row, place)
            return trial.failed_at(RESOLUTION, reason, values.columns[place], row, expected, got)
    share = float(values.known.mean())
    return trial.passed(RESOLUTION, f"{share:.0%} of values resolved, the others NaN")


def _stated_too_far(trial: Trial) -> Finding | None:
    known, limit = _known_at(trial), trial.subject.horizon_candles
    rows = _candle_rows(trial, known.numbers)
    ahead = np.where(rows >= 0, rows - np.arange(len(rows))[:, np.newaxis], 0)
    limits = [(ahead < 0, "0 or more")]
    if limit is not None:
        limits.append((ahead > limit, f"up to {limit}"))
    for wrong, allowed in limits:
        places = np.argwhere(wrong)
        if len(places):
            row, place = (int(one) for one in places[0])
            reason = f"known_at lies {ahead[row, place]} candles after its row; stated is {allowed}"
            got = known.text(row, place)
            return trial.failed_at(HORIZON, reason, known.columns[place], row, allowed, got)
    return None


def _known_at(trial: Trial) -> Table:
    known = trial.full.known_at
    assert known is not None
    return known


def _candle_rows(trial: Trial, moments: Floats) -> npt.NDArray[np.intp]:
    """Row of the candle that opened at each moment; -1 where none did."""
    opened = Table.of(trial.market.sources[BASE].frame[["date"]]).numbers[:, 0]
    places = np.searchsorted(opened, moments).clip(0, len(opened) - 1)
    return np.where(opened[places] == moments, places, -1)
