"""What can go wrong on a web socket, met by a plain client that sees each event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError, InvalidMessage, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from freqai_regimes.local_exchange import LocalExchange
from freqai_regimes.local_exchange.clock import parse_moment
from freqai_regimes.local_exchange.faults.rule import read_rules

START = parse_moment("2025-03-05T12:00:02")
STEP = 300_000


@pytest.fixture
def server(small_datadir: Path) -> Iterator[LocalExchange]:
    with LocalExchange(small_datadir, clock="set", start=START) as running:
        yield running


@pytest.fixture
def socket(server: LocalExchange) -> Iterator[ClientConnection]:
    """A client that has been told of the running candle."""
    with connect(address(server)) as client:
        client.send('{"method": "SUBSCRIBE", "params": ["btcusdt@kline_5m"], "id": 1}')
        for _ in range(2):
            client.recv(5)
        yield client


def address(server: LocalExchange) -> str:
    return server.url.replace("http", "ws", 1) + "/stream/ws/0"


def fail(server: LocalExchange, **rule: Any) -> None:
    server.faults.replace(read_rules([rule]))


def move(server: LocalExchange, candles: int) -> None:
    now = server.clock.now_ms() + candles * STEP
    httpx.post(server.url + "/clock", json={"now": now}).raise_for_status()


def told(server: LocalExchange, socket: ClientConnection) -> list[tuple[int, bool, bool]]:
    """Candles told in the next step: number from the start, whether closed, whether false."""
    move(server, 1)
    found = []
    while True:
        try:
            candle = json.loads(socket.recv(0.3))["k"]
        except TimeoutError:
            return found
        false = candle["x"] and candle["c"] == candle["h"]
        found.append(((candle["t"] - START + 2000) // STEP, candle["x"], false))
        if not candle["x"]:
            return found


def test_a_candle_is_revised_later(server: LocalExchange, socket: ClientConnection) -> None:
    fail(server, kind="revised_candle", times=1)
    assert told(server, socket) == [(0, True, True), (0, True, False), (1, False, False)]
    assert told(server, socket) == [(1, True, False), (2, False, False)]


def test_a_candle_is_left_out(server: LocalExchange, socket: ClientConnection) -> None:
    fail(server, kind="missing_candle", times=1)
    assert told(server, socket) == [(1, False, False)]
    assert told(server, socket) == [(1, True, False), (2, False, False)]


def test_silence_on_one_market(server: LocalExchange, socket: ClientConnection) -> None:
    fail(server, kind="stale_candles", query="ETHUSDT")
    assert told(server, socket) == [(0, True, False), (1, False, False)]
    fail(server, kind="stale_candles", query="BTCUSDT", times=2)
    assert told(server, socket) == []
    assert told(server, socket) == [(2, True, False), (3, False, False)]


def test_an_outage_breaks_what_is_open_and_lets_nobody_in(
    server: LocalExchange, socket: ClientConnection
) -> None:
    fail(server, kind="reset", minutes=10)
    with pytest.raises(ConnectionClosedError):
        told(server, socket)
    with pytest.raises((InvalidMessage, OSError)), connect(address(server)):
        pass
    move(server, 2)
    fail(server, kind="reset", method="SOCKET")
    with connect(address(server)) as again:
        again.send('{"method": "LIST_SUBSCRIPTIONS", "id": 1}')
        assert json.loads(again.recv(5)) == {"result": [], "id": 1}


@pytest.mark.parametrize(("kind", "status"), [("maintenance", 503), ("banned", 418)])
def test_a_refused_handshake_says_why(server: LocalExchange, kind: str, status: int) -> None:
    fail(server, kind=kind, seconds=7)
    with pytest.raises(InvalidStatus) as refused, connect(address(server)):
        pass
    assert refused.value.response.status_code == status
    if kind == "banned":
        assert refused.value.response.headers["retry-after"] == "7"
