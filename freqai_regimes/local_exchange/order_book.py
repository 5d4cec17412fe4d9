"""A plausible order book around the last price: no real one is stored, and fills need a price.

Not a model of liquidity: half a basis point to each side, levels a basis point apart, and sizes
that grow from a tenth of the volume of a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from freqai_regimes.local_exchange.symbol_filters import SymbolFilter

HALF_SPREAD = Decimal("0.00005")
LEVEL_DISTANCE = Decimal("0.0001")
FIRST_SIZE_MINUTES = Decimal("0.1")
MAX_LEVELS = 100

Level = tuple[Decimal, Decimal]


@dataclass(frozen=True)
class OrderBook:
    """Prices and quantities, the best first on both sides."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


EMPTY_BOOK = OrderBook((), ())


def order_book(
    price: float, volume_per_minute: float, rule: SymbolFilter, levels: int
) -> OrderBook:
    """Book around a price, the same for the same arguments.

    Parameters
    ----------
    price : last price; lies between best bid and best ask.
    volume_per_minute : recent volume in the base coin; gives the sizes.
    rule : steps to which prices and quantities are rounded.
    levels : wanted depth; at most ``MAX_LEVELS`` are made, and no bid is zero or below.
    """
    mid = Decimal(repr(price))
    half = max(rule.tick / 2, mid * HALF_SPREAD)
    bid = _round(mid - half, rule.tick, ROUND_FLOOR)
    ask = max(_round(mid + half, rule.tick, ROUND_CEILING), bid + rule.tick)
    apart = max(rule.tick, _round(mid * LEVEL_DISTANCE, rule.tick, ROUND_CEILING))
    first = Decimal(repr(volume_per_minute)) * FIRST_SIZE_MINUTES
    bids, asks = [], []
    for level in range(min(levels, MAX_LEVELS)):
        size = max(rule.min_quantity, _round(first * (2 + level) / 2, rule.step, ROUND_FLOOR))
        if bid - apart * level > 0:
            bids.append((bid - apart * level, size))
        asks.append((ask + apart * level, size))
    return OrderBook(tuple(bids), tuple(asks))


def _round(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (value / step).to_integral_value(rounding) * step
