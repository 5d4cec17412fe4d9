"""Leaks from joining series: a candle used before it closed, a value before it was published."""

from __future__ import annotations

import pandas as pd

from freqai_regimes.causality.leaks.mutant import Mutant, of_inputs
from freqai_regimes.causality.leaks.neighbouring_rows import SEEN
from freqai_regimes.causality.subject import BASE, Inputs

HOUR = pd.Timedelta(hours=1)
LAG = pd.Timedelta(hours=36)  # from the date of an index value to its publication


def as_of(inputs: Inputs, name: str, values: pd.Series, delay: pd.Timedelta) -> pd.DataFrame:
    """The last value of another series that is dated a delay before each base candle's close."""
    closes = (inputs[BASE]["date"] + HOUR).dt.as_unit("ns")
    dated = pd.DataFrame({"known": inputs[name]["date"] + delay, "value": values.to_numpy()})
    dated["known"] = dated["known"].dt.as_unit("ns")
    merged = pd.merge_asof(closes.to_frame("known"), dated, on="known")
    return merged[["value"]].set_index(inputs[BASE].index)


def _move(inputs: Inputs, name: str) -> pd.Series:
    return inputs[name]["close"] / inputs[name]["open"] - 1


def _four_hours(inputs: Inputs, label: str) -> pd.DataFrame:
    """Close over the last four-hour close, resampled from base candles."""
    base = inputs[BASE].set_index("date")["close"]
    last = base.resample("4h", label="left" if label == "left" else "right").last()
    known = last.reindex(base.index, method="ffill")
    value = base / known - 1
    return value.to_frame("value").set_index(inputs[BASE].index)


MUTANTS: tuple[Mutant, ...] = (
    of_inputs(
        "daily candle before it closes",
        "the daily candle of the same date is joined to every hour of its day",
        SEEN,
        lambda i: as_of(i, "1d", _move(i, "1d"), HOUR),
        lambda i: as_of(i, "1d", _move(i, "1d"), 24 * HOUR),
        warm_up_candles=48,
    ),
    of_inputs(
        "informative merge without shift",
        "4h candles are joined by their opening time and forward-filled",
        SEEN,
        lambda i: as_of(i, "4h", _move(i, "4h"), HOUR),
        lambda i: as_of(i, "4h", _move(i, "4h"), 4 * HOUR),
        warm_up_candles=8,
    ),
    of_inputs(
        "coarse candle one base candle early",
        "the shift of an informative merge forgets that base candles are dated by their opening",
        SEEN,
        lambda i: as_of(i, "4h", _move(i, "4h"), 3 * HOUR),
        lambda i: as_of(i, "4h", _move(i, "4h"), 4 * HOUR),
        warm_up_candles=8,
    ),
    of_inputs(
        "resampled with the left label",
        "resample(label='left').last() puts a close four hours before it happened",
        SEEN,
        lambda i: _four_hours(i, "left"),
        lambda i: _four_hours(i, "right"),
        warm_up_candles=8,
    ),
    of_inputs(
        "value published later",
        "a daily index is joined by the day it describes, not the day it came out",
        SEEN,
        lambda i: as_of(i, "index", i["index"]["value"], 24 * HOUR),
        lambda i: as_of(i, "index", i["index"]["value"], LAG),
        warm_up_candles=72,
    ),
)
