"""Web sockets as Binance has them for candles: subscribe to streams, be told of each candle."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from contextlib import suppress
from dataclasses import dataclass, field

from fastapi import FastAPI
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from freqai_regimes.candles import FUTURES, SPOT
from freqai_regimes.local_exchange.ask import Ask
from freqai_regimes.local_exchange.candle_store import CandleStore
from freqai_regimes.local_exchange.clock import Clock
from freqai_regimes.local_exchange.klines import kline_events
from freqai_regimes.local_exchange.market_answers import Json
from freqai_regimes.local_exchange.refusal import Refusal

logger = logging.getLogger(__name__)

#: ccxt takes an address with ``/stream`` in it for spot, and puts ``market`` into that of futures.
SOCKET_PATHS = {
    "/stream/ws": SPOT,
    "/stream/ws/{number}": SPOT,
    "/fstream/market/ws": FUTURES,
    "/fstream/market/ws/{number}": FUTURES,
}
UPDATE_MS = 2000
MINUTE_MS = 60_000
#: Longest real time that a movement of the clock waits for sockets to be told.
MOST_PUSH_SECONDS = 2.0
_STREAM = re.compile(r"([a-z0-9_.-]{1,20})@kline_([0-9]{1,2}[smhdwM])")


@dataclass
class CandleFeed:
    """All open sockets over one store and clock; ``push`` tells them what has become known."""

    store: CandleStore
    clock: Clock
    open: set[CandleSocket] = field(default_factory=set)

    async def push(self) -> None:
        """Tell every socket; one that does not take it in time is told later."""
        if self.open:
            pushes = [asyncio.create_task(each.push()) for each in self.open]
            await asyncio.wait(pushes, timeout=MOST_PUSH_SECONDS)


class CandleSocket:
    """One connection of a client: the streams it wants, and until when it was told of each."""

    def __init__(self, socket: WebSocket, feed: CandleFeed, kind: str) -> None:
        self.socket = socket
        self.feed = feed
        self.kind = kind
        self.told: dict[str, int | None] = {}
        self._one_at_a_time = asyncio.Lock()

    async def serve(self) -> None:
        """Answer until the connection ends."""
        await self.socket.accept()
        self.feed.open.add(self)
        ticking = asyncio.create_task(self._tick())
        try:
            while True:
                await self._answer(await self.socket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            self.feed.open.discard(self)
            ticking.cancel()

    async def push(self) -> None:
        """Send what has become known of every stream since it was last told."""
        async with self._one_at_a_time:
            now = self.feed.clock.now_ms()
            for stream, told in list(self.told.items()):
                if told is None or told < now:
                    self.told[stream] = now
                    for event in self._events(stream, told, now):
                        await self._send(event)

    async def _tick(self) -> None:
        """Push every two seconds, and as soon as a minute has passed, since candles close then."""
        while True:
            now = self.feed.clock.now_ms()
            await asyncio.sleep(min(UPDATE_MS, MINUTE_MS - now % MINUTE_MS + 1) / 1000)
            await self.push()

    def _events(self, stream: str, told: int | None, now: int) -> list[Json]:
        symbol, timeframe = stream.split("@kline_")
        ask = Ask(self.feed.store, self.kind, now, {})
        try:
            return kline_events(ask, ask.named(symbol.upper()), timeframe, told)
        except Refusal as refusal:
            if told is None:
                logger.warning("Nothing to tell of %s: %s", stream, refusal.message)
            return []

    async def _answer(self, text: str) -> None:
        """Do what a message asks for, as Binance answers it."""
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            await self._send({"error": {"code": 3, "msg": "Invalid JSON: expected an object."}})
            return
        number, method = message.get("id"), message.get("method")
        streams = message.get("params", [])
        if method == "LIST_SUBSCRIPTIONS":
            await self._send({"result": sorted(self.told), "id": number})
        elif method not in ("SUBSCRIBE", "UNSUBSCRIBE"):
            await self._refuse(number, f"unknown method {method!r}")
        elif not _are_streams(streams):
            await self._refuse(number, f"params {streams!r} are not like ['btcusdt@kline_5m']")
        elif method == "SUBSCRIBE":
            self.told |= {stream: None for stream in streams if stream not in self.told}
            await self._send({"result": None, "id": number})
            await self.push()
        else:
            self.told = {name: told for name, told in self.told.items() if name not in streams}
            await self._send({"result": None, "id": number})

    async def _refuse(self, number: Json, reason: str) -> None:
        error = {"code": 2, "msg": f"Invalid request: {reason}"}
        await self._send({"error": error, "id": number})

    async def _send(self, data: Json) -> None:
        if self.socket.application_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect):
                await self.socket.send_text(json.dumps(data))


def add_sockets(app: FastAPI, feed: CandleFeed) -> None:
    """Serve ``SOCKET_PATHS``."""

    def endpoint(kind: str) -> object:
        async def serve(socket: WebSocket) -> None:
            await CandleSocket(socket, feed, kind).serve()

        return serve

    for path, kind in SOCKET_PATHS.items():
        app.add_api_websocket_route(path, endpoint(kind))  # type: ignore[arg-type]


def _are_streams(names: Json) -> bool:
    return isinstance(names, list) and all(
        isinstance(name, str) and _STREAM.fullmatch(name) for name in names
    )
