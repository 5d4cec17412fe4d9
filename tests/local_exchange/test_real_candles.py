"""On real candles: what is served is what is stored, for spot and futures, over random windows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.candles import FUNDING, FUTURES, MARK, SPOT, read_candles

Get = Callable[..., Any]
AskAt = Callable[[Path, str | int], Get]
NOW = pd.Timestamp("2025-06-12T09:37", tz="UTC")


@pytest.mark.parametrize(
    ("folder", "pair", "timeframe", "candle_type"),
    [
        ("majors_2024-01_2025-08", "BTC/USDT", "5m", SPOT),
        ("majors_2024-01_2025-08", "SOL/USDT", "4h", SPOT),
        ("futures_2024-12_2025-08", "XRP/USDT:USDT", "15m", FUTURES),
        ("futures_2024-12_2025-08", "BTC/USDT:USDT", "1h", MARK),
    ],
)
def test_klines_are_the_stored_candles(
    real_data: Path, ask_at: AskAt, folder: str, pair: str, timeframe: str, candle_type: str
) -> None:
    datadir = real_data / folder
    get = ask_at(datadir, NOW.isoformat())
    stored = read_candles(datadir, pair, timeframe, candle_type)
    closed = stored[stored["date"] + pd.Timedelta(timeframe) <= NOW]
    opened = closed["date"].astype("int64").to_numpy()
    values = closed.drop(columns="date").to_numpy()
    path = {SPOT: "/api/v3/klines", FUTURES: "/fapi/v1/klines"}
    symbol = pair.partition(":")[0].replace("/", "")
    rng = np.random.default_rng(7)
    for _ in range(10):
        first = int(rng.integers(0, len(closed) - 1000))
        rows = get(
            path.get(candle_type, "/fapi/v1/markPriceKlines"),
            symbol=symbol,
            interval=timeframe,
            startTime=int(opened[first]),
            limit=int(rng.integers(1, 1000)),
        )
        last = first + len(rows)
        assert [row[0] for row in rows] == opened[first:last].tolist()
        assert [[float(v) for v in row[1:6]] for row in rows] == values[first:last].tolist()


def test_the_running_day_agrees_with_the_five_minute_candles(
    real_data: Path, ask_at: AskAt
) -> None:
    datadir = real_data / "majors_2024-01_2025-08"
    get = ask_at(datadir, NOW.isoformat())
    fine = read_candles(datadir, "BTC/USDT", "5m").set_index("date")[NOW.floor("D") : NOW]
    closed, price = fine.iloc[:-1], fine["open"].iloc[-1]
    day = get("/api/v3/klines", symbol="BTCUSDT", interval="1d", limit=1)[0]
    assert day[0] == NOW.floor("D").timestamp() * 1000
    assert [float(v) for v in day[1:5]] == [
        fine["open"].iloc[0],
        max(closed["high"].max(), price),
        min(closed["low"].min(), price),
        price,
    ]
    assert float(day[5]) == pytest.approx(closed["volume"].sum())


def test_funding_of_half_a_year(real_data: Path, ask_at: AskAt) -> None:
    datadir = real_data / "futures_2024-12_2025-08"
    get = ask_at(datadir, NOW.isoformat())
    stored = read_candles(datadir, "ETH/USDT:USDT", "1h", FUNDING)
    paid = stored[stored["date"] <= NOW]
    rows = get("/fapi/v1/fundingRate", symbol="ETHUSDT", startTime=0, limit=1000)
    assert [row["fundingTime"] for row in rows] == paid["date"].astype("int64").tolist()
    assert [float(row["fundingRate"]) for row in rows] == paid["open"].tolist()
