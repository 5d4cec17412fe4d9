"""Which trade of the bot is which of the backtest: by pair, side and candle, then by overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from freqai_regimes.parity.side import Side

FORCED = "force_exit"


@dataclass(frozen=True)
class OneTrade:
    """A trade of one side as it is compared.

    Attributes
    ----------
    opened, closed : opening times of the candles in which it was entered and left; ``closed`` is
        NaT while open.
    open_until_end : it was still open when the run ended (live), or was closed for that (backtest).
    profit : in stake currency; NaN while it is open and nobody valued it.
    orders : freqtrade's filled orders; [] where not kept.
    """

    pair: str
    is_short: bool
    opened: pd.Timestamp
    closed: pd.Timestamp
    open_until_end: bool
    open_rate: float
    close_rate: float
    amount: float
    fee_open: float
    fee_close: float
    profit: float
    enter_tag: str
    exit_reason: str
    orders: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data; a number or time that is none becomes null."""
        return {name: _plain(value) for name, value in vars(self).items() if name != "orders"}

    @property
    def sign(self) -> float:
        """1 for a long trade, -1 for a short one."""
        return -1.0 if self.is_short else 1.0

    @property
    def until(self) -> pd.Timestamp:
        """The candle in which it ended; far in the future while it is open."""
        return pd.Timestamp.max.tz_localize("UTC") if pd.isna(self.closed) else self.closed


@dataclass(frozen=True)
class TradePair:
    """A trade as both sides made it; None where a side did not."""

    live: OneTrade | None
    backtest: OneTrade | None

    @property
    def one(self) -> OneTrade:
        """The trade of a side that has it, live first."""
        found = self.live or self.backtest
        assert found is not None
        return found

    @property
    def opened(self) -> pd.Timestamp:
        """The candle in which the first of both sides entered."""
        return min(trade.opened for trade in (self.live, self.backtest) if trade is not None)

    @property
    def money(self) -> float:
        """Live's profit less the backtest's; a trade missing or not valued counts 0."""
        worth = [0.0 if t is None or t.profit != t.profit else t.profit for t in self._both]
        return worth[0] - worth[1]

    @property
    def slippage(self) -> tuple[float, float]:
        """How far live's entry and exit price are off the backtest's, in basis points.

        Plus is to live's disadvantage; NaN where either side has none.
        """
        if self.live is None or self.backtest is None:
            return float("nan"), float("nan")
        one, other = self.live, self.backtest
        entry = one.sign * (one.open_rate / other.open_rate - 1)
        leaving = -one.sign * (one.close_rate / other.close_rate - 1)
        if one.open_until_end or other.open_until_end:
            leaving = float("nan")
        return 1e4 * entry, 1e4 * leaving

    @property
    def _both(self) -> tuple[OneTrade | None, OneTrade | None]:
        return self.live, self.backtest


def trades_of(side: Side, step: pd.Timedelta) -> list[OneTrade]:
    """A side's trades in the order in which they were opened."""
    trades = side.trades
    if trades.empty:
        return []
    order = trades.sort_values(["open_date", "pair"], kind="stable")
    return [_one(dict(row), side, step) for _, row in order.iterrows()]


def paired(live: list[OneTrade], backtest: list[OneTrade]) -> list[TradePair]:
    """Match trades: first those entered in the same candle, then those held at the same time."""
    left = list(backtest)
    pairs: list[TradePair] = []
    alone: list[OneTrade] = []
    for trade in live:
        match = next((other for other in left if _same_entry(trade, other)), None)
        if match is None:
            alone.append(trade)
            continue
        left.remove(match)
        pairs.append(TradePair(trade, match))
    for trade in alone:
        match = next((other for other in left if _overlap(trade, other)), None)
        if match is not None:
            left.remove(match)
        pairs.append(TradePair(trade, match))
    pairs += [TradePair(None, trade) for trade in left]
    return sorted(pairs, key=lambda pair: (pair.opened, pair.one.pair))


def _same_entry(one: OneTrade, other: OneTrade) -> bool:
    return (one.pair, one.is_short, one.opened) == (other.pair, other.is_short, other.opened)


def _overlap(one: OneTrade, other: OneTrade) -> bool:
    same = (one.pair, one.is_short) == (other.pair, other.is_short)
    return same and one.opened < other.until and other.opened < one.until


def _one(row: dict[Any, Any], side: Side, step: pd.Timedelta) -> OneTrade:
    closed: Any = pd.NaT if pd.isna(row["close_date"]) else row["close_date"].floor(step)
    reason = "" if pd.isna(row["exit_reason"]) else str(row["exit_reason"])
    last = max(
        (frame["date"].iloc[-1] for frame in side.candles.values() if len(frame)), default=closed
    )
    ended = pd.isna(closed) or (reason == FORCED and closed >= last)
    orders = row.get("orders")
    return OneTrade(
        pair=str(row["pair"]),
        is_short=bool(row["is_short"]),
        opened=row["open_date"].floor(step),
        closed=closed,
        open_until_end=bool(ended),
        open_rate=float(row["open_rate"]),
        close_rate=_number(row["close_rate"]),
        amount=float(row["amount"]),
        fee_open=_number(row["fee_open"]),
        fee_close=_number(row["fee_close"]),
        profit=_number(row["profit_abs"]),
        enter_tag="" if pd.isna(row["enter_tag"]) else str(row["enter_tag"]),
        exit_reason=reason,
        orders=tuple(orders) if isinstance(orders, list | tuple) else (),
    )


def _number(value: Any) -> float:
    return float("nan") if pd.isna(value) else float(value)


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return None if pd.isna(value) else value
