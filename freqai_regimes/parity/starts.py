"""Where a bot started, was down or had no model yet, as its candles and times of running tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from freqai_regimes.parity.candle_pairs import CandlePair

Span = tuple[pd.Timestamp, pd.Timestamp]


@dataclass(frozen=True)
class Starts:
    """Candles of one pair around the bot's starts.

    Attributes
    ----------
    first : candles that FreqAI marks by itself: the one at which the bot started, and where no
        model was there yet, the first one predicted.
    without_model : candles in between, at which the first training was not done.
    """

    first: frozenset[pd.Timestamp]
    without_model: frozenset[pd.Timestamp]


def find_starts(candles: CandlePair, spans: Sequence[Span], step: pd.Timedelta) -> Starts:
    """Look for the starts in live's candles of a pair.

    Parameters
    ----------
    spans : times of running; () takes the first candle, and each after a missing one, for starts.
    """
    live = candles.live[candles.here]
    if live.empty or "do_predict" not in live:
        return Starts(frozenset(), frozenset())
    first: set[pd.Timestamp] = set()
    without: set[pd.Timestamp] = set()
    for start in _start_rows(pd.DatetimeIndex(live.index), spans, step):
        marked, waiting = _after(live, start)
        first |= marked
        without |= waiting
    return Starts(frozenset(first), frozenset(without - first))


def _start_rows(dates: pd.DatetimeIndex, spans: Sequence[Span], step: pd.Timedelta) -> list[int]:
    if not spans:
        gaps = np.flatnonzero(np.diff(dates.to_numpy()) > step.to_timedelta64()) + 1
        return [0, *map(int, gaps)]
    moments = [start.floor(step) - step for start, _ in spans]
    rows = [int(dates.searchsorted(moment)) for moment in moments]
    # A start before the days that are compared is none of theirs.
    near = zip(rows, moments, strict=True)
    return [row for row, at in near if row < len(dates) and (row or dates[0] - at <= 2 * step)]


def _after(live: pd.DataFrame, start: int) -> tuple[set[pd.Timestamp], set[pd.Timestamp]]:
    """Candles from a start on that are marked, and that wait for a model."""
    trusted = live["do_predict"].to_numpy() == 1
    version = live["model_version"] if "model_version" in live else pd.Series(0.0, live.index)
    has_model = version.fillna(0.0).to_numpy() > 0
    row = start
    while row < len(live) and not trusted[row] and not has_model[row]:
        row += 1
    marked = {start}
    if row < len(live):  # the marked candle has its version, or only zeros
        marked.add(row if not trusted[row] else max(row - 1, start))
    dates = live.index
    return {dates[i] for i in marked if not trusted[i]}, {dates[i] for i in range(start, row)}
