"""A small Bot API on loopback: what the bot sends is kept, what a user writes is handed out."""

from __future__ import annotations

import asyncio
import email
import socket
import threading
import time
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from fastapi import FastAPI, Request

CHAT = 4711
BOT = {"id": 1, "is_bot": True, "first_name": "soak", "username": "soak_bot"}


def read_form(kind: str, body: bytes) -> dict[str, Any]:
    """Fields of a form: texts, and bytes of files."""
    if not kind.startswith("multipart/"):
        return dict(parse_qsl(body.decode()))
    message = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    fields: dict[str, Any] = {}
    for part in message.get_payload():
        assert isinstance(part, Message)
        content = part.get_payload(decode=True)
        name = str(part.get_param("name", header="content-disposition"))
        fields[name] = content if part.get_filename() else bytes(content).decode()
    return fields


@dataclass
class TelegramServer:
    """Answers getMe, getUpdates, sendMessage, sendPhoto and what else python-telegram-bot asks."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    photos: list[bytes] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)

    def say(self, text: str, chat: int = CHAT) -> None:
        """A user writes a command."""
        entity = {"type": "bot_command", "offset": 0, "length": len(text.split(" ")[0])}
        message = {
            "message_id": len(self.updates) + 1,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private"},
            "from": {"id": chat, "is_bot": False, "first_name": "user"},
            "text": text,
            "entities": [entity],
        }
        self.updates.append({"update_id": len(self.updates) + 1, "message": message})

    def texts(self) -> list[str]:
        """Texts of all messages, oldest first."""
        return [str(message["text"]) for message in list(self.sent)]

    def wait_for(self, part: str, seconds: float = 90.0) -> str:
        """The first message that holds a text; fails if none comes in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for text in self.texts():
                if part in text:
                    return text
            time.sleep(0.05)
        raise AssertionError(f"no message with {part!r} among {self.texts()}")

    def __enter__(self) -> TelegramServer:
        app = FastAPI()

        @app.api_route("/bot{token}/{method}", methods=["GET", "POST"])
        async def answer(token: str, method: str, request: Request) -> dict[str, Any]:
            kind, body = request.headers.get("content-type", ""), await request.body()
            result = self._result(method, read_form(kind, body))
            if method == "getUpdates" and not result:
                await asyncio.sleep(0.3)  # the bot asks again at once
            return {"ok": True, "result": result}

        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="critical", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def _result(self, method: str, form: dict[str, Any]) -> Any:
        if method == "getMe":
            return BOT
        if method == "getUpdates":
            first = int(form.get("offset") or 0)
            return [update for update in self.updates if update["update_id"] >= first]
        if method == "sendPhoto":
            self.photos.append(form.pop("photo"))
        if method in ("sendMessage", "sendPhoto"):
            self.sent.append({"text": form.get("text", form.get("caption", "")), **form})
            return {
                "message_id": len(self.sent),
                "date": int(time.time()),
                "chat": {"id": CHAT, "type": "private"},
                "text": str(form.get("text", "")),
            }
        return True
