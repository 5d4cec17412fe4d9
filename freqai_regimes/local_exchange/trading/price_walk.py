"""The way of the price through the candles: what rests is met on it, funding is paid."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np

from freqai_regimes.candles import FUTURES
from freqai_regimes.local_exchange import as_of
from freqai_regimes.local_exchange.ask import Ask
from freqai_regimes.local_exchange.catalogue import Market
from freqai_regimes.local_exchange.order_book import HALF_SPREAD
from freqai_regimes.local_exchange.trading.candle_path import Leg, exact, legs_between
from freqai_regimes.local_exchange.trading.futures_account import FuturesAccount
from freqai_regimes.local_exchange.trading.matching import Matching, summary
from freqai_regimes.local_exchange.trading.order import (
    BUY,
    EXPIRED,
    FINISHED,
    ZERO,
    AlgoOrder,
    Order,
)

#: Part of a candle's volume that one resting order gets at most.
PARTICIPATION = Decimal("0.1")


@dataclass
class PriceWalk:
    """Leads the price past what rests on one side of the exchange, up to ``seen`` (ms) so far.

    Prices are those of closed candles, and of the running one its open (see ``candle_path``). A
    resting limit order is met when the price reaches it, at its own price, up to ``participation``
    of the candle's volume; a stop that is reached sells or buys at once, half a spread worse.
    """

    side: Matching
    seen: int
    participation: Decimal = PARTICIPATION
    _used: dict[tuple[int, int], Decimal] = field(default_factory=dict)

    def advance(self, now_ms: int) -> None:
        """Let everything happen that the candles known by now make happen."""
        if now_ms <= self.seen:
            return
        for market in self._busy():
            self._advance_market(market, now_ms)
        self.seen = now_ms
        self._used.clear()

    def _busy(self) -> list[Market]:
        symbols = {order.market.symbol for order in self.side.open_orders()}
        if isinstance(self.side.account, FuturesAccount):
            symbols |= {name for name, held in self.side.account.positions.items() if held.amount}
        found = [self.side.store.market(self.side.kind, symbol) for symbol in sorted(symbols)]
        return [market for market in found if market is not None]

    def _advance_market(self, market: Market, now_ms: int) -> None:
        last = as_of.last_price(self.side.store, market, self.seen)
        before = None if last is None else exact(last.price)
        for series in self.side.store.ladder(market, market.kind):
            legs = legs_between(series, self.seen, now_ms, before)
            if legs:
                break
        else:
            legs = []
        fundings = self._fundings(market, now_ms)
        for leg in legs:
            while fundings and fundings[0][0] <= leg.time:
                self._pay(market, *fundings.pop(0), mark=leg.start)
            self._walk(market, leg)
        for moment, rate in fundings:
            mark = legs[-1].end if legs else before
            if mark is not None:
                self._pay(market, moment, rate, mark=mark)

    def _walk(self, market: Market, leg: Leg) -> None:
        """Meet what lies on a leg, nearest first."""
        price, done = leg.start, set[int]()
        while True:
            self._liquidate_at(market, leg, price)
            met = [
                (abs(level - price), order.number, order, level)
                for order in self.side.open_orders(market.symbol)
                if order.number not in done
                and (level := self._level(order)) is not None
                and _reached(order, price, leg.end)
            ]
            if not met:
                break
            _, number, order, level = min(met, key=lambda each: each[:2])
            done.add(number)
            passed = _behind(order, price)
            self._liquidate_at(market, leg, price if passed else level)
            if order.trigger is None:
                self._meet_limit(order, leg)
                price = price if passed else level
            else:
                at = leg.end if leg.jump else (price if passed else level)
                price = leg.end if leg.jump else at
                self._trigger(order, at, leg.time)
                done.discard(number)  # as a limit order it may be met on the way that is left
                if order.kind != "MARKET" and leg.jump:
                    done.add(number)
        self._liquidate_at(market, leg, leg.end)

    def _level(self, order: Order) -> Decimal | None:
        return order.trigger if order.trigger is not None else order.price or None

    def _meet_limit(self, order: Order, leg: Leg) -> None:
        quantity = order.rest
        if not leg.jump:
            key = (order.number, leg.time)
            room = self.participation * leg.volume - self._used.get(key, ZERO)
            step = Ask(self.side.store, self.side.kind, leg.time, {}).rule(order.market).step
            quantity = min(quantity, max(ZERO, _floor(room, step)))
            self._used[key] = self._used.get(key, ZERO) + quantity
        if quantity > 0:
            self.side.fill(
                order, order.price, self.side.reducible(order, quantity), maker=True, time=leg.time
            )

    def _trigger(self, order: Order, at: Decimal, time: int) -> None:
        """A stop has been reached: it becomes a market order, or a limit order."""
        self.side.log.write(time, "trigger", **summary(order), at=at)
        if isinstance(order, AlgoOrder):
            order = self._child(order, time)
        order.trigger, order.updated = None, time
        tick = Ask(self.side.store, self.side.kind, time, {}).rule(order.market).tick
        worse = at * (1 + order.sign * HALF_SPREAD)
        price = _ceil(worse, tick) if order.side == BUY else _floor(worse, tick)
        if order.price and (price - order.price) * order.sign > 0:
            return  # the limit is out of reach: it rests
        quantity = self.side.reducible(order, order.rest)
        if quantity > 0 and self.side.can_pay(order, price * quantity):
            self.side.fill(order, price, quantity, maker=False, time=time)
        if order.is_open:
            self.side.end(order, EXPIRED, time)

    def _child(self, algo: AlgoOrder, time: int) -> Order:
        """The order that a triggered conditional order places."""
        child = Order(
            number=self.side.next_number(),
            client_id=f"algo-{algo.number}",
            market=algo.market,
            side=algo.side,
            kind="LIMIT" if algo.price else "MARKET",
            time_in_force=algo.time_in_force,
            quantity=algo.quantity,
            price=algo.price,
            created=time,
            reduce_only=algo.reduce_only,
        )
        child.locked, algo.locked = algo.locked, ZERO
        algo.child, algo.triggered = child, time
        algo.close(FINISHED, time)
        self.side.take(child)
        return child

    # --- futures -------------------------------------------------------------------------------

    def _fundings(self, market: Market, now_ms: int) -> list[tuple[int, Decimal]]:
        if self.side.kind != FUTURES:
            return []
        series = self.side.store.funding(market)
        if series is None:
            return []
        low = int(np.searchsorted(series.opened, self.seen, side="right"))
        high = int(np.searchsorted(series.opened, now_ms, side="right"))
        rates = zip(series.opened[low:high].tolist(), series.values[low:high, 0], strict=True)
        return [(moment, exact(rate)) for moment, rate in rates]

    def _pay(self, market: Market, moment: int, rate: Decimal, *, mark: Decimal) -> None:
        account = self.side.account
        if isinstance(account, FuturesAccount) and account.position(market.symbol).amount:
            amount = account.pay_funding(market.symbol, rate, mark, moment, self.side.next_number())
            self.side.log.write(moment, "funding", symbol=market.symbol, rate=rate, amount=amount)

    def _liquidate_at(self, market: Market, leg: Leg, price: Decimal) -> None:
        account = self.side.account
        if not isinstance(account, FuturesAccount):
            return
        position = account.position(market.symbol)
        if position.amount and position.margin + position.profit(price) <= position.maintenance(
            price
        ):
            amount = position.amount
            lost = account.liquidate(market.symbol, leg.time, self.side.next_number())
            self.side.log.write(
                leg.time, "liquidation", symbol=market.symbol, amount=amount, at=price, lost=lost
            )


def _reached(order: Order, start: Decimal, end: Decimal) -> bool:
    """Whether the way from start to end comes to the order's level, or is beyond it already."""
    if order.trigger is not None:
        sign = order.trigger_sign
        return (end - order.trigger) * sign >= 0 or (start - order.trigger) * sign >= 0
    return bool(order.price) and (
        (end - order.price) * order.sign <= 0 or (start - order.price) * order.sign <= 0
    )


def _behind(order: Order, price: Decimal) -> bool:
    """Whether the level is beyond the price already."""
    if order.trigger is not None:
        return (price - order.trigger) * order.trigger_sign >= 0
    return (price - order.price) * order.sign <= 0


def _floor(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(ROUND_FLOOR) * step


def _ceil(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(ROUND_CEILING) * step
