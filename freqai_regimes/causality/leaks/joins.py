"""Leaks from joining the sources that a user can configure; the twin is the join that ships."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from freqai_regimes.causality.leaks.mutant import Mutant
from freqai_regimes.causality.leaks.neighbouring_rows import SEEN
from freqai_regimes.causality.shipped_sources import (
    HOUR,
    SAMPLES,
    TIMEFRAME,
    joined,
    sample_options,
    source_market,
    source_subjects,
)
from freqai_regimes.causality.subject import BASE, Inputs, Subject
from freqai_regimes.sources import join_as_of

TWINS = {subject.name.removeprefix("source "): subject for subject in source_subjects()}
AGE = 16 * HOUR


def _dated(inputs: Inputs, series: str, column: str, *, early: pd.Timedelta) -> pd.DataFrame:
    """A column joined as if each row were known so much before it is."""
    frame = inputs[series][["date", column]]
    known = frame["date"] + source_market().sources[series].known_after - early
    shifted = frame.assign(date=known)  # a date after its availability would be refused
    base = inputs[BASE]
    whole = join_as_of(base, TIMEFRAME, shifted, available_at=known, prefix="x_", longest_age=AGE)
    return whole.drop(columns=list(base))


def _shipped(inputs: Inputs, kind: str) -> pd.DataFrame:
    return joined(inputs, sample_options(kind), SAMPLES[kind][1])


def _back_filled(inputs: Inputs, kind: str) -> pd.DataFrame:
    """Gaps take the next value that comes."""
    values = _shipped(inputs, kind).drop(columns="x_is_filled")
    fresh = ~_shipped(inputs, kind)["x_is_filled"]
    return values.where(fresh, axis=0).bfill()


def _interpolated(inputs: Inputs, kind: str) -> pd.DataFrame:
    """A straight line between the moments at which the value changes."""
    values = _shipped(inputs, kind)[["x_close"]]
    return values.where(values.ne(values.shift())).interpolate()


def _basis_of_the_next_spot(inputs: Inputs) -> pd.DataFrame:
    """The spot candle that opens when the futures candle closes."""
    spot = inputs["spot"].assign(date=inputs["spot"]["date"] - HOUR)
    return joined({**inputs, "spot": spot}, sample_options("basis"), SAMPLES["basis"][1])


def _leak(name: str, story: str, kind: str, leak: Callable[[Inputs], pd.DataFrame]) -> Mutant:
    twin = TWINS[kind]
    warm_up = twin.warm_up_candles
    return Mutant(
        name,
        story,
        Subject(name, "source", leak, warm_up_candles=warm_up),
        Subject(f"{name} (twin)", "source", twin.compute, warm_up_candles=warm_up),
        SEEN,
        source_market,
    )


MUTANTS: tuple[Mutant, ...] = (
    _leak(
        "other pair by opening time",
        "candles of another pair are merged by their date, which is when they open; of the row "
        "that closes they show the candle after it",
        "pair",
        lambda i: _dated(i, "pair", "close", early=HOUR),
    ),
    _leak(
        "other pair back-filled",
        "a hole in the other pair's candles takes the candle after it",
        "pair",
        lambda i: _back_filled(i, "pair"),
    ),
    _leak(
        "mark price by opening time",
        "a 4h mark candle is joined to the hours inside it",
        "mark",
        lambda i: _dated(i, "mark", "close", early=4 * HOUR),
    ),
    _leak(
        "mark price interpolated",
        "hours between two 4h mark candles lie on a line to the later one",
        "mark",
        lambda i: _interpolated(i, "mark"),
    ),
    _leak(
        "funding of the next settlement",
        "the rate is joined to the eight hours that it is settled for, at whose end it is known",
        "funding",
        lambda i: _dated(i, "funding", "funding_rate", early=8 * HOUR),
    ),
    _leak(
        "basis against the next spot candle",
        "futures by their close, spot by its opening time",
        "basis",
        _basis_of_the_next_spot,
    ),
    _leak(
        "file without its publication lag",
        "a value is used on the day it describes",
        "file",
        lambda i: _dated(i, "file", "value", early=2.5 * HOUR),
    ),
    _leak(
        "file back-filled",
        "days without a value take the next one that was published",
        "file",
        lambda i: _back_filled(i, "file"),
    ),
    _leak(
        "kline extras of the running candle",
        "the newest kline is still open when it is read",
        "kline_extras",
        lambda i: _shipped(i, "kline_extras").shift(-1),
    ),
)
