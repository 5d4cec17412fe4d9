"""A picture that cannot be sent costs a line in the log: no message, no loop, and no token."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pandas as pd
import pytest

from freqai_regimes.freqtrade_bridge import announcements, picture
from freqai_regimes.freqtrade_bridge.candle_messages import CandleMessages
from freqai_regimes.freqtrade_bridge.picture import send_in_background
from freqai_regimes.freqtrade_bridge.told import Told
from freqai_regimes.messages.options import MessageSettings
from tests.host.telegram_server import CHAT, TelegramServer

TOKEN = "123456:made-up-token"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG made up")
    return tmp_path / "picture.png"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TelegramServer]:
    with TelegramServer() as running:
        monkeypatch.setattr(picture, "TELEGRAM", running.url)
        yield running


def telegram(**more: Any) -> dict[str, Any]:
    return {"telegram": {"enabled": True, "token": TOKEN, "chat_id": str(CHAT), **more}}


def test_it_arrives_whole(path: Path, server: TelegramServer) -> None:
    thread = send_in_background(path, telegram(topic_id=7), "BTC/USDT")
    assert thread is not None
    thread.join(20)
    assert server.photos == [b"\x89PNG made up"]


@pytest.mark.parametrize("config", [{}, telegram(enabled=False)], ids=["absent", "off"])
def test_without_telegram_nothing_is_sent(path: Path, config: dict[str, Any]) -> None:
    assert send_in_background(path, config, "BTC/USDT") is None


def test_a_refusal_is_logged_without_the_token(
    path: Path,
    server: TelegramServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(picture, "TELEGRAM", f"{server.url}/elsewhere")
    thread = send_in_background(path, telegram(), "BTC/USDT")
    assert thread is not None
    thread.join(20)
    lines = [line for line in caplog.messages if "picture" in line]
    assert lines == ["Telegram did not take a picture: HTTP 404."]


@pytest.mark.parametrize("token", [TOKEN, "line\nbreak"], ids=["nobody there", "no address"])
def test_what_goes_wrong_on_the_way_is_logged_without_the_token(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, token: str
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setattr(picture, "TELEGRAM", url)
    thread = send_in_background(path, telegram(token=token), "BTC/USDT")
    assert thread is not None
    thread.join(20)
    (line,) = [line for line in caplog.messages if "picture" in line]
    assert line.startswith("A picture could not be sent (") and token not in line


def test_the_message_goes_out_without_its_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(*_: Any) -> Path:
        return tmp_path / "gone.png"

    monkeypatch.setattr(picture, "draw", gone)
    announcements._waiting.clear()
    settings = MessageSettings(score="icons", picture_candles=20, send_pictures=True)
    config = {"timeframe": "5m", "user_data_dir": tmp_path, **telegram()}
    strategy = SimpleNamespace(config=config, dp=SimpleNamespace(market=lambda pair: None))
    dates = pd.date_range("2025-06-01 12:00", periods=2, freq="5min", tz="UTC")
    frame = pd.DataFrame({"date": dates, "close": 100.5, "score": 0.3, "regime": 1.0})
    monkeypatch.setattr("freqtrade.persistence.Trade.use_db", False)
    CandleMessages(settings, strategy, Told()).look("BTC/USDT", frame)
    assert [each.text for each in announcements._waiting] == ["₿ 100.5 📈📈📈 Score: +0.30"]
    assert "The picture of BTC/USDT could not be made or sent." in caplog.messages


def test_slow_sending_holds_nobody_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    go, sent = threading.Event(), []

    def slow(*_: Any, **__: Any) -> httpx.Response:
        assert go.wait(20)
        sent.append(1)
        return httpx.Response(200)

    monkeypatch.setattr(picture.httpx, "post", slow)
    thread = send_in_background(path, telegram(), "BTC/USDT")
    assert thread is not None and thread.daemon and sent == []
    go.set()
    thread.join(20)
    assert sent == [1]
