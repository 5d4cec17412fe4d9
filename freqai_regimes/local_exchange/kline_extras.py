"""Number of trades and taker volumes of a kline: as stored, else told from the candle."""

from __future__ import annotations

import math
from dataclasses import dataclass

_BODY, _CHANCE = 0.3, 0.1  # how far takers' share leaves one half: by the candle's body, by chance
_KNUTH = 2654435761  # multiplicative hash: Knuth, The Art of Computer Programming 3, 6.4


@dataclass(frozen=True)
class Extras:
    """What a kline holds beyond its candle: volumes in quote or base coin."""

    trades: int
    quote_volume: float
    taker_base_volume: float
    taker_quote_volume: float


def told_extras(
    opened: int, opening: float, high: float, low: float, close: float, volume: float
) -> Extras:
    """Plausible extras for a candle that is stored without: always the same for the same candle.

    More money, more trades, as its square root; takers buy more than half where the candle rose.
    They mean nothing beyond that.
    """
    quote = volume * (high + low + close) / 3
    if quote <= 0:
        return Extras(0, 0.0, 0.0, 0.0)
    body = (close - opening) / (high - low) if high > low else 0.0
    chance = (opened // 60_000 * _KNUTH % 2**32) / 2**32 - 0.5
    share = 0.5 + _BODY * body + _CHANCE * chance
    return Extras(
        trades=1 + math.isqrt(int(quote)),
        quote_volume=quote,
        taker_base_volume=volume * share,
        taker_quote_volume=quote * share,
    )
