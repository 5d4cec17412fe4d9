"""A price and a pair in as few characters as tell enough."""

from __future__ import annotations

import math
from decimal import ROUND_DOWN, Decimal

#: From this price on no decimals are shown.
WHOLE_FROM = 1000.0
SIGNIFICANT_DIGITS = 5
COIN_SIGNS = {"BTC": "₿", "ETH": "Ξ"}


def price_text(price: float, tick: float | None = None, separator: str = ",") -> str:
    """A price, cut off (not rounded) after its last shown digit.

    Parameters
    ----------
    price : above 0.
    tick : smallest step of the market's prices, which bounds the decimals; None: not known, and
        trailing zeros are left out.
    separator : between thousands.

    >>> price_text(74896.4), price_text(74896.4, separator="."), price_text(0.71, tick=0.0001)
    ('74,896', '74.896', '0.7100')
    >>> price_text(0.71), price_text(0.000012345678), price_text(187.239, tick=0.01)
    ('0.71', '0.000012345', '187.23')
    """
    digits = _decimals(price)
    if tick is not None:
        digits = min(digits, max(0, -int(Decimal(repr(tick)).normalize().as_tuple().exponent)))
    cut = Decimal(repr(float(price))).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_DOWN)
    whole, _, part = f"{cut:,.{digits}f}".partition(".")
    if tick is None:
        part = part.rstrip("0")
    return whole.replace(",", separator) + (f".{part}" if part else "")


def coin_sign(pair: str) -> str:
    """The coin's sign, or the pair's name without its slash where the coin has none.

    >>> coin_sign("BTC/USDT:USDT"), coin_sign("ADA/USDT"), coin_sign("ETHUSDT")
    ('₿', 'ADAUSDT', 'Ξ')
    """
    name = pair.partition(":")[0].replace("/", "")
    coin = pair.partition("/")[0] if "/" in pair else name.removesuffix("USDT")
    return COIN_SIGNS.get(coin, name)


def _decimals(price: float) -> int:
    if price >= WHOLE_FROM or price <= 0:
        return 0
    return SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(price))
