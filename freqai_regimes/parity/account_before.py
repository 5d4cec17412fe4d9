"""What each side's account was doing at a candle: trades held, locks, and who could not enter."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from freqai_regimes.parity.causes import Cause
from freqai_regimes.parity.difference import Why
from freqai_regimes.parity.side import Side
from freqai_regimes.parity.trade_pairs import OneTrade, TradePair

#: Freqtrade's lock until the next candle, after each exit.
AUTO_LOCK = "Auto lock"
ALL_PAIRS = "*"


class AccountBefore:
    """Trades of both sides whose differences have been explained, in time order.

    Parameters
    ----------
    pairs : every trade, matched.
    """

    def __init__(self, live: Side, backtest: Side, pairs: Iterable[TradePair]) -> None:
        self.sides = {"live": live, "backtest": backtest}
        self.pairs = list(pairs)
        self._whys: dict[int, tuple[Why, float]] = {}

    def note(self, pair: TradePair, why: Why, money: float) -> None:
        """Keep the first cause of a trade's differences, and what they changed."""
        self._whys.setdefault(id(pair), (why, money))

    def why_of(self, pair: TradePair) -> Why | None:
        """Why a trade differs; None if it does not, or comes later."""
        found = self._whys.get(id(pair))
        return None if found is None else found[0]

    def blocked(self, other: str, pair: str, date: pd.Timestamp) -> Why | None:
        """Why a side (``other``) did not enter a pair at a candle, by what its account held."""
        return (
            self._held(other, pair, date)
            or self._locked(other, pair, date)
            or self._slots(other, date)
        )

    def balance(self, date: pd.Timestamp) -> Why | None:
        """The trade before a candle that set the balances apart the most."""
        earlier = [
            (abs(self._whys[id(pair)][1]), place)
            for place, pair in enumerate(self.pairs)
            if id(pair) in self._whys and pair.opened < date
        ]
        if not earlier:
            return None
        pair = self.pairs[max(earlier)[1]]
        why = self._whys[id(pair)][0]
        return why.followed(f"balances differ since the trade of {_named(pair)}")

    def _held(self, other: str, pair: str, date: pd.Timestamp) -> Why | None:
        """The other side was still in an earlier trade of the pair."""
        for one in self.pairs:
            trade = _of(one, other)
            if trade is not None and trade.pair == pair and trade.opened < date <= trade.until:
                why = self.why_of(one)
                if why is not None:
                    said = f"{other} was in its trade of {_named(one)} or had just left it"
                    return why.followed(said)
        return None

    def _locked(self, other: str, pair: str, date: pd.Timestamp) -> Why | None:
        """The other side had a lock that this one had not."""
        this = "backtest" if other == "live" else "live"
        reasons = self._locks(other, pair, date) - self._locks(this, pair, date)
        named = sorted(reason for reason in reasons if not reason.startswith(AUTO_LOCK))
        if not named:
            return None
        said = f"{other} was locked: {named[0]}"
        before = self.last_that_differs(date)
        return before.followed(said) if before is not None else Why(Cause.UNKNOWN, said)

    def _locks(self, side: str, pair: str, date: pd.Timestamp) -> set[str]:
        locks = self.sides[side].locks
        if locks.empty:
            return set()
        active = (locks["lock_time"] <= date) & (locks["lock_end_time"] > date)
        own = locks["pair"].isin([pair, ALL_PAIRS])
        return set(locks.loc[active & own, "reason"].astype(str))

    def _slots(self, other: str, date: pd.Timestamp) -> Why | None:
        """The other side held more trades, among them one that this side had not."""
        held = {side: self._open_at(side, date) for side in ("live", "backtest")}
        this = "backtest" if other == "live" else "live"
        if len(held[other]) <= len(held[this]):
            return None
        for one in held[other]:
            why = self.why_of(one)
            if why is not None and not any(one is same for same in held[this]):
                return why.followed(f"{other} held the trade of {_named(one)} and had no slot left")
        return None

    def _open_at(self, side: str, date: pd.Timestamp) -> list[TradePair]:
        held = []
        for one in self.pairs:
            trade = _of(one, side)
            if trade is not None and trade.opened < date < trade.until:
                held.append(one)
        return held

    def last_that_differs(self, date: pd.Timestamp) -> Why | None:
        """Why the last trade that was opened before a moment and differs does."""
        before = [one for one in self.pairs if id(one) in self._whys and one.opened < date]
        return self.why_of(before[-1]) if before else None


def _of(pair: TradePair, side: str) -> OneTrade | None:
    return pair.live if side == "live" else pair.backtest


def _named(pair: TradePair) -> str:
    return f"{pair.one.pair} from {pair.opened:%Y-%m-%d %H:%M}"


#: How a trade's causes ask for that of a candle: pair, candle, columns.
CandleWhy = Callable[[str, pd.Timestamp, tuple[str, ...]], Why | None]
