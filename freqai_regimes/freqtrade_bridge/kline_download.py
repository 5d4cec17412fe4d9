"""Fetches Binance's kline extras through freqtrade's exchange object."""

from __future__ import annotations

from typing import Any

import ccxt
import pandas as pd

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.errors import CandleError, SettingsError
from freqai_regimes.sources.kline_extras import extras_of_rows

MOST_KLINES = 1000
TRIES = 3


def fetch_kline_extras(
    exchange: Any, pair: str, timeframe: str, first: pd.Timestamp, last: pd.Timestamp
) -> pd.DataFrame:
    """Kline extras of the candles that open from ``first`` to ``last``, both inclusive.

    ``last`` must be a candle that has closed: the running one is not final.

    Returns
    -------
    As ``extras_of_rows``; no rows where the exchange has no candles.

    Raises
    ------
    SettingsError
        If the exchange is not Binance, the only one whose klines carry them, or lacks the pair.
    CandleError
        If it does not answer.
    """
    if not str(exchange.id).startswith("binance"):
        raise SettingsError(
            f"Kline extras come from Binance's klines, the exchange is {exchange.id}: remove the "
            "source kline_extras."
        )
    if pair not in exchange.markets:
        raise SettingsError(f"The exchange has no {pair}: correct the pair.")
    symbol = exchange.markets[pair]["id"]
    klines = exchange._api.fapiPublicGetKlines if ":" in pair else exchange._api.publicGetKlines
    step = timeframe_seconds(timeframe) * 1000
    start, end = int(first.timestamp() * 1000), int(last.timestamp() * 1000)
    rows: list[list[Any]] = []
    while start <= end:
        page = _asked(
            klines,
            {
                "symbol": symbol,
                "interval": timeframe,
                "startTime": start,
                "endTime": end,
                "limit": MOST_KLINES,
            },
            f"{pair} {timeframe}",
        )
        rows += [row for row in page if int(row[0]) <= end]
        if not page or len(page) < MOST_KLINES:
            break
        start = int(page[-1][0]) + step
    return extras_of_rows(rows, timeframe, f"klines of {pair}")


def _asked(klines: Any, parameters: dict[str, Any], name: str) -> list[list[Any]]:
    """One page; a failure is tried again, then told."""
    error: Exception | None = None
    for _ in range(TRIES):
        try:
            page: list[list[Any]] = klines(parameters)
        except ccxt.BaseError as failure:
            error = failure
        else:
            return page
    words = " ".join(str(error).split())
    raise CandleError(f"The exchange gives no klines of {name} ({words}). Try again later.")
