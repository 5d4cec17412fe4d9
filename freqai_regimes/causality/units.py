"""Units: fractions and percent do not meet, thresholds mean what they say, prices have no scale."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pandas as pd

from freqai_regimes.causality.finding import UNITS, Finding
from freqai_regimes.causality.input_kept import early_row
from freqai_regimes.causality.market import Market
from freqai_regimes.causality.subject import BASE
from freqai_regimes.causality.table import Floats, as_text, first_difference
from freqai_regimes.causality.trial import ROUNDING, Trial

FACTOR = 4.0  # a power of two: multiplying prices by it rounds nothing
LARGEST_RATIO = 10.0  # of the sizes of two windows of one feature, beside the ratio of the windows
PRICE = 100.0


def check_units(trial: Trial) -> Finding:
    """Refuse quantities whose units do not agree.

    - A label with a stated threshold is shown a single move of one half and of one and a half times
      that size: it must not answer the first and must answer the second.
    - A feature with stated price units is computed on prices four times as high: no other column
      may change.
    - Columns of a feature, not in price units, whose names differ in one number only (one quantity
      over several windows) must be of like size: ten times the ratio of the windows is allowed.
    """
    for fault in (_threshold(trial), _price_scale(trial), _siblings(trial)):
        if fault is not None:
            return fault
    return trial.passed(UNITS, "units agree")


# --- labels --------------------------------------------------------------------------------------


def _threshold(trial: Trial) -> Finding | None:
    horizon = trial.subject.horizon_candles or 0
    for column, threshold in trial.subject.thresholds.items():
        for share, expected in ((0.5, 0.0), (1.5, 1.0)):
            row = (trial.subject.warm_up_candles or 0) + 5
            market = _one_move(trial.market, row, share * threshold, row + 2 * horizon + 10)
            got = float(trial.on(market).values.column(column)[row])
            if got != expected:
                reason = f"a move of {share * threshold:g} answers a threshold of {threshold:g}"
                if expected:
                    reason = f"a move of {share * threshold:g} misses a threshold of {threshold:g}"
                return trial.failed_at(UNITS, reason, column, row, as_text(expected), got)
    return None


def _one_move(market: Market, row: int, move: float, rows: int) -> Market:
    """Candles that stand still but for one move, two candles after ``row``."""
    dates = market.base["date"].iloc[0] + market.sources[BASE].known_after * np.arange(rows)
    price = np.where(np.arange(rows) < row + 2, PRICE, PRICE * (1 + move))
    flat = dict.fromkeys(("open", "high", "low", "close"), price)
    candles = pd.DataFrame({"date": pd.DatetimeIndex(dates), **flat, "volume": 1.0})
    coarser = [source.coarser for source in market.sources.values() if source.coarser]
    return Market.of(candles, market.timeframe, coarser=coarser)


# --- features ------------------------------------------------------------------------------------


def _price_scale(trial: Trial) -> Finding | None:
    stated = trial.subject.price_unit_columns
    if stated is None:
        return None
    market = trial.market.window(0, early_row(trial))
    before, after = trial.on(market).values, trial.on(market.scaled(FACTOR)).values
    warm_up = trial.subject.warm_up_candles or 0
    free = np.array([[column not in stated for column in before.columns]])
    rest = before.part(warm_up).where(free), after.part(warm_up).where(free)
    fault = first_difference(*rest, trial.tolerance(UNITS, ROUNDING))
    if fault is None:
        return None
    reason = f"it changes when all prices are {FACTOR:g} times as high, and is not stated to"
    return trial.failed(UNITS, reason, fault, warm_up)


def _siblings(trial: Trial) -> Finding | None:
    if trial.subject.kind != "feature" or trial.subject.allowance(UNITS) is not None:
        return None
    stated = trial.subject.price_unit_columns or ()
    free = [column for column in trial.full.values.columns if column not in stated]
    for family in _families(free).values():
        ordered = sorted(family)
        for (short, one), (long, other) in itertools.pairwise(ordered):
            sizes = [_size(trial.full.values.column(column)) for column in (one, other)]
            if not all(size > 0 for size in sizes):
                continue
            ratio = max(sizes) / min(sizes)
            allowed = LARGEST_RATIO * long / max(short, 1)
            if ratio > allowed:
                reason = f"{one} and {other} differ {ratio:.0f} times in size, as if in two units"
                return trial.failed(UNITS, reason)
    return None


def _families(columns: list[str]) -> dict[str, list[tuple[int, str]]]:
    """Columns by their name without its only number, so that windows of one quantity meet.

    >>> _families(["return_6", "return_24", "rsi"])
    {'return_#': [(6, 'return_6'), (24, 'return_24')]}
    """
    families: dict[str, list[tuple[int, str]]] = {}
    for column in columns:
        numbers = re.findall(r"\d+", column)
        if len(numbers) == 1:
            family = families.setdefault(re.sub(r"\d+", "#", column), [])
            family.append((int(numbers[0]), column))
    return families


def _size(values: Floats) -> float:
    """Median absolute value of the rows that are numbers; 0 if there is none."""
    finite = np.abs(values[np.isfinite(values)])
    return float(np.median(finite)) if len(finite) else 0.0
