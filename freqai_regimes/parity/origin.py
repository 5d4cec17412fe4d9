"""Tells look-ahead from a value that depends on how much history came before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from freqai_regimes.parity.causes import Cause
from freqai_regimes.parity.difference import Why
from freqai_regimes.parity.side import Side

#: A difference fades if it is this much smaller at the end of a run than at its beginning.
FADED = 0.1
#: Candles that differ, below which nothing is said of a trend.
FEWEST_FOR_A_TREND = 9
NAMED = 4

Row = dict[str, float]


class Origin:
    """What a pair's features, and its values on cut history, say of a difference.

    Parameters
    ----------
    live, backtest : sides with ``features`` and ``cut`` where they were kept.
    """

    def __init__(self, live: Side, backtest: Side, pair: str) -> None:
        self.live, self.backtest = (_frame(side.features, pair) for side in (live, backtest))
        cut = [_frame(side.cut, pair) for side in (live, backtest)]
        self.cut = _rows(cut[0] if len(cut[0]) else cut[1])
        self.rows = _rows(self.live), _rows(self.backtest)
        self._trends: dict[tuple[str, ...], Why | None] = {}

    @property
    def has_features(self) -> bool:
        """Whether both sides kept the features of their predictions."""
        return bool(len(self.live) and len(self.backtest))

    def of_features(self, date: pd.Timestamp) -> Why | None:
        """Why the features of a candle differ; None if they do not, or were not kept."""
        columns = self.differing(date)
        if not columns:
            return None
        found = self.of_values(date, columns, self.rows[0][date], self.rows[1][date])
        found = found or self._found_elsewhere(columns)
        if found is None:
            key = tuple(columns)
            if key not in self._trends:
                self._trends[key] = self._by_trend(columns)
            found = self._trends[key]
        return found

    def differing(self, date: pd.Timestamp) -> list[str]:
        """Features that differ at a candle."""
        one, other = (side.get(date, {}) for side in self.rows)
        return [name for name in one if name in other and not _same(one[name], other[name])]

    def of_values(
        self, date: pd.Timestamp, columns: Sequence[str], live: Row, backtest: Row
    ) -> Why | None:
        """Why columns of a candle differ, if their values on cut history are known.

        By the definition: what changes when later candles are cut off has looked ahead.
        """
        cut = self.cut.get(date, {})
        known = [name for name in columns if name in cut]
        ahead = [name for name in known if not _same(backtest[name], cut[name])]
        if ahead:
            said = "in the backtest they change when the candles after this one are cut off"
            return Why(Cause.LOOK_AHEAD, f"{_names(ahead)}: {said}")
        longer = [name for name in known if not _same(live[name], cut[name])]
        if longer:
            said = "with the backtest's history they are the backtest's, with live's they are not"
            return Why(Cause.HISTORY, f"{_names(longer)}: {said}")
        return None

    def _found_elsewhere(self, columns: Sequence[str]) -> Why | None:
        """What was found of the same columns at candles whose values on cut history are known."""
        for cause in (Cause.LOOK_AHEAD, Cause.HISTORY):
            same = [name for name in columns if self._by_column.get(name) == cause]
            if same:
                return Why(cause, f"{_names(same)}: as at other candles, which were computed again")
        return None

    def learned(self) -> Why | None:
        """Why the rows differ that models learned from, by what was found of any feature."""
        return self._found_elsewhere(list(self._by_column))

    @cached_property
    def _by_column(self) -> dict[str, Cause]:
        """Features that were judged at any candle; one that looks ahead anywhere does."""
        found: dict[str, Cause] = {}
        for date in self.cut:
            for name in self.differing(date):
                why = self.of_values(date, [name], self.rows[0][date], self.rows[1][date])
                if why is not None and found.get(name) != Cause.LOOK_AHEAD:
                    found[name] = why.cause
        return found

    def _by_trend(self, columns: Sequence[str]) -> Why | None:
        """Without values on cut history: what fades as history grows depends on its length."""
        dates = self.live.index.intersection(self.backtest.index)
        one, other = self.live.loc[dates, list(columns)], self.backtest.loc[dates, list(columns)]
        apart = (one - other).abs().max(axis=1).fillna(0.0).to_numpy(dtype=float)
        rows = np.flatnonzero(apart)
        if len(rows) < FEWEST_FOR_A_TREND:
            return None
        third = len(rows) // 3
        early, late = np.median(apart[rows[:third]]), np.median(apart[rows[-third:]])
        since = f"{_names(columns)} differ from {dates[rows[0]]:%Y-%m-%d %H:%M} on"
        if late <= FADED * early:
            return Why(Cause.HISTORY, f"{since}, ever less: from {early:.3g} to {late:.3g}")
        return None


def _frame(frames: Mapping[str, pd.DataFrame], pair: str) -> pd.DataFrame:
    frame = frames.get(pair)
    return pd.DataFrame() if frame is None else frame.set_index("date")


def _rows(frame: pd.DataFrame) -> dict[pd.Timestamp, Row]:
    names = list(map(str, frame))
    values = frame.to_numpy(dtype=float)
    return {
        at: dict(zip(names, row, strict=True)) for at, row in zip(frame.index, values, strict=True)
    }


def _same(one: float, other: float) -> bool:
    return bool(one == other or (pd.isna(one) and pd.isna(other)))


def _names(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - NAMED} more" if len(columns) > NAMED else ""
    return ", ".join(columns[:NAMED]) + more
