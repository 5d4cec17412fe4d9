"""Whether the models of both sides learned the same: windows, rows, and when they came."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pandas as pd

from freqai_regimes.parity.causes import Cause
from freqai_regimes.parity.difference import Difference, Why
from freqai_regimes.parity.side import Side

#: Trainings that must each be later than the one before, relative to the backtest's, to be a drift.
FEWEST_FOR_A_DRIFT = 3

Training = dict[Any, Any]


class Trainings:
    """The trainings of one pair on both sides.

    Parameters
    ----------
    versions : live ``model_version`` by candle, to see when a model began to serve.
    """

    def __init__(self, live: Side, backtest: Side, pair: str, versions: pd.Series) -> None:
        self.pair = pair
        self.live = _of(live, pair)
        self.backtest = _of(backtest, pair)
        self._by_version = [_rows(table) for table in self._tables]
        self._dates = pd.DatetimeIndex(versions.index)
        served = versions.drop_duplicates()
        self._served_from = dict(zip(served, pd.DatetimeIndex(served.index), strict=True))
        self._cadence = _cadence(*self._tables)

    @property
    def are_known(self) -> bool:
        """Whether both sides say what they trained on."""
        return bool(len(self.live) and len(self.backtest))

    def why(self, live: float, backtest: float, date: pd.Timestamp) -> Why | None:
        """Why two versions that served at a candle are not the same model; None if they are."""
        one, other = self._by_version[0].get(live), self._by_version[1].get(backtest)
        if one is None or other is None:
            if live == backtest or live != live or backtest != backtest:
                return None
            said = f"trained until {_moment(live)} live, {_moment(backtest)} in the backtest"
            return Why(self._cadence, said)
        if one["trained_to"] == other["trained_to"]:
            return window_differs(one, other)
        said = f"trained to {_at(one['trained_to'])} live, {_at(other['trained_to'])} in the "
        said += "backtest"
        same = self._live_version(other["trained_to"])
        if same is None or not (self.backtest["trained_to"] == one["trained_to"]).any():
            return Why(self._cadence, said)
        served = self._served_from.get(same)
        if served is not None and served > date:
            return Why(Cause.LATE_MODEL, f"{said}, whose model serves live from {_at(served)}")
        return Why(Cause.OTHER_MODEL, said)

    def _live_version(self, stop: pd.Timestamp) -> float | None:
        """Live's model that was trained to a moment."""
        found = self.live.loc[self.live["trained_to"] == stop, "model_version"]
        return None if found.empty else float(found.iloc[-1])

    def differences(self, first: pd.Timestamp, last: pd.Timestamp) -> Iterator[Difference]:
        """Every window that is not the same, and those that one side alone has, in time order."""
        if not self.are_known:
            return
        tables = [table[table["trained_to"].between(first, last)] for table in self._tables]
        stops = [set(table["trained_to"]) for table in tables]
        for stop in sorted(stops[0] | stops[1]):
            sides = [table[table["trained_to"] == stop].tail(1) for table in tables]
            if stop in stops[0] and stop in stops[1]:
                why = window_differs(*(dict(side.iloc[0]) for side in sides))
                if why is not None:
                    yield self._row(stop, _span(sides[0]), _span(sides[1]), why)
            else:
                why = self._why_alone(stop, "live" if stop in stops[0] else "the backtest")
                yield self._row(stop, _span(sides[0]), _span(sides[1]), why)

    def _why_alone(self, stop: pd.Timestamp, side: str) -> Why:
        """Why one side alone trained to a moment: live may not have been there."""
        said, dates = f"only {side} trained to {_at(stop)}", self._dates
        if side == "live" or stop in dates:
            return Why(self._cadence, said)
        inside = len(dates) > 0 and dates[0] < stop < dates[-1]
        return Why(Cause.NOT_RUNNING if inside else Cause.NOT_TRADED, said)

    def count(self, first: pd.Timestamp, last: pd.Timestamp) -> int:
        """Different moments to which either side trained between two candles."""
        if not self.are_known:
            return 0
        stops = pd.concat([table["trained_to"] for table in self._tables])
        return int(stops[stops.between(first, last)].nunique())

    @property
    def _tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return self.live, self.backtest

    def _row(
        self, stop: pd.Timestamp, live: str | None, backtest: str | None, why: Why
    ) -> Difference:
        return Difference(
            "training", self.pair, stop, "window", live, backtest, why.cause, why.reason, why.root
        )


def _cadence(live: pd.DataFrame, backtest: pd.DataFrame) -> Cause:
    """Whether each live training falls further behind than the one before."""
    stops = [table["trained_to"].dropna().drop_duplicates() for table in (live, backtest)]
    behind = [one - other for one, other in zip(*stops, strict=False)]
    grows = [b - a for a, b in pairwise(behind)]
    zero = pd.Timedelta(0)
    growing = sum(1 for step in grows if step > zero)
    if len(behind) >= FEWEST_FOR_A_DRIFT and min(grows) >= zero and growing >= 2:
        return Cause.DRIFTED_CADENCE
    return Cause.CADENCE


def window_differs(live: Training, backtest: Training) -> Why | None:
    """Why two trainings that end at the same moment differ; None if nothing known of them does."""
    if _unequal(live, backtest, "trained_from"):
        said = f"trained from {_at(live['trained_from'])} live, {_at(backtest['trained_from'])} "
        return Why(Cause.WINDOW_START, said + "in the backtest, both to the same moment")
    if _unequal(live, backtest, "last_row"):
        said = f"the last row learned from is {_at(live['last_row'])} live, "
        return Why(Cause.LABEL_TAIL, said + f"{_at(backtest['last_row'])} in the backtest")
    if _unequal(live, backtest, "rows"):
        said = f"{live['rows']:.0f} rows live, {backtest['rows']:.0f} in the backtest"
        return Why(Cause.TRAINING_ROWS, f"{said}, of the same window")
    if not _unequal(live, backtest, "digest"):
        return None
    head = "head_digest" in live and not _unequal(live, backtest, "head_digest")
    if head and isinstance(live["head_digest"], str):
        return Why(Cause.LABEL_TAIL, "equal rows but for the last ones, within the label's horizon")
    return Why(Cause.TRAINING_ROWS, "the same window and number of rows, other values in them")


def _unequal(live: Training, backtest: Training, name: str) -> bool:
    if name not in live or name not in backtest or pd.isna(live[name]) or pd.isna(backtest[name]):
        return False
    return bool(live[name] != backtest[name])


def _of(side: Side, pair: str) -> pd.DataFrame:
    own = side.trainings[side.trainings["pair"] == pair]
    return own.sort_values("trained_to", kind="stable")


def _rows(table: pd.DataFrame) -> dict[float, Training]:
    return {float(row["model_version"]): dict(row) for _, row in table.iterrows()}


def _span(training: pd.DataFrame) -> str | None:
    if training.empty:
        return None
    row = training.iloc[0]
    rows = "" if pd.isna(row["rows"]) else f", {row['rows']:.0f} rows"
    return f"{_at(row['trained_from'])} to {_at(row['trained_to'])}{rows}"


def _at(moment: Any) -> str:
    return "?" if pd.isna(moment) else f"{pd.Timestamp(moment):%Y-%m-%d %H:%M}"


def _moment(version: float) -> str:
    return _at(pd.Timestamp(version, unit="s", tz="UTC"))
