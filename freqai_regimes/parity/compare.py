"""Compares what a bot did with what its backtest did, and says why they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.errors import RegimesError
from freqai_regimes.parity.account_before import AccountBefore
from freqai_regimes.parity.candle_causes import CandleCauses
from freqai_regimes.parity.candle_pairs import common_days, laid_over
from freqai_regimes.parity.causes import Cause
from freqai_regimes.parity.comparison import Comparison, Counted
from freqai_regimes.parity.difference import Difference, Why
from freqai_regimes.parity.lock_causes import lock_differences
from freqai_regimes.parity.origin import Origin
from freqai_regimes.parity.side import Side
from freqai_regimes.parity.starts import find_starts
from freqai_regimes.parity.trade_causes import TradeCauses
from freqai_regimes.parity.trade_pairs import paired, trades_of
from freqai_regimes.parity.trainings import Trainings

#: A fill this far from the backtest's price is the order book's spread, as a fraction.
WIDEST_SPREAD = 0.001


def compare(live: Side, backtest: Side, *, widest_spread: float = WIDEST_SPREAD) -> Comparison:
    """Compare two runs over the candles that both reach.

    Parameters
    ----------
    live, backtest : what each did; columns that one side lacks are not compared.
    widest_spread : largest fraction by which a fill may be off the backtest's price for it to be a
        spread; beyond, it is slippage.

    Raises
    ------
    RegimesError
        If the sides have different timeframes.
    """
    if live.timeframe != backtest.timeframe:
        raise RegimesError(
            f"{live.name} has candles of {live.timeframe}, {backtest.name} of "
            f"{backtest.timeframe}; only runs of one timeframe can be compared."
        )
    step = pd.Timedelta(seconds=timeframe_seconds(live.timeframe))
    candles = _Candles.of(live, backtest, step)
    matched = paired(trades_of(live, step), trades_of(backtest, step))
    account = AccountBefore(live, backtest, matched)
    explain = TradeCauses(step, widest_spread, candles.why, candles.knows, account)
    traded = [each for pair in matched for each in explain.differences(pair)]

    def before(pair: str, date: pd.Timestamp) -> Why | None:
        return account.last_that_differs(date) or candles.last_that_differs(pair, date)

    locked = list(lock_differences(live, backtest, step, before))
    days = candles.days
    both_locked = max(len(live.locks), len(backtest.locks))
    counted = dict(candles.counted)
    counted["trade"] = Counted(
        len(matched), sum(account.why_of(one) is not None for one in matched)
    )
    counted["lock"] = Counted(both_locked, len(locked))
    return Comparison(
        names=(live.name, backtest.name),
        pairs=tuple(sorted({*candles.by_pair, *(one.one.pair for one in matched)})),
        first=None if days is None else days[0],
        last=None if days is None else days[1],
        counted={kind: one for kind, one in counted.items() if one.compared},
        differences=(*candles.differences, *traded, *locked),
        trades=tuple(matched),
    )


@dataclass(frozen=True)
class _Candles:
    """The candles and trainings of all pairs, explained."""

    days: tuple[pd.Timestamp, pd.Timestamp] | None
    by_pair: Mapping[str, CandleCauses]
    differences: tuple[Difference, ...]
    counted: Mapping[str, Counted]
    step: pd.Timedelta

    @classmethod
    def of(cls, live: Side, backtest: Side, step: pd.Timedelta) -> _Candles:
        days = common_days(live, backtest)
        if days is None:
            return cls(None, {}, (), {}, step)
        pairs = sorted({*live.candles, *backtest.candles})
        laid = {pair: laid_over(live, backtest, pair, days) for pair in pairs}
        analysed = [one.live.index[one.here].to_series() for one in laid.values()]
        others = pd.DatetimeIndex(pd.concat(analysed).unique())
        by_pair, rows = {}, []
        cells: dict[str, list[int]] = {}
        for pair, one in laid.items():
            versions = one.live.get("model_version", pd.Series(float("nan"), one.live.index))
            trainings = Trainings(live, backtest, pair, versions[one.here])
            causes = CandleCauses(
                one,
                find_starts(one, live.spans, step),
                trainings,
                Origin(live, backtest, pair),
                others,
                step,
                live.spans,
            )
            by_pair[pair] = causes
            trained = list(trainings.differences(days[0], days[1] + step))
            rows += [*trained, *causes.differences()]
            numbers = {**one.cells, "training": (trainings.count(*days), len(trained))}
            for kind, (compared, differing) in numbers.items():
                sums = cells.setdefault(kind, [0, 0])
                sums[0] += compared
                sums[1] += differing
        counted = {kind: Counted(*sums) for kind, sums in cells.items()}
        return cls(days, by_pair, tuple(rows), counted, step)

    def why(self, pair: str, date: pd.Timestamp, columns: tuple[str, ...]) -> Why | None:
        """Why any of some columns of a candle differs; None if none does, or it is not known."""
        causes = self.by_pair.get(pair)
        if self.days is not None and date < self.days[0]:
            return Why(Cause.FIRST_CANDLE, f"{date:%Y-%m-%d %H:%M} is before the first in common")
        if causes is None or date not in causes.candles.live.index:
            return None
        return causes.why_of(date, columns) or self._late(causes, date)

    def knows(self, pair: str, date: pd.Timestamp) -> bool:
        """Whether both sides have a candle of a pair."""
        causes = self.by_pair.get(pair)
        if causes is None or date not in causes.candles.live.index:
            return False
        return bool(causes.candles.here[date] and causes.candles.there[date])

    def _late(self, causes: CandleCauses, date: pd.Timestamp) -> Why | None:
        seen = causes.candles.seen_at.get(date)
        if seen is None or pd.isna(seen) or seen <= date + 2 * self.step:
            return None
        return Why(Cause.LATE_CANDLE, f"analysed at {seen:%Y-%m-%d %H:%M:%S}")

    def last_that_differs(self, pair: str, date: pd.Timestamp) -> Why | None:
        """Why the last candle of a pair (``*``: of any) before a moment differs."""
        whys = [
            (at, why)
            for name, causes in self.by_pair.items()
            if pair in (name, "*")
            for at, why in causes.whys.items()
            if at < date
        ]
        return max(whys, key=lambda one: one[0])[1] if whys else None
