"""What goes wrong on an open web socket: silence, false candles, late ones, a broken connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from starlette.types import Message, Send

from freqai_regimes.local_exchange.faults import wire
from freqai_regimes.local_exchange.faults.rule import FaultRule


class DisturbedSocket:
    """Stands before one open socket; ``choose`` gives the fault that an event meets.

    A false candle is told right before the next event, since a stream tells each only once.
    """

    def __init__(self, send: Send, choose: Callable[[str], FaultRule | None]) -> None:
        self._send = send
        self._choose = choose
        self._owed: list[Message] = []

    async def send(self, message: Message) -> None:
        """Pass a message on, or what the fault makes of it."""
        event = _event(message)
        rule = None if event is None else self._choose(message["text"])
        if event is not None:
            owed, self._owed = self._owed, []
            for each in owed:
                await self._send(each)
        if event is None or rule is None or rule.kind == "clock_skew":
            await self._send(message)
        elif rule.kind == "latency":
            await asyncio.sleep(rule.seconds)
            await self._send(message)
        elif rule.kind == "revised_candle":
            self._owed.append(message)
            candle = {**event["k"], "c": event["k"]["h"]}
            await self._send({**message, "text": json.dumps({**event, "k": candle})})
        elif rule.kind == "missing_candle":
            if not event["k"]["x"]:
                await self._send(message)
        elif rule.kind not in ("stale_candles", "empty_candles"):
            await wire.break_off(self._send)


def _event(message: Message) -> dict[str, dict[str, object]] | None:
    """The candle event that a message is, None for another one."""
    if message["type"] != "websocket.send" or '"kline"' not in (message.get("text") or ""):
        return None
    event: dict[str, dict[str, object]] = json.loads(message["text"])
    return event
