"""Funding in freqtrade's books: what the exchange paid between one fill of a trade and the next.

Freqtrade 2026.9 asks for funding at an exit's sending and twice an hour, takes it for zero when
nobody answers, and leaves it out of the profit altogether when a stop on the exchange closes the
trade.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import ccxt
from freqtrade.persistence import Order, Trade
from freqtrade.util import dt_now, dt_ts

logger = logging.getLogger(__name__)

#: Trades that ended so long before a start are looked at once more: the bot may have died on them.
#: Older fills stay as they are booked: Binance forgets payments after three months.
LOOKED_BACK = timedelta(days=1)
#: The most that Binance tells at once: 41 days of a coin with hourly funding.
MOST_PAYMENTS = 1000


class FundingBooks:
    """Enters the exchange's own payments with the fills of trades; futures and live only.

    ``note`` a trade that has been filled; ``look`` asks for those noted until there is an answer.
    """

    def __init__(self, exchange: Any) -> None:
        self.exchange = exchange
        self._is_futures = str(exchange.trading_mode.value) == "futures"
        self._owed: set[int] = set()
        recent = [Trade.is_open.is_(False), Trade.close_date >= dt_now() - LOOKED_BACK]
        for trade in Trade.get_trades(recent).all() if self._is_futures else []:
            self._owed.add(trade.id)

    def note(self, trade_id: int) -> None:
        """Ask for the funding of a trade."""
        if self._is_futures:
            self._owed.add(trade_id)
            self.look()

    def look(self) -> None:
        """Ask for what is owed; what gets no answer is asked for again in the next loop."""
        for number in sorted(self._owed):
            trade = Trade.get_trades([Trade.id == number]).first()
            try:
                if trade is not None:
                    self._book(trade)
            except ccxt.BaseError as error:
                logger.warning("Funding of trade %s cannot be asked for: %s", number, error)
                return
            self._owed.discard(number)

    def _book(self, trade: Trade) -> None:
        oldest = dt_now() - LOOKED_BACK
        recent = [each for each in pairwise(filled(trade)) if _moment(each[1]) >= oldest]
        if not recent:
            return
        since = dt_ts(_moment(recent[0][0]))
        payments = self.exchange._api.fetch_funding_history(trade.pair, since, MOST_PAYMENTS)
        changed = False
        for before, order in recent:
            paid = paid_between(payments, _moment(before), _moment(order))
            if paid != (order.funding_fee or 0.0):
                order.funding_fee, changed = paid, True
                logger.info("Funding of trade %s up to order %s: %g", trade.id, order.id, paid)
        if changed:
            if not trade.is_open:
                trade.funding_fee_running = 0.0
            trade.recalc_trade_from_orders(is_closing=not trade.is_open)
            Trade.commit()


def filled(trade: Trade) -> list[Order]:
    """Ended orders of a trade with a fill, in the order of their fills."""
    orders = [o for o in trade.orders if o.filled and not o.ft_is_open and o.order_filled_utc]
    return sorted(orders, key=_moment)


def paid_between(payments: list[dict[str, Any]], begin: datetime, end: datetime) -> float:
    """Sum of payments after a moment, up to another one; received is positive.

    Whoever trades in the moment of a payment had, or had not, the position before.
    """
    after, until = dt_ts(begin), dt_ts(end)
    return float(sum(p["amount"] for p in payments if after < p["timestamp"] <= until))


def _moment(order: Order) -> datetime:
    moment = order.order_filled_utc
    assert isinstance(moment, datetime)
    return moment
