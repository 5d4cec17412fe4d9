"""How long an exponential average remembers: the warm-up of everything built on one."""

from __future__ import annotations

import math

FORGOTTEN = 1e-12  # small beside the difference of two averages too


def exponential_memory_candles(span_candles: float) -> int:
    """Candles after which all earlier ones together weigh no more than a trillionth.

    The smoothing factor is 2 / (span + 1), as in ``pandas.Series.ewm(span=...)``. Whatever history
    came before, the average then moves by at most a trillionth of the distance between old and new
    prices.

    >>> exponential_memory_candles(1), exponential_memory_candles(3), exponential_memory_candles(26)
    (0, 40, 360)
    """
    if span_candles == 1:
        return 0
    return math.ceil(math.log(FORGOTTEN) / math.log((span_candles - 1) / (span_candles + 1)))
