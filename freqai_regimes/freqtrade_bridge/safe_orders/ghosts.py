"""Orders that are open in the database and gone from the exchange: ended in freqtrade's books."""

from __future__ import annotations

import time
from typing import Any

import ccxt
from freqtrade.persistence import Order

#: Younger ones may still be on their way through the exchange's own machines.
LEAST_AGE_SECONDS = 60.0


class Ghosts:
    """Answers for orders that the exchange has forgotten (Binance does after days without a fill).

    Freqtrade asks for its open orders in every loop and does nothing else with a trade until it
    gets an answer. A ghost is answered as canceled, with what its fills come to, so that
    freqtrade itself ends it, and sets a new stop where the ghost was one.
    """

    def __init__(self, exchange: Any) -> None:
        self.exchange = exchange
        self._answers: dict[tuple[str, str], dict[str, Any]] = {}
        self._fetch = exchange._api.fetch_order
        exchange._api.fetch_order = self._answer

    def look(self) -> list[str]:
        """Ask for every order that is open in the database; returns what was found, in words.

        Raises
        ------
        ccxt.BaseError
            If the exchange cannot be asked.
        """
        found = []
        for row in Order.get_open_orders():
            age = time.time() - row.order_date_utc.timestamp()
            if (row.order_id, row.ft_pair) in self._answers or age < LEAST_AGE_SECONDS:
                continue
            if self._is_gone(row):
                self._answers[row.order_id, row.ft_pair] = self._as_ended(row)
                found.append(
                    f"{row.ft_pair}: order {row.order_id} ({row.ft_order_side}) is not on the "
                    "exchange any more; it is ended in the trades"
                )
        return found

    def _is_gone(self, row: Order) -> bool:
        try:
            self._fetch(row.order_id, row.ft_pair, self._asked(row))
        except ccxt.OrderNotFound:
            return True
        return False

    def _asked(self, row: Order) -> dict[str, Any]:
        algo = self.exchange.get_option("stoploss_query_requires_stop_flag")
        return {"stop": True} if row.ft_order_side == "stoploss" and algo else {}

    def _as_ended(self, row: Order) -> dict[str, Any]:
        """The order as the exchange would have shown it: canceled, with the fills it had."""
        since = int(row.order_date_utc.timestamp() * 1000)
        trades = self.exchange._api.fetch_my_trades(row.ft_pair, since)
        fills = [trade for trade in trades if str(trade.get("order")) == row.order_id]
        filled = sum(float(fill["amount"]) for fill in fills)
        cost = sum(float(fill["amount"]) * float(fill["price"]) for fill in fills)
        amount = float(row.ft_amount)
        return {
            **{"id": row.order_id, "symbol": row.ft_pair, "side": row.side, "info": {}},
            **{"type": row.order_type, "price": row.price, "amount": amount, "fee": None},
            **{"timestamp": since, "datetime": row.order_date_utc.isoformat(), "trades": fills},
            **{"filled": filled, "remaining": max(0.0, amount - filled), "cost": cost},
            **{"average": cost / filled if filled else None, "clientOrderId": None},
            **{"status": "canceled", "lastTradeTimestamp": None, "stopPrice": row.stop_price},
        }

    def _answer(self, id: str, symbol: str | None = None, params: Any = None) -> Any:
        if (id, str(symbol)) in self._answers:
            return {**self._answers[id, str(symbol)]}
        return self._fetch(id, symbol, params or {})
