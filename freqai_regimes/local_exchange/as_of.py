"""A market as it is known at one moment: everything the exchange says comes through here.

Known at ``now`` are the candles that have closed, and of the candle that is running its open.
A running candle of a coarse timeframe is put together from the finer candles inside it that are
known; where there is none, its high, low and close are its open and its volume is 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from freqai_regimes.candles import first_open_seconds, timeframe_seconds
from freqai_regimes.local_exchange.candle_store import CandleStore, Series
from freqai_regimes.local_exchange.catalogue import Market
from freqai_regimes.local_exchange.clock import DAY_MS

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Candle:
    """One candle: opening time (ms), prices, volume in the base coin."""

    opened: int
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True)
class LastPrice:
    """The newest known price, when it became known (ms), and whether trading goes on.

    ``live`` is false where no candle has come for a whole timeframe: an outage, or the end of the
    data.
    """

    price: float
    known_at: int
    live: bool
    source: Series


@dataclass(frozen=True)
class DayStatistics:
    """Trades of the last 24 hours: prices, volume in base and quote coin."""

    open: float
    high: float
    low: float
    last: float
    volume: float
    quote_volume: float


@dataclass(frozen=True)
class Known:
    """Candles as Binance returns them: closed rows [low, high) of a series, and the running one."""

    series: Series
    low: int
    high: int
    running: Candle | None

    def closed(self, row: int) -> Candle:
        """One of the closed candles."""
        return _row(self.series, row)


def candles(
    store: CandleStore,
    market: Market,
    timeframe: str,
    candle_type: str,
    now_ms: int,
    window: tuple[int | None, int | None, int],
) -> Known:
    """Candles known at now, ascending.

    Parameters
    ----------
    window : first opening time, last opening time (both inclusive, ms, None for open), and limit.
        With a first time the earliest ``limit`` candles are returned, without it the latest.
    """
    start, end, limit = window
    series = store.series(market, timeframe, candle_type)
    known = series.closed(now_ms)
    running = running_candle(store, market, timeframe, candle_type, now_ms)
    opened = series.opened[:known]
    low = 0 if start is None else int(np.searchsorted(opened, start))
    high = known if end is None else int(np.searchsorted(opened, end, side="right"))
    wants_running = (
        running is not None
        and (start is None or running.opened >= start)
        and (end is None or running.opened <= end)
    )
    if start is not None:
        high = min(high, low + limit)
    else:
        low = max(low, high + wants_running - limit)
    high = max(low, high)
    return Known(series, low, high, running if wants_running and high - low < limit else None)


def running_candle(
    store: CandleStore, market: Market, timeframe: str, candle_type: str, now_ms: int
) -> Candle | None:
    """Return the candle that contains now as far as it is known; None in a gap, or at the end."""
    series = store.series(market, timeframe, candle_type)
    step = timeframe_seconds(timeframe) * 1000
    row = series.running(now_ms)
    stored = None if row is None else _row(series, row)
    first = first_open_seconds(timeframe) * 1000
    opened = first + (now_ms - first) // step * step if stored is None else stored.opened
    for finer in store.ladder(market, candle_type):
        if finer.step_ms >= step or step % finer.step_ms:
            continue
        built = _build(finer, opened, now_ms)
        if built is not None:
            return built if stored is None else _from_open(stored.open, built)
    if stored is None:
        return None
    price = stored.open
    return Candle(stored.opened, price, price, price, price, 0.0)


def last_price(
    store: CandleStore, market: Market, now_ms: int, candle_type: str | None = None
) -> LastPrice | None:
    """Newest known price: open of the running candle, else the last close; None before the first.

    Of several timeframes the one that knows most recently speaks, the finest first.
    """
    best: LastPrice | None = None
    for series in store.ladder(market, candle_type or market.kind):
        found = _last_of(series, now_ms)
        if found is not None and (best is None or found.known_at > best.known_at):
            best = found
    return best


def day_statistics(last: LastPrice, now_ms: int) -> DayStatistics:
    """Sum up the 24 hours before now, from the series that gave the last price."""
    series, price = last.source, last.price
    closed = series.closed(now_ms)
    first = int(np.searchsorted(series.opened, now_ms - DAY_MS - series.step_ms, side="right"))
    if first >= closed:
        return DayStatistics(price, price, price, price, 0.0, 0.0)
    rows = series.values[first:closed]
    return DayStatistics(
        open=float(rows[0, 0]),
        high=max(float(rows[:, 1].max()), price),
        low=min(float(rows[:, 2].min()), price),
        last=price,
        volume=float(rows[:, 4].sum()),
        quote_volume=float((rows[:, 4] * _typical(rows)).sum()),
    )


def volume_per_minute(last: LastPrice, now_ms: int) -> float:
    """Mean volume (base coin) a minute over the candles that closed in the last hour."""
    series = last.source
    closed = series.closed(now_ms)
    rows = max(1, HOUR_MS // series.step_ms)
    recent = series.values[max(0, closed - rows) : closed, 4]
    return float(recent.mean()) / (series.step_ms / 60_000) if len(recent) else 0.0


def lowest_price(last: LastPrice, now_ms: int) -> float:
    """Lowest price known so far, from the series that gave the last price."""
    closed = last.source.closed(now_ms)
    return min(last.price, float(last.source.lowest[closed - 1])) if closed else last.price


def _typical(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rows[:, 1:4].mean(axis=1), dtype=np.float64)


def _row(series: Series, row: int) -> Candle:
    return Candle(int(series.opened[row]), *series.values[row].tolist())


def _build(finer: Series, opened: int, now_ms: int) -> Candle | None:
    """Candle since ``opened`` from the finer candles known at now."""
    closed = finer.closed(now_ms)
    first = int(np.searchsorted(finer.opened, opened))
    rows = finer.values[first:closed]
    running = finer.running(now_ms)
    price = float(finer.values[running, 0]) if running is not None else None
    if len(rows) == 0:
        return None if price is None else Candle(opened, price, price, price, price, 0.0)
    close = float(rows[-1, 3]) if price is None else price
    return Candle(
        opened,
        float(rows[0, 0]),
        max(float(rows[:, 1].max()), close),
        min(float(rows[:, 2].min()), close),
        close,
        float(rows[:, 4].sum()),
    )


def _from_open(price: float, built: Candle) -> Candle:
    high, low = max(built.high, price), min(built.low, price)
    return Candle(built.opened, price, high, low, built.close, built.volume)


def _last_of(series: Series, now_ms: int) -> LastPrice | None:
    row = series.running(now_ms)
    if row is not None:
        return LastPrice(float(series.values[row, 0]), int(series.opened[row]), True, series)
    closed = series.closed(now_ms)
    if closed == 0:
        return None
    known_at = int(series.opened[closed - 1]) + series.step_ms
    price = float(series.values[closed - 1, 3])
    return LastPrice(price, known_at, now_ms < known_at + series.step_ms, series)
