"""Two sides' candles of a pair laid over each other, and the cells that are not the same."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from freqai_regimes.parity.side import Side
from freqai_regimes.parity.stages import in_order, stage_of


@dataclass(frozen=True)
class CandlePair:
    """The candles of one pair on both sides, over the days that both cover.

    Attributes
    ----------
    live, backtest : same index (opening times, UTC) and columns; NaN where a side has no row.
    here, there : whether live, and the backtest, have the row at all.
    differs : True where a cell of a candle that both have is not the same, bit for bit; NaN equals
        NaN.
    seen_at : when live analysed a candle (UTC), where that was recorded.
    """

    pair: str
    live: pd.DataFrame
    backtest: pd.DataFrame
    here: pd.Series
    there: pd.Series
    differs: pd.DataFrame
    seen_at: pd.Series

    @property
    def cells(self) -> dict[str, tuple[int, int]]:
        """Stage -> (cells compared, cells that differ)."""
        rows = int((self.here & self.there).sum())
        found: dict[str, tuple[int, int]] = {}
        for column in map(str, self.differs):
            compared, differing = found.get(stage_of(column), (0, 0))
            differing += int(self.differs[column].sum())
            found[stage_of(column)] = (compared + rows, differing)
        return found


def common_days(live: Side, backtest: Side) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """First and last candle that both sides reach; None if they have no day in common."""
    ends = []
    for side in (live, backtest):
        dates = [frame["date"] for frame in side.candles.values() if len(frame)]
        if not dates:
            return None
        ends.append((min(d.iloc[0] for d in dates), max(d.iloc[-1] for d in dates)))
    first, last = max(ends[0][0], ends[1][0]), min(ends[0][1], ends[1][1])
    return (first, last) if first <= last else None


def laid_over(
    live: Side, backtest: Side, pair: str, days: tuple[pd.Timestamp, pd.Timestamp]
) -> CandlePair:
    """Lay the candles of a pair over each other; columns that one side lacks are left out."""
    one, other = (_indexed(side, pair, days) for side in (live, backtest))
    columns = in_order(name for name in one.columns if name in other.columns)
    if one.empty or other.empty:
        columns = in_order(one.columns.union(other.columns, sort=False))
    dates = one.index.union(other.index)
    here = pd.Series(dates.isin(one.index), index=dates)
    there = pd.Series(dates.isin(other.index), index=dates)
    first, second = (
        _numbers(frame.reindex(index=dates, columns=columns)) for frame in (one, other)
    )
    differs = pd.DataFrame(index=dates)
    for name in columns:
        differs[name] = _unequal(first[name], second[name]) & here & there
        if stage_of(name) == "candle":  # a price that was not kept is no other price
            differs[name] &= first[name].notna() & second[name].notna()
    seen = one["seen_at"] if "seen_at" in one else pd.Series(dtype="datetime64[ns, UTC]")
    return CandlePair(pair, first, second, here, there, differs, seen)


def _indexed(side: Side, pair: str, days: tuple[pd.Timestamp, pd.Timestamp]) -> pd.DataFrame:
    frame = side.candles.get(pair)
    if frame is None:
        return pd.DataFrame(index=pd.DatetimeIndex([], tz="UTC", name="date"))
    inside = frame[frame["date"].between(*days)]
    return inside.set_index(pd.DatetimeIndex(inside["date"])).drop(columns="date")


def _numbers(frame: pd.DataFrame) -> pd.DataFrame:
    columns = {str(name): pd.to_numeric(frame[name], errors="coerce") for name in frame}
    return pd.DataFrame(columns, index=frame.index, dtype=float)


def _unequal(one: pd.Series, other: pd.Series) -> pd.Series:
    return (one != other) & ~(one.isna() & other.isna())
