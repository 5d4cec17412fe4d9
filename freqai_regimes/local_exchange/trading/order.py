"""One order on the exchange's books: what was asked for, and what has been filled of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from freqai_regimes.local_exchange.catalogue import Market

BUY, SELL = "BUY", "SELL"
ZERO = Decimal(0)
NEW, PARTIAL, FILLED = "NEW", "PARTIALLY_FILLED", "FILLED"
CANCELED, EXPIRED = "CANCELED", "EXPIRED"
FINISHED = "FINISHED"
OPEN = (NEW, PARTIAL)


@dataclass(frozen=True)
class Fill:
    """One trade of an order: exact price, quantity, fee and realised profit (futures)."""

    number: int
    time: int
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    maker: bool
    realized: Decimal = ZERO

    @property
    def value(self) -> Decimal:
        """Price times quantity, in the quote coin."""
        return self.price * self.quantity


@dataclass
class Order:
    """An order as the exchange keeps it; times in ms.

    ``kind`` is Binance's type. ``trigger`` is what the price must reach, None once it has;
    ``stop_price`` keeps it for the answers. ``locked`` is what is set aside for the rest: quote
    coin of a purchase, coins of a sale, margin on futures.
    """

    number: int
    client_id: str
    market: Market
    side: str
    kind: str
    time_in_force: str
    quantity: Decimal
    price: Decimal
    created: int
    trigger: Decimal | None = None
    stop_price: Decimal = ZERO
    reduce_only: bool = False
    locked: Decimal = ZERO
    status: str = NEW
    updated: int = 0
    fills: list[Fill] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether more of it can be filled."""
        return self.status in OPEN

    @property
    def filled(self) -> Decimal:
        """Quantity filled so far."""
        return sum((fill.quantity for fill in self.fills), ZERO)

    @property
    def rest(self) -> Decimal:
        """Quantity still to be filled."""
        return self.quantity - self.filled

    @property
    def value(self) -> Decimal:
        """Quote coin of all fills."""
        return sum((fill.value for fill in self.fills), ZERO)

    @property
    def average(self) -> Decimal:
        """Mean price of the fills; 0 before the first."""
        return self.value / self.filled if self.fills else ZERO

    @property
    def sign(self) -> int:
        """1 for a purchase, -1 for a sale."""
        return 1 if self.side == BUY else -1

    @property
    def trigger_sign(self) -> int:
        """1 if the price must rise to the trigger: a stop of a purchase, a target of a sale."""
        return -self.sign if self.kind.startswith("TAKE_PROFIT") else self.sign

    def take(self, fill: Fill) -> None:
        """Add a fill; the last one closes the order."""
        self.fills.append(fill)
        self.updated = fill.time
        self.status = FILLED if self.rest == 0 else PARTIAL

    def close(self, status: str, time: int) -> None:
        """End the order without filling the rest."""
        self.status, self.updated = status, time


@dataclass
class AlgoOrder(Order):
    """A conditional order on futures: when it triggers, another order does the trading."""

    working_type: str = "CONTRACT_PRICE"
    triggered: int = 0
    child: Order | None = None


def number_text(value: Decimal) -> str:
    """Decimal text without exponent and without trailing zeros.

    >>> number_text(Decimal("1.500")), number_text(Decimal("0E-8")), number_text(Decimal(100))
    ('1.5', '0', '100')
    """
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
