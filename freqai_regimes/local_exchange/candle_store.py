"""Candles behind the exchange: each file is read once, at first use, into plain arrays."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from freqai_regimes.candles import (
    FUNDING,
    FUTURES,
    MARK,
    SPOT,
    read_candles,
    resample,
    timeframe_seconds,
)
from freqai_regimes.errors import CandleError
from freqai_regimes.local_exchange.catalogue import Market
from freqai_regimes.local_exchange.kline_extras import Extras
from freqai_regimes.local_exchange.refusal import Refusal, invalid_interval
from freqai_regimes.sources.kline_extras import EXTRAS, extras_path, read_extras

logger = logging.getLogger(__name__)

BINANCE_INTERVALS = (
    *("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w"),
)


Delistings = Callable[[int], Mapping[str, int]]


def no_delistings(now_ms: int) -> Mapping[str, int]:
    """Every market stays."""
    return {}


@dataclass(frozen=True)
class Series:
    """Candles of one market and timeframe: ``opened`` (ms, rising) and ``values`` of shape (n, 5).

    Columns of ``values`` are open, high, low, close, volume. Row i is known from
    ``opened[i] + step_ms`` on, its open already from ``opened[i]`` on.
    """

    step_ms: int
    opened: NDArray[np.int64]
    values: NDArray[np.float64]

    def closed(self, now_ms: int) -> int:
        """Count the candles that have closed by now (they are the first rows)."""
        return int(np.searchsorted(self.opened, now_ms - self.step_ms, side="right"))

    @cached_property
    def lowest(self) -> NDArray[np.float64]:
        """Lowest price up to each row, that row included."""
        return np.asarray(np.minimum.accumulate(self.values[:, 2]), dtype=np.float64)

    def running(self, now_ms: int) -> int | None:
        """Row of the candle that has opened but not closed, None in a gap."""
        row = self.closed(now_ms)
        return row if row < len(self.opened) and self.opened[row] <= now_ms else None


class CandleStore:
    """All series of a data directory, in exchange time (moved by ``shift_ms``).

    ``delistings`` gives, for a moment, the symbols taken off by then and when (ms).
    """

    def __init__(
        self,
        datadir: Path,
        markets: list[Market],
        shift_ms: int = 0,
        delistings: Delistings = no_delistings,
    ) -> None:
        self._datadir = datadir
        self.delistings = delistings
        self._shift_ms = shift_ms
        #: JSON of closed candles by market, timeframe and candle type: by row, made when asked for.
        self.texts: dict[tuple[str, str, str], dict[int, str]] = defaultdict(dict)
        self._series: dict[tuple[str, str, str], Series | Refusal] = {}
        self._extras: dict[tuple[str, str], dict[int, Extras]] = {}
        self._by_symbol = {
            (market.kind, market.symbol): market.shifted(shift_ms) for market in markets
        }

    def market(self, kind: str, symbol: str) -> Market | None:
        """Return the market of a symbol, spot or futures, None if there is none."""
        return self._by_symbol.get((kind, symbol))

    def markets(self, kind: str) -> list[Market]:
        """All markets of a kind."""
        return [market for market in self._by_symbol.values() if market.kind == kind]

    def ladder(self, market: Market, candle_type: str) -> tuple[Series, ...]:
        """All stored series of a market, finest first; trades stand for mark prices not stored."""
        source = _source(market, candle_type)
        return tuple(
            self._load(market, timeframe, source) for timeframe in market.stored.get(source, ())
        )

    def series(self, market: Market, timeframe: str, candle_type: str) -> Series:
        """Return one series as stored, or resampled from the coarsest stored one that divides it.

        Raises
        ------
        Refusal
            -1120 if the timeframe can be had from nothing stored; HTTP 503 for a damaged file.
        """
        source = _source(market, candle_type)
        stored = market.stored.get(source, ())
        if timeframe in stored:
            return self._load(market, timeframe, source)
        if timeframe not in BINANCE_INTERVALS:
            raise invalid_interval(timeframe, market.pair, stored)
        wanted = timeframe_seconds(timeframe)
        finer = [each for each in stored if wanted % timeframe_seconds(each) == 0]
        if not finer:
            raise invalid_interval(timeframe, market.pair, stored)
        key = (market.pair, timeframe, source)
        if key not in self._series:
            fine = self._load(market, finer[-1], source)
            frame = resample(_frame(fine, self._shift_ms), finer[-1], timeframe)
            self._series[key] = _series(frame, timeframe, self._shift_ms)
        return self._known(key)

    def extras(self, market: Market, timeframe: str) -> dict[int, Extras]:
        """Stored kline extras by opening time in exchange time; none where none are stored."""
        key = (market.pair, timeframe)
        if key not in self._extras:
            self._extras[key] = {}
            if extras_path(self._datadir, market.pair, timeframe).is_file():
                table = read_extras(self._datadir, market.pair, timeframe)
                opened = table["date"].dt.as_unit("ms").astype("int64") + self._shift_ms
                values = table[list(EXTRAS)].itertuples(index=False)
                self._extras[key] = {
                    int(moment): Extras(int(row[0]), *row[1:])
                    for moment, row in zip(opened, values, strict=True)
                }
        return self._extras[key]

    def funding(self, market: Market) -> Series | None:
        """Funding rates of a futures market (rate in column 0), None if none are stored."""
        stored = market.stored.get(FUNDING, ())
        return self._load(market, stored[0], FUNDING) if stored else None

    def _load(self, market: Market, timeframe: str, candle_type: str) -> Series:
        key = (market.pair, timeframe, candle_type)
        if key not in self._series:
            try:
                frame = read_candles(self._datadir, market.pair, timeframe, candle_type)
                self._series[key] = _series(frame, timeframe, self._shift_ms)
            except CandleError as error:
                logger.error("%s", error)
                self._series[key] = Refusal(-1001, str(error), status=503)
        return self._known(key)

    def _known(self, key: tuple[str, str, str]) -> Series:
        found = self._series[key]
        if isinstance(found, Refusal):
            raise found
        return found


def _source(market: Market, candle_type: str) -> str:
    if candle_type == MARK and MARK not in market.stored:
        return FUTURES
    return candle_type if candle_type in (SPOT, FUTURES, MARK) else market.kind


def _series(frame: pd.DataFrame, timeframe: str, shift_ms: int) -> Series:
    opened = frame["date"].dt.as_unit("ms").astype("int64").to_numpy() + shift_ms
    values = frame[["open", "high", "low", "close", "volume"]].to_numpy(dtype=np.float64)
    return Series(timeframe_seconds(timeframe) * 1000, opened, values)


def _frame(series: Series, shift_ms: int) -> pd.DataFrame:
    frame = pd.DataFrame(series.values, columns=["open", "high", "low", "close", "volume"])
    dates = pd.to_datetime(series.opened - shift_ms, unit="ms", utc=True).as_unit("ms")
    frame.insert(0, "date", dates)
    return frame
