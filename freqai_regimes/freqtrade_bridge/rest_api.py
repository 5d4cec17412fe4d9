"""Freqtrade's REST API: on this computer only and with generated secrets, or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from freqai_regimes.errors import SettingsError

FILE = "api_server.json"
LOOPBACK, DEFAULT_PORT = "127.0.0.1", 8080
USER = "regimes"
SHORTEST_PASSWORD, SHORTEST_SECRET = 12, 32
#: Of freqtrade's documents, templates and examples: everybody knows them.
KNOWN_SECRETS = frozenset(
    {
        *("", "freqtrader", "freqtrade", "supersecurepassword", "supersecret", "super-secret"),
        *("somethingrandom", "somethingrandomsomethingrandom123", "password", "changeme"),
        *("samevalueasabove", "strongpassword", "<password>"),
    }
)


def generated_file(userdir: Path) -> Path:
    """Configuration with the API switched on and secrets that only this user can read.

    It is made once, and kept: a second start has the same password. What a freqtrade configuration
    may say of ``api_server`` can be changed in it.

    Raises
    ------
    SettingsError
        If it cannot be made or read.
    """
    path = userdir / FILE
    try:
        if not path.exists():
            _make(path)
        path.chmod(0o600)
        section = json.loads(path.read_text())["api_server"]
        refuse_open_api({"api_server": section})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"{path} cannot be used ({type(error).__name__}): it must hold an api_server section. "
            "Remove it, and it is made anew."
        ) from error
    return path


def address(path: Path, port: int | None) -> str:
    """Where the API of such a file listens."""
    section = json.loads(path.read_text())["api_server"]
    return f"http://{section['listen_ip_address']}:{port or section['listen_port']}"


def refuse_open_api(config: dict[str, Any]) -> None:
    """Refuse an API that others can reach with secrets that others know.

    Raises
    ------
    SettingsError
        If it listens beyond loopback and password or token key are absent, short or well known.
    """
    section = config.get("api_server") or {}
    if not section.get("enabled") or _is_loopback(str(section.get("listen_ip_address"))):
        return
    where = f"api_server.listen_ip_address {section.get('listen_ip_address')!r}"
    tokens = section.get("ws_token") or []
    wanted = [
        ("password", section.get("password"), SHORTEST_PASSWORD),
        ("jwt_secret_key", section.get("jwt_secret_key"), SHORTEST_SECRET),
        *(
            ("ws_token", token, SHORTEST_PASSWORD)
            for token in ([tokens] if isinstance(tokens, str) else tokens)
        ),
    ]
    for name, value, shortest in wanted:
        if len(str(value or "")) < shortest or str(value).lower() in KNOWN_SECRETS:
            raise SettingsError(
                f"{where} can be reached from outside, and api_server.{name} is empty, well known "
                f"or shorter than {shortest} characters: set another one, or listen on {LOOPBACK}."
            )


def _is_loopback(text: str) -> bool:
    if text == "localhost":
        return True
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False


def _make(path: Path) -> None:
    """Write the file so that nobody else can read it at any moment; one that is there stays."""
    section = {
        **{"enabled": True, "listen_ip_address": LOOPBACK, "listen_port": DEFAULT_PORT},
        **{"verbosity": "error", "enable_openapi": False, "CORS_origins": []},
        **{"username": USER, "password": secrets.token_urlsafe(24)},
        **{"jwt_secret_key": secrets.token_hex(32), "ws_token": secrets.token_urlsafe(32)},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        json.dump({"api_server": section}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    try:
        with contextlib.suppress(FileExistsError):
            os.link(part, path)
    finally:
        part.unlink()
