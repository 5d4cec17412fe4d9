"""Balances of a spot account: coins free and set aside, fees taken from what is received."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from freqai_regimes.local_exchange.refusal import Refusal
from freqai_regimes.local_exchange.trading.fee_coin import BNB, FeeCoin
from freqai_regimes.local_exchange.trading.order import BUY, ZERO, Fill, Order

#: Binance's lowest tier.
SPOT_FEE = Decimal("0.001")


def insufficient_balance() -> Refusal:
    """Refusal of an order that the account cannot pay (-2010)."""
    return Refusal(-2010, "Account has insufficient balance for requested action.")


@dataclass(frozen=True)
class Flow:
    """What trades did to one coin: gross amounts received and given, and fees taken."""

    received: Decimal = ZERO
    given: Decimal = ZERO
    fees: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """By how much the holding has changed."""
        return self.received - self.given - self.fees

    def plus(self, amount: Decimal, *, received: bool) -> Flow:
        """Return the flow with one more movement."""
        if received:
            return replace(self, received=self.received + amount)
        return replace(self, given=self.given + amount)


@dataclass
class SpotAccount:
    """What the account holds; ``start`` is kept for the audit.

    Fees are taken from what is received, or with a ``fee_coin`` from that as long as there is some.
    """

    start: dict[str, Decimal]
    maker_fee: Decimal = SPOT_FEE
    taker_fee: Decimal = SPOT_FEE
    free: dict[str, Decimal] = field(default_factory=dict)
    locked: dict[str, Decimal] = field(default_factory=dict)
    fee_coin: FeeCoin | None = None

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
        self.free[got] = self.free.get(got, ZERO) + received
        fee, coin = self._fee(value, market.quote, rate, time) or (
            (received * rate).quantize(Decimal("1e-8")),
            got,
        )
        self.free[coin] -= fee
        fill = Fill(number, time, price, quantity, fee, coin, maker)
        order.take(fill)
        if not order.is_open:
            self.release(order)
        return fill

    def flows(self, fills: list[tuple[Order, Fill]]) -> dict[str, Flow]:
        """What these trades did to each coin, summed up anew."""
        sums = {coin: Flow() for coin in self.start}
        for order, fill in fills:
            moved = {order.market.base: fill.quantity, order.market.quote: fill.value}
            got = order.market.base if order.side == BUY else order.market.quote
            for coin, amount in moved.items():
                sums[coin] = sums.get(coin, Flow()).plus(amount, received=coin == got)
            charged = sums.get(fill.fee_asset, Flow())
            sums[fill.fee_asset] = replace(charged, fees=charged.fees + fill.fee)
        return sums

    def expected(self, fills: list[tuple[Order, Fill]]) -> dict[str, Decimal]:
        """What the account must hold after these trades, summed up anew from the start."""
        flows = self.flows(fills)
        return {coin: self.start.get(coin, ZERO) + flow.net for coin, flow in flows.items()}

    def held(self) -> dict[str, Decimal]:
        """Free and set aside together, by coin."""
        return {
            coin: self.free.get(coin, ZERO) + self.locked.get(coin, ZERO)
            for coin in sorted({*self.free, *self.locked})
        }

    def _fee(
        self, value: Decimal, quote: str, rate: Decimal, time: int
    ) -> tuple[Decimal, str] | None:
        """Fee in the fee coin, None where there is none or too little of it."""
        fee = None if self.fee_coin is None else self.fee_coin.fee(value, quote, rate, time)
        return None if fee is None or self.free.get(BNB, ZERO) < fee else (fee, BNB)

    def _move(self, coin: str, amount: Decimal) -> None:
        """Set aside (positive) or give back (negative)."""
        self.free[coin] = self.free.get(coin, ZERO) - amount
        self.locked[coin] = self.locked.get(coin, ZERO) + amount


def _share(order: Order, quantity: Decimal, cost: Decimal) -> Decimal:
    """Part of what is set aside that belongs to a part of the order."""
    if order.side == BUY:
        return order.price * quantity if order.price else cost
    return quantity
