"""Answers kept back, given or broken off, as messages between web server and application (ASGI)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Message, Receive, Send


@dataclass
class KeptAnswer:
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


async def read_body(receive: Receive) -> bytes:
    """Body of a request."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def replay(body: bytes, receive: Receive) -> Receive:
    """Give the body once more, then what comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def answer(
    send: Send,
    status: int,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
    *,
    prefix: str = "",
) -> None:
    """Give an answer; ``prefix`` is ``websocket.`` for one that refuses a web socket."""
    kept = [pair for pair in headers if pair[0].lower() != b"content-length"]
    kept.append((b"content-length", str(len(body)).encode()))
    start = f"{prefix}http.response"
    await send({"type": f"{start}.start", "status": status, "headers": kept})
    await send({"type": f"{start}.body", "body": body})


async def break_off(send: Send) -> None:
    """Break the connection without an answer."""
    cycle: Any = getattr(send, "__self__", None)
    transport = getattr(cycle, "transport", None)
    if transport is None:
        raise ConnectionResetError("reset by the fault plan")
    transport.abort()
    await asyncio.sleep(0)
