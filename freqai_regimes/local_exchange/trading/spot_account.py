"""Balances of a spot account: coins free and set aside, fees taken from what is received."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from freqai_regimes.local_exchange.refusal import Refusal
from freqai_regimes.local_exchange.trading.order import BUY, ZERO, Fill, Order

#: Binance's lowest tier.
SPOT_FEE = Decimal("0.001")


def insufficient_balance() -> Refusal:
    """Refusal of an order that the account cannot pay (-2010)."""
    return Refusal(-2010, "Account has insufficient balance for requested action.")


@dataclass
class SpotAccount:
    """What the account holds; ``start`` is kept for the audit."""

    start: dict[str, Decimal]
    maker_fee: Decimal = SPOT_FEE
    taker_fee: Decimal = SPOT_FEE
    free: dict[str, Decimal] = field(default_factory=dict)
    locked: dict[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.free = dict(self.start) | self.free

    def reserve(self, order: Order, value: Decimal) -> None:
        """Set aside what the order may cost: ``value`` of quote coin, or the coins to be sold."""
        coin = order.market.quote if order.side == BUY else order.market.base
        amount = value if order.side == BUY else order.quantity
        if self.free.get(coin, ZERO) < amount:
            raise insufficient_balance()
        self._move(coin, amount)
        order.locked = amount

    def release(self, order: Order) -> None:
        """Give back what is still set aside for an order that has ended."""
        self._move(order.market.quote if order.side == BUY else order.market.base, -order.locked)
        order.locked = ZERO

    def settle(
        self, order: Order, price: Decimal, quantity: Decimal, maker: bool, time: int, number: int
    ) -> Fill:
        """Book a trade of an order whose cost is set aside; returns the fill."""
        market, value = order.market, price * quantity
        rate = self.maker_fee if maker else self.taker_fee
        paid, got = (
            (market.quote, market.base) if order.side == BUY else (market.base, market.quote)
        )
        cost, received = (value, quantity) if order.side == BUY else (quantity, value)
        used = min(order.locked, _share(order, quantity, cost))
        self._move(paid, -used)
        order.locked -= used
        self.free[paid] = self.free.get(paid, ZERO) - cost
        fee = (received * rate).quantize(Decimal("1e-8"))
        self.free[got] = self.free.get(got, ZERO) + received - fee
        fill = Fill(number, time, price, quantity, fee, got, maker)
        order.take(fill)
        if not order.is_open:
            self.release(order)
        return fill

    def expected(self, fills: list[tuple[Order, Fill]]) -> dict[str, Decimal]:
        """What the account must hold after these trades, summed up anew from the start."""
        sums = dict(self.start)
        for order, fill in fills:
            base, quote, sign = order.market.base, order.market.quote, order.sign
            sums[base] = sums.get(base, ZERO) + sign * fill.quantity
            sums[quote] = sums.get(quote, ZERO) - sign * fill.value
            sums[fill.fee_asset] = sums.get(fill.fee_asset, ZERO) - fill.fee
        return sums

    def held(self) -> dict[str, Decimal]:
        """Free and set aside together, by coin."""
        return {
            coin: self.free.get(coin, ZERO) + self.locked.get(coin, ZERO)
            for coin in sorted({*self.free, *self.locked})
        }

    def _move(self, coin: str, amount: Decimal) -> None:
        """Set aside (positive) or give back (negative)."""
        self.free[coin] = self.free.get(coin, ZERO) - amount
        self.locked[coin] = self.locked.get(coin, ZERO) + amount


def _share(order: Order, quantity: Decimal, cost: Decimal) -> Decimal:
    """Part of what is set aside that belongs to a part of the order."""
    if order.side == BUY:
        return order.price * quantity if order.price else cost
    return quantity
