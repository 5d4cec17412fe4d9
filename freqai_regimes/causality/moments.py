"""The rows at which history is cut: few enough to be fast, placed where leaks show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.causality.market import Market
from freqai_regimes.causality.subject import Output, Subject
from freqai_regimes.causality.table import Table

SPANS = ("1h", "4h", "1d")  # ends of such candles are looked at, whether or not any were given


@dataclass(frozen=True)
class Plan:
    """How much is tried.

    Parameters
    ----------
    cuts : random rows at which the history from the first candle on is cut, beside the rows around
        the end of the warm-up and around the closes of coarser candles.
    early_candles : these cuts lie in the first so many candles after the warm-up, where a cut is
        cheap; the result there is held against the one computed on all rows.
    late_cuts : cuts from the first candle on anywhere in the data.
    bunches : cuts where labels become known many at a time, as those of tops and bottoms do.
    windows : cuts anywhere, of the recent history only.
    steps : consecutive candles that are computed one by one, as a running bot does.
    future_candles : candles after a cut that are changed; at least the horizon of a label.
    """

    cuts: int = 6
    early_candles: int = 1500
    late_cuts: int = 3
    bunches: int = 40
    windows: int = 16
    steps: int = 30
    future_candles: int = 48


@dataclass(frozen=True)
class Moments:
    """Rows at which history is cut: from the first candle on, and of recent history only."""

    from_start: tuple[int, ...]
    recent: tuple[int, ...]


def choose_moments(
    market: Market, subject: Subject, full: Output, plan: Plan, rng: np.random.Generator
) -> Moments:
    """Choose the rows; the last row of the data is never one, since nothing follows it.

    For a label some are the rows at which values become known. Recent history is only cut where a
    subject states how much of it is needed.
    """
    last = market.rows - 2
    warm_up = subject.warm_up_candles or 0
    until = min(last, warm_up + plan.early_candles)
    chosen = {1, warm_up // 2, warm_up - 1, warm_up, warm_up + 1, last}
    if subject.first_value_candles is not None:
        chosen |= {subject.first_value_candles - 1, subject.first_value_candles}
    chosen |= set(rng.integers(min(warm_up, until), until + 1, plan.cuts).tolist())
    chosen |= set(rng.integers(until, last + 1, plan.late_cuts).tolist())
    chosen |= _around_closes(market, min(warm_up, until), until, rng)
    if full.known_at is not None:
        chosen |= _becoming_known(market, full.known_at, until, plan, rng)
    recent: tuple[int, ...] = ()
    if subject.warm_up_candles is not None and warm_up < last:
        recent = tuple(sorted(rng.integers(warm_up, last + 1, plan.windows).tolist()))
    return Moments(tuple(sorted(row for row in chosen if 0 <= row <= last)), recent)


def _around_closes(market: Market, first: int, until: int, rng: np.random.Generator) -> set[int]:
    """Rows just before, at and just after the close of a coarser candle, and of other series."""
    step = timeframe_seconds(market.timeframe)
    rows: set[int] = set()
    known = market.base["date"].iloc[first : until + 1] + pd.Timedelta(seconds=step)
    for span in {timeframe_seconds(name) for name in SPANS}:
        if span > step:
            rows |= _some(np.flatnonzero(_seconds(known) % span == 0) + first, 1, rng)
    for source in market.sources.values():
        moments = _seconds(source.frame["date"] + source.known_after)
        places = np.searchsorted(_seconds(known), moments)  # first base candle that may know it
        inside = places[(places > 0) & (places < len(known))] + first
        if source is not market.sources["base"]:
            rows |= _some(inside, 2, rng)
    return {row + shift for row in rows for shift in (-1, 0, 1)}


def _becoming_known(
    market: Market, known_at: Table, until: int, plan: Plan, rng: np.random.Generator
) -> set[int]:
    """Rows at which labels become known, and the row before each."""
    moments = np.unique(known_at.numbers[known_at.known])
    rows = np.searchsorted(_seconds(market.base["date"]), moments)
    bunched = 2 * len(moments) < int(known_at.known.any(axis=1).sum())
    count = plan.bunches if bunched else plan.cuts
    chosen = _some(rows[(rows > 0) & (rows <= until)], count, rng)
    return chosen | {row - 1 for row in chosen}


def _some(rows: np.ndarray, count: int, rng: np.random.Generator) -> set[int]:
    if len(rows) <= count:
        return set(rows.tolist())
    return set(rng.choice(rows, count, replace=False).tolist())


def _seconds(dates: pd.Series) -> np.ndarray:
    moments: np.ndarray = dates.dt.tz_convert(None).to_numpy(dtype="datetime64[s]")
    return moments.astype(np.int64)
