"""Klines: Binance's windows and limits, the running candle, coarser timeframes, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from freqai_regimes.candles import FUTURES, read_candles, write_candles

Get = Callable[..., Any]
AskAt = Callable[[Path, str | int], Get]
MINUTE = 60_000
NOON = 1_741_089_600_000  # 2025-03-04T12:00Z
STEP = 5 * MINUTE


@pytest.fixture
def get(small_datadir: Path, ask_at: AskAt) -> Get:
    """Ask seven and a half minutes past noon: the 12:05 candle is running."""
    return ask_at(small_datadir, NOON + 450_000)


def opened(rows: list[list[Any]]) -> list[int]:
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ({}, 1_740_960_000_000, NOON + STEP),  # fewer than 500 are known: all
        ({"limit": 1}, NOON + STEP, NOON + STEP),
        ({"limit": 3}, NOON - STEP, NOON + STEP),
        ({"startTime": NOON - STEP}, NOON - STEP, NOON + STEP),
        ({"startTime": NOON - STEP + 1}, NOON, NOON + STEP),  # the first that opens at or after
        ({"startTime": NOON - 9 * STEP, "limit": 4}, NOON - 9 * STEP, NOON - 6 * STEP),
        ({"startTime": 0, "limit": 2}, 1_740_960_000_000, 1_740_960_300_000),
        ({"endTime": NOON, "limit": 2}, NOON - STEP, NOON),  # inclusive
        ({"endTime": NOON - 1, "limit": 2}, NOON - 2 * STEP, NOON - STEP),
        ({"startTime": NOON - 4 * STEP, "endTime": NOON - STEP}, NOON - 4 * STEP, NOON - STEP),
        (
            {"startTime": NOON - 4 * STEP, "endTime": NOON, "limit": 2},
            NOON - 4 * STEP,
            NOON - 3 * STEP,
        ),
        ({"startTime": NOON + STEP}, NOON + STEP, NOON + STEP),
    ],
)
def test_windows_and_limits(get: Get, query: dict[str, int], first: int, last: int) -> None:
    rows = get("/api/v3/klines", symbol="BTCUSDT", interval="5m", **query)
    assert opened(rows) == list(range(first, last + 1, STEP))
    assert all(row[6] == row[0] + STEP - 1 for row in rows)


@pytest.mark.parametrize(
    "query", [{"startTime": NOON + 2 * STEP}, {"endTime": 1}, {"startTime": 5, "endTime": 4}]
)
def test_empty_windows(get: Get, query: dict[str, int]) -> None:
    assert get("/api/v3/klines", symbol="BTCUSDT", interval="5m", **query) == []


def test_limits_are_500_and_1000_on_spot_and_1500_on_futures(
    small_datadir: Path, ask_at: AskAt
) -> None:
    late = ask_at(small_datadir, "2025-03-06T23:57:00Z")  # 1152 candles are known
    spot, futures = "/api/v3/klines", "/fapi/v1/klines"
    ask = {"symbol": "BTCUSDT", "interval": "5m"}
    assert len(late(spot, **ask)) == len(late(futures, **ask)) == 500
    assert len(late(spot, **ask, limit=1400)) == 1000
    assert len(late(futures, **ask, limit=1500)) == 1152
    assert late(futures, **ask, limit=1501)[1]["code"] == -1130


def test_closed_candles_are_the_stored_ones_bit_for_bit(small_datadir: Path, ask_at: AskAt) -> None:
    get = ask_at(small_datadir, "2025-03-07")
    for path, candle_type in (("/api/v3/klines", "spot"), ("/fapi/v1/klines", FUTURES)):
        pair = "BTC/USDT" if candle_type == "spot" else "BTC/USDT:USDT"
        stored = read_candles(small_datadir, pair, "5m", candle_type).tail(1000)
        rows = get(path, symbol="BTCUSDT", interval="5m", limit=1000)
        numbers = [[float(value) for value in row[1:6]] for row in rows]
        assert numbers == stored.drop(columns="date").to_numpy().tolist()
        assert opened(rows) == (stored["date"].astype("int64")).tolist()
        assert all(isinstance(value, str) for row in rows for value in row[1:6])


@pytest.fixture
def by_hand(tmp_path: Path) -> Path:
    """Six 5m candles from 00:00 on, and the hour they lie in, with values to reckon with."""
    rows = [(10, 12, 9, 11, 1), (11, 15, 11, 14, 2), (14, 14, 13, 13, 4), (13, 13, 8, 9, 8)]
    rows += [(9, 99, 1, 50, 16), (50, 60, 40, 41, 32)]
    frame = pd.DataFrame(rows, columns=["open", "high", "low", "close", "volume"], dtype=float)
    frame.insert(0, "date", pd.date_range("2025-03-03", periods=6, freq="5min", tz="UTC"))
    write_candles(frame, tmp_path, "BTC/USDT", "5m")
    hour = frame.head(1).assign(open=10.5, high=100.0, low=0.5, close=70.0, volume=500.0)
    write_candles(hour, tmp_path, "BTC/USDT", "1h")
    return tmp_path


@pytest.mark.parametrize(
    ("clock", "interval", "expected"),
    [
        ("00:17:30", "5m", [13, 13, 13, 13, 0]),  # nothing finer: its open only
        ("00:17:30", "15m", [13, 13, 13, 13, 0]),  # began with the running 5m candle
        ("00:22:30", "15m", [13, 13, 8, 9, 8]),  # one closed candle and an open of 9
        ("00:12:00", "15m", [10, 15, 9, 14, 3]),
        ("00:12:00", "1h", [10.5, 15, 9, 14, 3]),  # open as stored, the rest from 5m
        ("00:00:00", "1h", [10.5, 10.5, 10, 10, 0]),
        ("00:22:30", "4h", [10, 15, 8, 9, 15]),
    ],
)
def test_running_candle_is_built_from_what_has_closed(
    by_hand: Path, ask_at: AskAt, clock: str, interval: str, expected: list[float]
) -> None:
    get = ask_at(by_hand, f"2025-03-03T{clock}Z")
    row = get("/api/v3/klines", symbol="BTCUSDT", interval=interval, limit=1)[0]
    assert [float(value) for value in row[1:6]] == expected


def test_timeframes_that_are_not_stored_are_resampled(by_hand: Path, ask_at: AskAt) -> None:
    get = ask_at(by_hand, "2025-03-03T00:30:00Z")
    rows = get("/api/v3/klines", symbol="BTCUSDT", interval="15m")
    assert [[float(value) for value in row[1:6]] for row in rows] == [
        [10, 15, 9, 13, 7],
        [13, 99, 1, 41, 56],
    ]


def test_the_running_candle_of_a_day_comes_from_the_finest(by_hand: Path, ask_at: AskAt) -> None:
    get = ask_at(by_hand, "2025-03-03T00:22:30Z")
    assert [float(v) for v in get("/api/v3/klines", symbol="BTCUSDT", interval="1d")[0][1:6]] == [
        *(10, 15, 8, 9, 15)
    ]


def test_after_the_end_no_candle_comes(small_datadir: Path, ask_at: AskAt) -> None:
    get = ask_at(small_datadir, "2025-03-07T09:00:00Z")
    rows = get("/api/v3/klines", symbol="BTCUSDT", interval="5m", limit=1)
    assert opened(rows) == [1_741_305_300_000]  # 2025-03-06T23:55Z
    assert get("/api/v3/depth", symbol="BTCUSDT")["bids"] == []
    assert get("/api/v3/ticker/bookTicker", symbol="BTCUSDT")["askPrice"] == "0"
    assert get("/api/v3/exchangeInfo", symbol="BTCUSDT")["symbols"][0]["status"] == "TRADING"


def test_mark_price_klines_are_the_stored_ones_without_volume(
    small_datadir: Path, ask_at: AskAt
) -> None:
    get = ask_at(small_datadir, "2025-03-04")
    stored = read_candles(small_datadir, "BTC/USDT:USDT", "1h", "mark").head(24)
    rows = get(
        "/fapi/v1/markPriceKlines", symbol="BTCUSDT", interval="1h", endTime=NOON - 13 * 12 * STEP
    )
    assert [[float(v) for v in row[1:6]] for row in rows] == stored.drop(
        columns="date"
    ).values.tolist()


def test_trades_stand_for_mark_prices_that_are_not_stored(
    small_datadir: Path, ask_at: AskAt
) -> None:
    get = ask_at(small_datadir, NOON)
    ask = {"symbol": "XYZUSDT", "interval": "1h", "limit": 5}
    mark, trades = get("/fapi/v1/markPriceKlines", **ask), get("/fapi/v1/klines", **ask)
    assert [row[:5] for row in mark] == [row[:5] for row in trades]
    assert {row[5] for row in mark} == {"0.0"}
