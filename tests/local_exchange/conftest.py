"""Small candle directories, and a way to ask the exchange without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from freqai_regimes.candles import (
    FUNDING,
    FUTURES,
    MARK,
    resample,
    timeframe_seconds,
    write_candles,
)
from freqai_regimes.local_exchange.app import create_app
from freqai_regimes.local_exchange.candle_store import CandleStore
from freqai_regimes.local_exchange.catalogue import find_markets
from freqai_regimes.local_exchange.clock import SetClock, parse_moment
from freqai_regimes.local_exchange.end_of_data import EndOfData

Get = Callable[..., Any]
START = "2025-03-03"  # a Monday


def walk(start: str, timeframe: str, rows: int, price: float, seed: int) -> pd.DataFrame:
    """Candles of a random walk, with volume; lows and highs lie outside the bodies."""
    rng = np.random.default_rng(seed)
    close = price * np.exp(np.cumsum(rng.normal(0, 0.002, rows)))
    opening = np.concatenate([[price], close[:-1]])
    wick = np.abs(rng.normal(0, 0.001, (2, rows)))
    first = pd.Timestamp(start, tz="UTC").as_unit("ms")
    return pd.DataFrame(
        {
            "date": first + np.arange(rows) * pd.Timedelta(seconds=timeframe_seconds(timeframe)),
            "open": opening,
            "high": np.maximum(opening, close) * (1 + wick[0]),
            "low": np.minimum(opening, close) * (1 - wick[1]),
            "close": close,
            "volume": rng.uniform(1, 50, rows),
        }
    )


@pytest.fixture(scope="session")
def make_walk() -> Callable[..., pd.DataFrame]:
    return walk


@pytest.fixture(scope="session")
def small_datadir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four days of BTC, ABC and NEW (last day only) on spot, BTC and XYZ futures. Read only."""
    datadir = tmp_path_factory.mktemp("candles")
    rows = 4 * 288
    btc = walk(START, "5m", rows, 60_000, 1)
    write_candles(btc, datadir, "BTC/USDT", "5m")
    write_candles(resample(btc, "5m", "1h"), datadir, "BTC/USDT", "1h")
    write_candles(walk(START, "5m", rows, 0.31, 2), datadir, "ABC/USDT", "5m")
    write_candles(walk("2025-03-06", "5m", 288, 7, 3), datadir, "NEW/USDT", "5m")
    perpetual = walk(START, "5m", rows, 60_100, 4)
    write_candles(perpetual, datadir, "BTC/USDT:USDT", "5m", FUTURES)
    mark = resample(perpetual, "5m", "1h").assign(volume=0.0)
    write_candles(mark, datadir, "BTC/USDT:USDT", "1h", MARK)
    write_candles(walk(START, "5m", rows, 2.5, 5), datadir, "XYZ/USDT:USDT", "5m", FUTURES)
    rates = [
        0.0001,
        -0.00005,
        0.0002,
        0.00003,
        0.0001,
        0.0,
        0.0004,
        0.0001,
        1e-06,
        0.0001,
        0.0,
        0.0,
    ]
    funding = walk(START, "8h", len(rates), 1, 6)
    funding[["open", "high", "low", "close", "volume"]] = 0.0
    funding["open"] = rates
    write_candles(funding, datadir, "BTC/USDT:USDT", "1h", FUNDING)
    return datadir


@pytest.fixture(scope="session")
def ask_at() -> Iterator[Callable[[Path, str | int], Get]]:
    """Give ``ask_at(datadir, moment)(path, **parameters)``: JSON, after an error (status, JSON)."""
    with asyncio.Runner() as runner:

        def ask_at(datadir: Path, moment: str | int) -> Get:
            markets = find_markets(datadir)
            clock = SetClock(parse_moment(moment))
            app = create_app(CandleStore(datadir, markets), clock, EndOfData(markets))
            transport = httpx.ASGITransport(app=app)
            client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")

            def get(
                path: str, /, *, method: str = "GET", content: str | None = None, **query: Any
            ) -> Any:
                call = client.request(method, path, params=query, content=content)
                response = runner.run(call)
                body = response.json()
                return body if response.status_code == 200 else (response.status_code, body)

            return get

        yield ask_at
