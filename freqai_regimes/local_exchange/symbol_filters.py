"""Smallest steps of price and quantity of each symbol: Binance's for known coins, else derived.

The values are those published by Binance for pairs against USDT; they change now and then, and
nothing here depends on their being today's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from freqai_regimes.candles import SPOT
from freqai_regimes.local_exchange.catalogue import Market

DOLLAR_COINS = frozenset({"USDT", "USDC", "FDUSD", "BUSD", "TUSD", "DAI", "USD"})


@dataclass(frozen=True)
class SymbolFilter:
    """Steps of an order: price tick, quantity step, least quantity, least value in quote coin."""

    tick: Decimal
    step: Decimal
    min_quantity: Decimal
    min_notional: Decimal


# coin: spot tick, spot step, futures tick, futures step (least quantity = step)
_STEPS = {
    "AAVE": ("0.01", "0.001", "0.01", "0.1"),
    "ADA": ("0.0001", "0.1", "0.0001", "1"),
    "ALGO": ("0.0001", "1", "0.00001", "0.1"),
    "ATOM": ("0.001", "0.01", "0.001", "0.01"),
    "AVAX": ("0.001", "0.01", "0.001", "1"),
    "BCH": ("0.1", "0.001", "0.01", "0.001"),
    "BNB": ("0.01", "0.001", "0.01", "0.01"),
    "BTC": ("0.01", "0.00001", "0.1", "0.001"),
    "CRV": ("0.0001", "0.1", "0.0001", "0.1"),
    "DASH": ("0.01", "0.001", "0.01", "0.001"),
    "DOGE": ("0.00001", "1", "0.00001", "1"),
    "DOT": ("0.001", "0.01", "0.0001", "0.1"),
    "EOS": ("0.0001", "0.1", "0.001", "0.1"),
    "ETC": ("0.01", "0.01", "0.001", "0.01"),
    "ETH": ("0.01", "0.0001", "0.01", "0.001"),
    "FIL": ("0.0001", "0.01", "0.0001", "0.1"),
    "INJ": ("0.001", "0.01", "0.001", "0.1"),
    "LINK": ("0.001", "0.01", "0.001", "0.01"),
    "LTC": ("0.01", "0.001", "0.01", "0.001"),
    "NEAR": ("0.001", "0.1", "0.001", "1"),
    "NEO": ("0.001", "0.01", "0.001", "0.01"),
    "OP": ("0.0001", "0.01", "0.00001", "0.1"),
    "SOL": ("0.01", "0.001", "0.01", "0.01"),
    "SUI": ("0.0001", "0.1", "0.0001", "0.1"),
    "TRX": ("0.0001", "0.1", "0.00001", "1"),
    "XLM": ("0.0001", "1", "0.00001", "1"),
    "XMR": ("0.1", "0.001", "0.01", "0.001"),
    "XRP": ("0.0001", "0.1", "0.0001", "0.1"),
    "XTZ": ("0.0001", "0.1", "0.0001", "0.1"),
    "ZEC": ("0.01", "0.001", "0.01", "0.001"),
}
_SPOT_MIN_NOTIONAL = {"DOGE": "1"}


def known_filter(market: Market) -> SymbolFilter | None:
    """Filter of a well-known coin against a dollar coin, None for others."""
    steps = _STEPS.get(market.base)
    if steps is None or market.quote not in DOLLAR_COINS:
        return None
    spot = market.kind == SPOT
    tick, step = steps[:2] if spot else steps[2:]
    least = _SPOT_MIN_NOTIONAL.get(market.base, "5") if spot else "5"
    return SymbolFilter(Decimal(tick), Decimal(step), Decimal(step), Decimal(least))


def derived_filter(lowest_price: float, quote: str) -> SymbolFilter:
    """Filter of an unknown coin from the lowest price known so far: about six digits of price.

    The lowest price falls rarely, so that the steps stay the same for long; one quantity step is
    worth between a thousandth and a hundredth of the quote coin, but is never more than 1.

    >>> derived_filter(0.31, "USDT")
    SymbolFilter(tick=Decimal('0.000001'), step=Decimal('0.1'), min_quantity=Decimal('0.1'), \
min_notional=Decimal('5'))
    """
    magnitude = math.floor(math.log10(lowest_price))
    tick = Decimal(1).scaleb(magnitude - 5)
    step = Decimal(1).scaleb(min(0, -magnitude - 2))
    least = Decimal("5") if quote in DOLLAR_COINS else Decimal("0.0001")
    return SymbolFilter(tick, step, step, least)
