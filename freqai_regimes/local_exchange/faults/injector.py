"""Stands between the socket and the exchange, and lets requests fail as the plan says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from freqai_regimes.local_exchange.clock import Clock
from freqai_regimes.local_exchange.faults.answers import error_answer, false_data
from freqai_regimes.local_exchange.faults.plan import DATA_FAULTS, FaultPlan, FaultRule

#: The exchange's own doors are never disturbed.
UNDISTURBED = ("/clock", "/audit", "/events", "/faults")
Tell = Callable[..., None]


@dataclass
class _Answer:
    """An answer of the application, kept back."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def take(self, message: Message) -> None:
        """Collect what the application sends."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", []))
        else:
            self.body += message.get("body", b"")


class FaultInjector:
    """Wraps the application; ``tell`` gets each fault: exchange time, what, where."""

    def __init__(self, app: ASGIApp, plan: FaultPlan, clock: Clock, tell: Tell) -> None:
        self.app = app
        self.plan = plan
        self.clock = clock
        self.tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or let it fail."""
        if scope["type"] != "http" or scope["path"] in UNDISTURBED or not self.plan.rules:
            await self.app(scope, receive, send)
            return
        body = await _read(receive)
        text = scope["query_string"].decode() + body.decode(errors="replace")
        rule = self.plan.choose(scope["method"], scope["path"], text, self.clock.now_ms())
        again = _replay(body, receive)
        gone = self.plan.delisted(self.clock.now_ms())
        if rule is None and gone:
            await self._without(gone, scope, text, again, send)
            return
        if rule is None:
            await self.app(scope, again, send)
            return
        self.tell(
            self.clock.now_ms(), "fault", kind=rule.kind, code=rule.code, executed=rule.executed,
            method=scope["method"], path=scope["path"],
        )  # fmt: skip
        await self._fail(rule, scope, again, send)

    async def _without(
        self, gone: set[str], scope: Scope, text: str, receive: Receive, send: Send
    ) -> None:
        """Serve a request while some markets are closed for good."""
        if scope["method"] == "POST" and any(f"symbol={symbol}" in text for symbol in gone):
            body = json.dumps({"code": -1013, "msg": "Market is closed."}).encode()
            await _send(send, 400, [(b"content-type", b"application/json")], body)
            return
        if not scope["path"].endswith("/exchangeInfo"):
            await self.app(scope, receive, send)
            return
        answer = _Answer()
        await self.app(scope, receive, answer.take)
        data = json.loads(answer.body)
        for symbol in data.get("symbols", []):
            symbol["status"] = "BREAK" if symbol["symbol"] in gone else symbol["status"]
        await _send(send, answer.status, answer.headers, json.dumps(data).encode())

    async def _fail(self, rule: FaultRule, scope: Scope, receive: Receive, send: Send) -> None:
        if rule.kind == "latency":
            await asyncio.sleep(rule.seconds)
            await self.app(scope, receive, send)
            return
        answer = _Answer()
        if rule.executed or rule.kind in DATA_FAULTS:
            await self.app(scope, receive, answer.take)
        if rule.kind == "reset":
            await _reset(send)
        elif rule.kind in DATA_FAULTS:
            await _send(send, answer.status, answer.headers, _falsify(rule, answer))
        else:
            status, headers, body = error_answer(rule)
            pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
            await _send(send, status, pairs, body)


def _falsify(rule: FaultRule, answer: _Answer) -> bytes:
    if answer.status != 200:
        return answer.body
    return json.dumps(false_data(rule, json.loads(answer.body))).encode()


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body once more, then what comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    kept = [pair for pair in headers if pair[0].lower() != b"content-length"]
    kept.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": kept})
    await send({"type": "http.response.body", "body": body})


async def _reset(send: Send) -> None:
    """Break the connection without an answer."""
    cycle: Any = getattr(send, "__self__", None)
    transport = getattr(cycle, "transport", None)
    if transport is None:
        raise ConnectionResetError("reset by the fault plan")
    transport.abort()
    await asyncio.sleep(0)
