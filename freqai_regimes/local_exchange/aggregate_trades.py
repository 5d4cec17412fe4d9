"""Trades told from candles: four a candle (open, both extremes, close), once it has closed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from freqai_regimes.local_exchange.candle_store import Series

TRADES_A_CANDLE = 4


@dataclass(frozen=True)
class Trade:
    """One trade: number (rises with time), price, quantity, time (ms), whether a seller came."""

    number: int
    price: float
    quantity: float
    time: int
    seller_initiated: bool


def trades(
    series: Series,
    now_ms: int,
    *,
    start: int | None = None,
    end: int | None = None,
    from_number: int | None = None,
    limit: int = 500,
) -> list[Trade]:
    """Trades known at now, ascending: from a number or time on, else the latest ``limit``.

    The numbers count from the start of the stored series; a candle without volume leaves its four
    out. A rising candle goes open, low, high, close, a falling one open, high, low, close.
    """
    closed = series.closed(now_ms)
    forward = start is not None or from_number is not None
    low = 0 if start is None else int(np.searchsorted(series.opened[:closed], start, "right")) - 1
    if from_number is not None:
        low = from_number // TRADES_A_CANDLE
    low = max(0, low)
    high = closed
    if end is not None:
        high = int(np.searchsorted(series.opened[:closed], end, side="right"))
    found: list[Trade] = []
    rows = range(low, high) if forward else range(high - 1, low - 1, -1)
    for row in rows:
        told = [
            trade
            for trade in _of_candle(series, row)
            if (start is None or trade.time >= start)
            and (end is None or trade.time <= end)
            and (from_number is None or trade.number >= from_number)
        ]
        found.extend(told if forward else reversed(told))
        if len(found) >= limit:
            break
    return found[:limit] if forward else found[:limit][::-1]


def _of_candle(series: Series, row: int) -> list[Trade]:
    opening, high, low, close, volume = series.values[row].tolist()
    if volume <= 0:
        return []
    path = (opening, low, high, close) if close >= opening else (opening, high, low, close)
    opened, step = int(series.opened[row]), series.step_ms
    moments = (opened, opened + step // 4, opened + step // 2, opened + step - 1)
    before = (opening, *path[:3])
    return [
        Trade(row * TRADES_A_CANDLE + place, price, volume / 4, moment, price < previous)
        for place, (price, moment, previous) in enumerate(zip(path, moments, before, strict=True))
    ]
