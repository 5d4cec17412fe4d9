"""How the price went through a candle: the order of its extremes is not stored, so it is agreed.

A rising candle visits its low first, a falling one its high: the way on which resting stops and
limits are met most often, the same in every run.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from freqai_regimes.local_exchange.candle_store import Series


@dataclass(frozen=True)
class Leg:
    """A stretch of price at one moment (ms): from, to, and the volume that may trade on it.

    A ``jump`` has no trades on its way: what it passes is met at its end.
    """

    time: int
    start: Decimal
    end: Decimal
    volume: Decimal
    jump: bool = False


def exact(value: float) -> Decimal:
    """The shortest decimal that reads back as the same number."""
    return Decimal(repr(float(value)))


def legs_between(series: Series, after_ms: int, until_ms: int, last: Decimal | None) -> list[Leg]:
    """Price movements that became known in (after_ms, until_ms], in time order.

    Of a running candle its open is known, of a closed one all. An order that was placed while a
    candle ran takes part in the whole of it: what happened before is not stored apart.

    Parameters
    ----------
    last : price before, None where there is none: then the first open is no jump.
    """
    legs: list[Leg] = []
    first = max(0, series.closed(after_ms))
    for row in range(first, len(series.opened)):
        opened = int(series.opened[row])
        if opened > until_ms:
            break
        start, high, low, close, volume = (exact(value) for value in series.values[row])
        if opened > after_ms:
            legs.append(Leg(opened, start if last is None else last, start, volume * 0, True))
            last = start
        if opened + series.step_ms <= until_ms:
            legs += _inside(opened + series.step_ms - 1, start, high, low, close, volume)
            last = close
    return legs


def _inside(
    time: int, start: Decimal, high: Decimal, low: Decimal, close: Decimal, volume: Decimal
) -> list[Leg]:
    turns = [low, high] if close >= start else [high, low]
    stops = [start, *turns, close]
    return [Leg(time, before, after, volume) for before, after in pairwise(stops)]
