"""A USDT-M futures account: one wallet, isolated positions, funding and liquidation."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from freqai_regimes.local_exchange.refusal import Refusal
from freqai_regimes.local_exchange.trading.order import ZERO, Fill, Order

FUTURES_MAKER, FUTURES_TAKER = Decimal("0.0002"), Decimal("0.0005")
#: Value from which on, highest leverage, rate of maintenance margin, amount deducted from it.
BRACKETS = (
    (Decimal(0), 50, Decimal("0.01"), Decimal(0)),
    (Decimal(50_000), 20, Decimal("0.025"), Decimal(750)),
    (Decimal(500_000), 10, Decimal("0.05"), Decimal(13_250)),
    (Decimal(5_000_000), 5, Decimal("0.1"), Decimal(263_250)),
)
SETTLEMENT = "DELIVERED_SETTELMENT"  # as Binance spells it


@dataclass
class Position:
    """Signed amount of coins, mean entry price, and the margin that is set apart for it."""

    amount: Decimal = ZERO
    entry: Decimal = ZERO
    margin: Decimal = ZERO
    leverage: int = 20
    margin_type: str = "isolated"
    updated: int = 0

    def profit(self, mark: Decimal) -> Decimal:
        """Unrealised profit at a mark price."""
        return (mark - self.entry) * self.amount

    def maintenance(self, mark: Decimal) -> Decimal:
        """Margin below which the position is liquidated."""
        rate, deducted = maintenance_rate(abs(self.amount) * mark)
        return abs(self.amount) * mark * rate - deducted

    def liquidation_price(self) -> Decimal:
        """Mark price at which the margin is used up to the maintenance margin; 0 for none."""
        if not self.amount:
            return ZERO
        rate, deducted = maintenance_rate(abs(self.amount) * self.entry)
        price = (self.margin + deducted - self.amount * self.entry) / (
            abs(self.amount) * rate - self.amount
        )
        return max(price, ZERO)


@dataclass(frozen=True)
class Payment:
    """Funding paid (negative) or received, what a liquidation took, or a settlement gave."""

    time: int
    symbol: str
    kind: str
    amount: Decimal
    number: int


@dataclass
class FuturesAccount:
    """Wallet in the quote coin; margin of positions and of open orders is part of it."""

    asset: str
    start: Decimal
    maker_fee: Decimal = FUTURES_MAKER
    taker_fee: Decimal = FUTURES_TAKER
    wallet: Decimal = ZERO
    positions: dict[str, Position] = field(default_factory=dict)
    payments: list[Payment] = field(default_factory=list)
    locked: Decimal = ZERO

    def __post_init__(self) -> None:
        self.wallet = self.start

    def position(self, symbol: str) -> Position:
        """Return the position of a symbol, an empty one before the first trade."""
        return self.positions.setdefault(symbol, Position())

    @property
    def available(self) -> Decimal:
        """What new orders can use."""
        return self.wallet - self.locked - sum((p.margin for p in self.positions.values()), ZERO)

    def reserve(self, order: Order, value: Decimal) -> None:
        """Set aside the margin of the part that would enlarge a position; fees are not reserved."""
        position = self.position(order.market.symbol)
        closing = abs(position.amount) if position.amount * order.sign < 0 else ZERO
        opening = ZERO if order.reduce_only else max(order.quantity - closing, ZERO)
        margin = _cents(value * opening / order.quantity / position.leverage)
        if self.available < margin:
            raise Refusal(-2019, "Margin is insufficient.")
        self.locked += margin
        order.locked = margin

    def release(self, order: Order) -> None:
        """Give back the margin of an order that has ended."""
        self.locked -= order.locked
        order.locked = ZERO

    def settle(
        self, order: Order, price: Decimal, quantity: Decimal, maker: bool, time: int, number: int
    ) -> Fill:
        """Book a trade: close first, then open; returns the fill with its realised profit."""
        freed = _cents(order.locked * quantity / order.rest)
        self.locked -= freed
        order.locked -= freed
        position = self.position(order.market.symbol)
        realized, opened = self._close(position, order.sign, price, quantity)
        if opened:
            value = abs(position.amount) * position.entry + opened * price
            position.amount += order.sign * opened
            position.entry = value / abs(position.amount)
            position.margin += _cents(opened * price / position.leverage)
        position.updated = time
        rate = self.maker_fee if maker else self.taker_fee
        fee = _cents(price * quantity * rate)
        self.wallet += realized - fee
        fill = Fill(number, time, price, quantity, fee, self.asset, maker, realized)
        order.take(fill)
        if not order.is_open:
            self.release(order)
        return fill

    def _close(
        self, position: Position, sign: int, price: Decimal, quantity: Decimal
    ) -> tuple[Decimal, Decimal]:
        """Realised profit of the part that closes, and the quantity that is left to open."""
        if position.amount * sign >= 0:
            return ZERO, quantity
        closed = min(quantity, abs(position.amount))
        realized = _cents((price - position.entry) * closed * -sign)
        position.margin -= _cents(position.margin * closed / abs(position.amount))
        position.amount += sign * closed
        if not position.amount:
            position.entry = position.margin = ZERO
        return realized, quantity - closed

    def pay_funding(
        self, symbol: str, rate: Decimal, mark: Decimal, time: int, number: int
    ) -> Decimal:
        """Move funding of a position out of, or into, its margin; returns the signed amount."""
        position = self.position(symbol)
        amount = _cents(-position.amount * mark * rate)
        position.margin += amount
        self.wallet += amount
        self.payments.append(Payment(time, symbol, "FUNDING_FEE", amount, number))
        return amount

    def close_out(self, symbol: str, price: Decimal, time: int, number: int) -> Decimal:
        """Settle a position at a price because its market ends; returns profit or loss."""
        position = self.position(symbol)
        gained = max(_cents(position.profit(price)), -position.margin)
        self.wallet += gained
        position.amount = position.entry = position.margin = ZERO
        position.updated = time
        self.payments.append(Payment(time, symbol, SETTLEMENT, gained, number))
        return gained

    def liquidate(self, symbol: str, time: int, number: int) -> Decimal:
        """Take the position and its whole margin; returns the loss (negative)."""
        position = self.position(symbol)
        lost = -position.margin
        self.wallet += lost
        position.amount = position.entry = position.margin = ZERO
        position.updated = time
        self.payments.append(Payment(time, symbol, "LIQUIDATION", lost, number))
        return lost

    def paid(self, kind: str) -> Decimal:
        """Sum of the payments of a kind: received, or paid (negative)."""
        return sum((each.amount for each in self.payments if each.kind == kind), ZERO)

    def expected(self, fills: list[tuple[Order, Fill]]) -> Decimal:
        """Wallet that must be there after these trades and payments, summed up from the start."""
        traded = sum((fill.realized - fill.fee for _, fill in fills), ZERO)
        return self.start + traded + sum((payment.amount for payment in self.payments), ZERO)


def maintenance_rate(value: Decimal) -> tuple[Decimal, Decimal]:
    """Rate of maintenance margin and the amount deducted, for a position of this value.

    >>> maintenance_rate(Decimal(60_000))
    (Decimal('0.025'), Decimal('750'))
    """
    fitting = [bracket for bracket in BRACKETS if value >= bracket[0]]
    return fitting[-1][2:]


def _cents(value: Decimal) -> Decimal:
    """Money in its smallest unit here, eight decimals: what is booked is exact."""
    return value.quantize(Decimal("1e-8"))
