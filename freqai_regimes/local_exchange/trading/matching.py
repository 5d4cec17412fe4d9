"""Meets orders at once with the order book, and books what was met."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from freqai_regimes.local_exchange.ask import Ask
from freqai_regimes.local_exchange.candle_store import CandleStore
from freqai_regimes.local_exchange.catalogue import Market
from freqai_regimes.local_exchange.order_book import MAX_LEVELS
from freqai_regimes.local_exchange.trading.candle_path import exact
from freqai_regimes.local_exchange.trading.event_log import EventLog
from freqai_regimes.local_exchange.trading.futures_account import FuturesAccount
from freqai_regimes.local_exchange.trading.order import (
    BUY,
    CANCELED,
    EXPIRED,
    ZERO,
    Fill,
    Order,
)
from freqai_regimes.local_exchange.trading.spot_account import SpotAccount


@dataclass
class Matching:
    """One side of the exchange (spot or futures): its orders, its account, its trades.

    What rests is met later, along the way of the price (``price_walk``).
    """

    store: CandleStore
    kind: str
    account: SpotAccount | FuturesAccount
    log: EventLog
    orders: dict[int, Order] = field(default_factory=dict)
    fills: list[tuple[Order, Fill]] = field(default_factory=list)
    numbers: int = 0
    _resting: dict[int, Order] = field(default_factory=dict)

    def next_number(self) -> int:
        """Return the next id of an order, a trade or a payment: one sequence for all."""
        self.numbers += 1
        return self.numbers

    def take(self, order: Order) -> None:
        """Put an order on the books."""
        self.orders[order.number] = self._resting[order.number] = order

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        """Orders that rest, oldest first."""
        self._resting = {number: o for number, o in self._resting.items() if o.is_open}
        return [o for o in self._resting.values() if symbol in (None, o.market.symbol)]

    def place(self, order: Order) -> None:
        """Take an order that has passed the filters: fill what can be filled now, rest the rest.

        Raises
        ------
        Refusal
            If the account cannot pay it; then nothing has changed.
        """
        ask = Ask(self.store, self.kind, order.created, {})
        meets = [] if order.trigger is not None else list(self._crossing(ask, order))
        self.account.reserve(order, self._reserved_value(order, meets))
        self.take(order)
        self.log.write(order.created, "order", **summary(order))
        if order.time_in_force == "FOK" and sum(q for _, q in meets) < order.rest:
            self.end(order, EXPIRED, order.created)
            return
        for price, quantity in meets:
            self.fill(order, price, quantity, maker=False, time=order.created)
        if order.is_open and (order.kind == "MARKET" or order.time_in_force == "IOC"):
            self.end(order, EXPIRED, order.created)

    def end(self, order: Order, status: str, time: int) -> None:
        """Cancel or expire an open order."""
        order.close(status, time)
        self.account.release(order)
        self.log.write(time, "cancel" if status == CANCELED else "expire", **summary(order))

    def would_cross(self, order: Order) -> bool:
        """Whether a limit order would be filled at once."""
        return (
            next(self._crossing(Ask(self.store, self.kind, order.created, {}), order), None)
            is not None
        )

    def _crossing(self, ask: Ask, order: Order) -> Iterator[tuple[Decimal, Decimal]]:
        """Prices and quantities of the book that the order meets."""
        book = ask.book(order.market, MAX_LEVELS)
        rest = order.rest
        for price, size in book.asks if order.side == BUY else book.bids:
            if order.price and (price - order.price) * order.sign > 0:
                return
            taken = min(rest, size)
            if taken <= 0:
                return
            yield price, taken
            rest -= taken

    def _reserved_value(self, order: Order, meets: list[tuple[Decimal, Decimal]]) -> Decimal:
        if order.price:
            return order.price * order.quantity
        if order.trigger is not None:
            return order.trigger * order.quantity
        return sum((price * quantity for price, quantity in meets), ZERO)

    def fill(
        self, order: Order, price: Decimal, quantity: Decimal, *, maker: bool, time: int
    ) -> None:
        """Book a trade of an order."""
        fill = self.account.settle(order, price, quantity, maker, time, self.next_number())
        self.fills.append((order, fill))
        self.log.write(
            time,
            "fill",
            **summary(order),
            trade=fill.number,
            at=price,
            filled=quantity,
            fee=fill.fee,
            fee_asset=fill.fee_asset,
            realized=fill.realized,
        )

    def can_pay(self, order: Order, value: Decimal) -> bool:
        """Whether the fill of a stop, worse than its trigger, can be paid; margin always can."""
        if not isinstance(self.account, SpotAccount) or order.side != BUY:
            return True
        return self.account.free.get(order.market.quote, ZERO) + order.locked >= value

    def reducible(self, order: Order, quantity: Decimal) -> Decimal:
        """Quantity that a reduce-only order may trade now."""
        if not order.reduce_only or not isinstance(self.account, FuturesAccount):
            return quantity
        held = self.account.position(order.market.symbol).amount
        return min(quantity, abs(held)) if held * order.sign < 0 else ZERO

    def close_market(self, market: Market, time: int) -> None:
        """Take a market off: open orders are canceled, a position is settled at the last price."""
        for order in self.open_orders(market.symbol):
            self.end(order, CANCELED, time)
        account = self.account
        if isinstance(account, FuturesAccount) and account.position(market.symbol).amount:
            price = exact(Ask(self.store, self.kind, time, {}).last(market).price)
            amount = account.position(market.symbol).amount
            gained = account.close_out(market.symbol, price, time, self.next_number())
            self.log.write(
                time, "settlement", symbol=market.symbol, amount=amount, at=price, gained=gained
            )


def summary(order: Order) -> dict[str, object]:
    """What the event log says of an order."""
    return {
        "order": order.number,
        "client_id": order.client_id,
        "symbol": order.market.symbol,
        "side": order.side,
        "type": order.kind,
        "quantity": order.quantity,
        "price": order.price,
        "trigger": order.trigger,
        "status": order.status,
    }
