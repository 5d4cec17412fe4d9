"""Freqtrade's trades as the account that guards judge: live from its database, else from memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from freqtrade.persistence import LocalTrade, Trade
from sqlalchemy import func, select

from freqai_regimes.risk.equity import Position
from freqai_regimes.risk.guards.decision import Account, ClosedTrade

#: Closing price of a pair at a moment.
Price = Callable[[str, datetime], float]


def position(trade: LocalTrade) -> Position:
    """An open trade as a position."""
    return Position(
        pair=trade.pair,
        is_short=bool(trade.is_short),
        amount=trade.amount,
        entry_value=trade.open_trade_value,
        exit_fee=trade.fee_close or 0.0,
        realised=trade.realized_profit or 0.0,
        funding=trade.funding_fees or 0.0,
    )


class AccountReader:
    """Reads the account at candle boundaries; remembers only what a backtest has shown it."""

    def __init__(self, price: Price, starting_balance: Callable[[], float]) -> None:
        self.price = price
        self.starting_balance = starting_balance
        self._capital: tuple[int, float] = (-1, 0.0)
        self._closed_seen = 0

    def read(self, moment: datetime, since: datetime) -> Account:
        """The account at a boundary, with the trades closed since an earlier one.

        Raises
        ------
        CandleError
            If an open position has no closing price: a guard must then block.
        """
        trades = open_trades()
        profit = sum(position(trade).profit(self.price(trade.pair, moment)) for trade in trades)
        profit += _realised()
        closed = self._closed(since, moment)
        return Account(moment, profit, self._start(moment), opened_count(), closed)

    def _start(self, moment: datetime) -> float:
        """What trading began with, asked once a day: it is not cheap, and moves with deposits."""
        day = int(moment.timestamp() // 86400)
        if day != self._capital[0]:
            self._capital = day, self.starting_balance()
        return self._capital[1]

    def _closed(self, since: datetime, moment: datetime) -> tuple[ClosedTrade, ...]:
        if Trade.use_db:
            before = since - timedelta(microseconds=1)
            trades = Trade.get_trades_proxy(is_open=False, close_date=before)
        else:
            trades = LocalTrade.bt_trades[self._closed_seen :]
            self._closed_seen = len(LocalTrade.bt_trades)
        closed = [
            ClosedTrade(trade.close_date_utc, trade.close_profit_abs or 0.0)
            for trade in trades
            if trade.close_date_utc is not None and trade.close_date_utc < moment
        ]
        return tuple(sorted(closed, key=lambda trade: trade.closed_at))


def open_trades() -> list[LocalTrade]:
    """Trades that hold something, in the order in which they were opened."""
    return [trade for trade in Trade.get_trades_proxy(is_open=True) if trade.amount]


def opened_count() -> int:
    """Trades opened so far: in the database, or in this backtest."""
    if Trade.use_db:
        return int(Trade.session.scalar(select(func.count(Trade.id))) or 0)
    return len(LocalTrade.bt_trades) + len(LocalTrade.bt_trades_open)


def _realised() -> float:
    return float(Trade.get_total_closed_profit() if Trade.use_db else LocalTrade.bt_total_profit)
