"""Stands between the socket and the exchange, and lets requests fail as the plan says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from freqai_regimes.local_exchange.clock import Clock
from freqai_regimes.local_exchange.faults import wire
from freqai_regimes.local_exchange.faults.answers import (
    STATUS_PATH,
    error_answer,
    false_data,
    system_under_maintenance,
)
from freqai_regimes.local_exchange.faults.plan import FaultPlan
from freqai_regimes.local_exchange.faults.rule import DATA_FAULTS, SOCKET, FaultRule
from freqai_regimes.local_exchange.faults.socket_faults import DisturbedSocket

#: The exchange's own doors are never disturbed.
UNDISTURBED = ("/clock", "/audit", "/events", "/faults")
Tell = Callable[..., None]


class FaultInjector:
    """Wraps the application; ``tell`` gets each fault: exchange time, what, where."""

    def __init__(self, app: ASGIApp, plan: FaultPlan, clock: Clock, tell: Tell) -> None:
        self.app = app
        self.plan = plan
        self.clock = clock
        self.tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or web socket, or let it fail."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["path"] in UNDISTURBED or not self.plan.rules:
            await self.app(scope, receive, send)
        else:
            body = await wire.read_body(receive)
            text = scope["query_string"].decode() + body.decode(errors="replace")
            rule = self._choose(scope["method"], scope["path"], text)
            again = wire.replay(body, receive)
            if rule is None:
                await self.app(scope, again, send)
            else:
                await self._fail(rule, scope, again, send)

    def _choose(self, method: str, path: str, text: str) -> FaultRule | None:
        now = self.clock.now_ms()
        rule = self.plan.choose(method, path, text, now)
        if rule is not None:
            self.tell(
                now, "fault", kind=rule.kind, code=rule.code, executed=rule.executed,
                method=method, path=path,
            )  # fmt: skip
        return rule

    async def _fail(self, rule: FaultRule, scope: Scope, receive: Receive, send: Send) -> None:
        if rule.kind == "latency":
            await asyncio.sleep(rule.seconds)
            await self.app(scope, receive, send)
            return
        if rule.kind == "clock_skew":
            scope.setdefault("state", {})["skew_ms"] = round(rule.seconds * 1000)
        kept = wire.KeptAnswer()
        if rule.executed or rule.kind in DATA_FAULTS:
            await self.app(scope, receive, kept.take)
        if rule.kind == "reset":
            await wire.break_off(send)
        elif rule.kind in DATA_FAULTS:
            await wire.answer(send, kept.status, kept.headers, _falsify(rule, kept))
        elif rule.kind == "maintenance" and scope["path"] == STATUS_PATH:
            await wire.answer(send, *system_under_maintenance())
        else:
            await wire.answer(send, *error_answer(rule))

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a web socket be opened or not; what is said on it later can fail, too."""
        path, query = scope["path"], scope["query_string"].decode()
        rule = self._choose("GET", path, query)
        if rule is not None and rule.kind == "reset":
            await wire.break_off(send)
            return
        if rule is not None and rule.kind == "latency":
            await asyncio.sleep(rule.seconds)
        elif rule is not None and rule.kind not in DATA_FAULTS:
            await wire.answer(send, *error_answer(rule), prefix="websocket.")
            return
        disturbed = DisturbedSocket(send, lambda text: self._choose(SOCKET, path, text))
        await self.app(scope, receive, disturbed.send)


def _falsify(rule: FaultRule, kept: wire.KeptAnswer) -> bytes:
    if kept.status != 200:
        return kept.body
    return json.dumps(false_data(rule, json.loads(kept.body))).encode()
