"""Candles through a web socket, as the real ccxt.pro subscribes to them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import ccxt.pro
import httpx
import pandas as pd
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from freqai_regimes.candles import write_candles
from freqai_regimes.local_exchange import LocalExchange, candle_socket, clock, exchange_overlay
from freqai_regimes.local_exchange.clock import parse_moment

START = parse_moment("2025-03-05T12:00:02")
STEP = 300_000
Use = Callable[[Any, str], Awaitable[None]]


def with_client(server: LocalExchange, futures: bool, use: Use) -> None:
    async def run() -> None:
        overlay = exchange_overlay(server.url, futures=futures, web_socket=True)["exchange"]
        kind = "swap" if futures else "spot"
        api = ccxt.pro.binance({**overlay["ccxt_config"], "options": {"defaultType": kind}})
        try:
            await asyncio.wait_for(use(api, "BTC/USDT:USDT" if futures else "BTC/USDT"), 20)
        finally:
            await api.close()

    asyncio.run(run())


async def move(server: LocalExchange, milliseconds: int) -> None:
    now = server.clock.now_ms() + milliseconds
    async with httpx.AsyncClient(trust_env=False) as http:
        (await http.post(server.url + "/clock", json={"now": now})).raise_for_status()


async def newest(api: Any, pair: str, opened: int) -> list[list[float]]:
    """Candles that ccxt has collected, once one that opened then is among them."""
    while True:
        candles = list(api.ohlcvs.get(pair, {}).get("5m", []))
        if candles and candles[-1][0] >= opened:
            return candles
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("futures", [False, True], ids=["spot", "futures"])
def test_each_candle_comes_as_it_closes(small_datadir: Path, futures: bool) -> None:
    async def use(api: Any, pair: str) -> None:
        first = await api.watch_ohlcv(pair, "5m")
        assert [row[0] for row in first] == [START - 2000] and first[0][5] == 0  # its open only
        await move(server, STEP)
        await move(server, 3 * STEP)  # three have closed since: none is left out
        told = await newest(api, pair, START - 2000 + 4 * STEP)
        assert told == await api.fetch_ohlcv(pair, "5m", since=START - 2000)
        assert len(told) == 5
        await api.un_watch_ohlcv(pair, "5m")
        await move(server, STEP)
        await asyncio.sleep(0.05)
        assert api.ohlcvs.get(pair, {}).get("5m", []) == []

    with LocalExchange(small_datadir, clock="set", start=START) as server:
        with_client(server, futures, use)


def test_under_a_running_clock_it_is_told_again_and_again(
    tmp_path: Path, make_walk: Callable[..., pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candle_socket, "UPDATE_MS", 50)
    write_candles(make_walk("2025-03-03", "1h", 60 * 24, 100.0, 1), tmp_path, "BTC/USDT", "1h")

    async def use(api: Any, pair: str) -> None:
        for _ in range(5):
            (row,) = await api.watch_ohlcv(pair, "1h")
            assert 0 <= time.time() * 1000 - row[0] < 3_600_000 + 1000

    with LocalExchange(tmp_path) as server:
        with_client(server, False, use)


def test_a_candle_is_told_as_soon_as_it_has_closed(
    small_datadir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closing = parse_moment("2025-03-05T12:00")
    ahead = closing - 1500 - clock.wall_ms()  # it closes 1.5 seconds from now
    monkeypatch.setattr(clock, "wall_ms", lambda: time.time_ns() // 1_000_000 + ahead)
    with (
        LocalExchange(small_datadir, clock="wall") as server,
        connect(address(server, "/stream/ws/0")) as socket,
    ):
        socket.send('{"method": "SUBSCRIBE", "params": ["btcusdt@kline_5m"], "id": 1}')
        answer, running, closed, next_one = (json.loads(socket.recv(5)) for _ in range(4))
    assert answer == {"result": None, "id": 1}
    assert [event["k"]["x"] for event in (running, closed, next_one)] == [False, True, False]
    assert running["k"]["t"] == closed["k"]["t"] == closing - STEP
    assert 0 <= closed["E"] - closing < 1500  # at once, on a busy computer, not two seconds later
    assert next_one["k"]["t"] == closing


def test_a_client_comes_back_after_the_exchange_was_away(small_datadir: Path) -> None:
    server = LocalExchange(small_datadir, clock="set", start=START).start()
    again = LocalExchange(small_datadir, clock="set", start=START, port=server.port)

    async def use(api: Any, pair: str) -> None:
        await api.watch_ohlcv(pair, "5m")
        waiting = asyncio.ensure_future(api.watch_ohlcv(pair, "5m"))
        await asyncio.sleep(0)
        await asyncio.to_thread(server.stop)
        with pytest.raises(ccxt.NetworkError):
            await waiting
        await asyncio.to_thread(again.start)
        assert (await api.watch_ohlcv(pair, "5m"))[-1][0] == START - 2000

    try:
        with_client(server, False, use)
    finally:
        again.stop()


@pytest.fixture(scope="module")
def standing(small_datadir: Path) -> Iterator[LocalExchange]:
    with LocalExchange(small_datadir, clock="set", start=START) as server:
        yield server


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        ("[1", 3, "Invalid JSON"),
        ('{"method": "BUY", "id": 1}', 2, "unknown method 'BUY'"),
        ('{"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 1}', 2, "btcusdt@kline_5m"),
        ('{"method": "SUBSCRIBE", "params": "btcusdt@kline_5m", "id": 1}', 2, "are not like"),
    ],
)
def test_messages_that_cannot_be(
    standing: LocalExchange, message: str, code: int, words: str
) -> None:
    with connect(address(standing, "/stream/ws/0")) as socket:
        socket.send(message)
        error = json.loads(socket.recv(5))["error"]
        assert error["code"] == code and words in error["msg"]
        assert socket.ping().wait(5)


def test_what_is_not_stored_is_said_once(
    standing: LocalExchange, caplog: pytest.LogCaptureFixture
) -> None:
    streams = ["xyzusdt@kline_5m", "btcusdt@kline_1m", "btcusdt@kline_15m"]
    with connect(address(standing, "/stream/ws")) as socket:
        socket.send(json.dumps({"method": "SUBSCRIBE", "params": streams, "id": 7}))
        assert json.loads(socket.recv(5)) == {"result": None, "id": 7}
        told = json.loads(socket.recv(5))
        assert (told["s"], told["k"]["i"], told["k"]["x"]) == ("BTCUSDT", "15m", False)
        socket.send('{"method": "LIST_SUBSCRIPTIONS", "id": 8}')
        assert json.loads(socket.recv(5)) == {"result": sorted(streams), "id": 8}
    said = [line for line in caplog.messages if line.startswith("Nothing to tell of")]
    assert len(said) == 2 and "Invalid symbol" in said[0] and "'1m' of BTC/USDT" in said[1]


@pytest.mark.parametrize("path", ["/fstream/private/ws/abc", "/ws-api/v3", "/nbstream/equity/ws"])
def test_other_sockets_are_refused_here(standing: LocalExchange, path: str) -> None:
    with pytest.raises(InvalidStatus), connect(address(standing, path)):
        pass


def address(server: LocalExchange, path: str) -> str:
    return server.url.replace("http", "ws", 1) + path
