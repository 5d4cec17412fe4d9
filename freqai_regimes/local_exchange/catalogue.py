"""Which markets a freqtrade data directory can serve: each stored pair is a symbol."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from freqai_regimes.candles import (
    FUNDING,
    FUTURES,
    MARK,
    SPOT,
    CandleFile,
    stored_candles,
    timeframe_seconds,
)
from freqai_regimes.errors import ExchangeError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Market:
    """One symbol: what is stored of it, and from when to when (milliseconds, UTC).

    ``stored`` maps candle type to its timeframes, finest first. ``first_ms`` is the opening of the
    first candle of trades, ``end_ms`` the close of the last one of the finest timeframe.
    """

    symbol: str
    pair: str
    kind: str
    base: str
    quote: str
    stored: dict[str, tuple[str, ...]]
    first_ms: int
    end_ms: int

    def shifted(self, shift_ms: int) -> Market:
        """Return the same market with its history moved."""
        return replace(self, first_ms=self.first_ms + shift_ms, end_ms=self.end_ms + shift_ms)


def find_markets(datadir: Path) -> list[Market]:
    """Every market of a data directory, sorted by kind and symbol; only dates are read.

    Raises
    ------
    ExchangeError
        If there is none.
    """
    files: dict[tuple[str, str], list[CandleFile]] = {}
    for file in stored_candles(datadir):
        kind = SPOT if file.candle_type == SPOT else FUTURES
        files.setdefault((kind, file.pair), []).append(file)
    found = [_market(kind, pair, group) for (kind, pair), group in files.items()]
    markets = [market for market in found if market is not None]
    if not markets:
        raise ExchangeError(
            f"No readable candles in {datadir}: give a freqtrade data directory, such as "
            "user_data/data/binance, with .feather files in it (spot) or in its futures folder."
        )
    return sorted(markets, key=lambda market: (market.kind, market.symbol))


def _market(kind: str, pair: str, files: list[CandleFile]) -> Market | None:
    base, _, rest = pair.partition("/")
    quote, _, settle = rest.partition(":")
    if settle != ("" if kind == SPOT else quote):
        logger.warning(
            "%s (%s) is left out: only spot pairs and futures settled in their quote coin "
            "(BTC/USDT:USDT) are served.",
            pair,
            kind,
        )
        return None
    stored: dict[str, tuple[str, ...]] = {}
    for candle_type in (SPOT, FUTURES, MARK, FUNDING):
        frames = [file.timeframe for file in files if file.candle_type == candle_type]
        if frames:
            stored[candle_type] = tuple(sorted(frames, key=timeframe_seconds))
    spans = [_span(file) for file in files if file.candle_type == kind]
    readable = [span for span in spans if span is not None]
    if not readable:
        logger.warning("%s (%s) is left out: none of its candle files can be read.", pair, kind)
        return None
    finest = min(readable)
    first = min(first for _, first, _ in readable)
    return Market(base + quote, pair, kind, base, quote, stored, first, finest[2])


def _span(file: CandleFile) -> tuple[int, int, int] | None:
    """Length of a candle, opening of the first and close of the last, all in milliseconds."""
    step = timeframe_seconds(file.timeframe) * 1000
    try:
        dates = pd.read_feather(file.path, columns=["date"])["date"]
        first, last = dates.iloc[0], dates.iloc[-1]
        return step, int(first.timestamp() * 1000), int(last.timestamp() * 1000) + step
    except (OSError, ValueError, KeyError, IndexError, AttributeError) as error:
        logger.warning("%s cannot be read (%s).", file.path, error)
        return None
