"""The real bot in dry-run and a Bot API on loopback: messages arrive, commands are answered."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from freqai_regimes.local_exchange import LocalExchange, exchange_overlay
from freqai_regimes.synthetic_market import MarketSpec, build_market
from tests.host.telegram_server import CHAT, TelegramServer

pytest.importorskip("matplotlib", reason="the extra 'pictures' is not installed")
ROOT = Path(__file__).parents[2]
TOKEN = "123456:made-up-token"
#: Rows of buttons, as the page shows them.
_, _BUTTONS = re.findall(r"```json\n(.*?)```", (ROOT / "docs/messages.md").read_text(), re.DOTALL)
KEYBOARD: list[list[str]] = json.loads(_BUTTONS)["telegram"]["keyboard"]


def config(server: LocalExchange, folder: Path) -> Path:
    overlay = exchange_overlay(server.url, futures=False)
    pricing = {"price_side": "other", "use_order_book": True, "order_book_top": 1}
    content: dict[str, Any] = {
        **overlay,
        **{"dry_run": True, "dry_run_wallet": 1000, "initial_state": "running"},
        **{"timeframe": "5m", "stake_currency": "USDT", "stake_amount": 100},
        **{"max_open_trades": 0, "entry_pricing": pricing, "exit_pricing": pricing},
        **{"stoploss": -0.1, "startup_candle_count": 30, "db_url": f"sqlite:///{folder}/t.sqlite"},
        "exchange": {**overlay["exchange"], "pair_whitelist": ["BTC/USDT"], "pair_blacklist": []},
        "pairlists": [{"method": "StaticPairList"}],
        "internals": {"process_throttle_secs": 1},
        "telegram": {
            **{"enabled": True, "token": TOKEN, "chat_id": str(CHAT)},
            **{"allow_custom_messages": True, "notification_settings": {"strategy_msg": "on"}},
            "keyboard": KEYBOARD,
        },
        "regimes": {
            "regime": {
                **{"timeframe": "5m", "average_candles": 12, "average_band": 0.0005},
                **{"change_candles": 4, "confirmation_candles": 1},
            },
            "volatility": {"half_life_candles": 6},
            "messages": {
                **{"score": "bands", "score_column": "regime", "picture_candles": 60},
                **{"send_pictures": True},
                "bands": {
                    "positive_bands": [{"edge": 0.5, "sign": "〉", "text": "UP"}],
                    "negative_bands": [{"edge": -0.5, "sign": "〈", "text": "DOWN"}],
                },
            },
        },
    }
    path = folder / "config.json"
    path.write_text(json.dumps(content))
    return path


def start(telegram: TelegramServer, path: Path, folder: Path, log: Any) -> subprocess.Popen[bytes]:
    # Under pytest freqtrade leaves out its own levels of logging, one of which hides the token.
    usual = {name: value for name, value in os.environ.items() if name != "PYTEST_VERSION"}
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.host.telegram_trade", telegram.url, "trade"),
            *("--config", str(path), "--userdir", str(folder), "--strategy", "RegimeStrategy"),
            *("--strategy-path", str(ROOT / "strategies")),
        ],
        stdout=log,
        stderr=log,
        cwd=ROOT,
        env={**usual, "NO_PROXY": "*", "PYTHONPATH": str(ROOT)},
    )


def stop(bot: subprocess.Popen[bytes]) -> None:
    """Stop it as a user does; how it stops is tested elsewhere."""
    bot.send_signal(signal.SIGINT)
    try:
        bot.wait(timeout=30)
    except subprocess.TimeoutExpired:
        bot.kill()
        bot.wait()


def test_messages_and_commands(tmp_path: Path) -> None:
    spec = MarketSpec(pairs=("BTC/USDT",), timeframe="5m", timeframes=("5m",), days=30)
    build_market(spec, tmp_path / "data")
    log_path = tmp_path / "bot.log"
    with (
        log_path.open("w") as log,
        TelegramServer() as telegram,
        LocalExchange(tmp_path / "data") as server,
    ):
        path = config(server, tmp_path)
        bot = start(telegram, path, tmp_path, log)
        try:
            told = telegram.wait_for("Indicator: ")
            assert told.split(" ")[0] in ("〉", "〈", "₿")
            assert "plot/BTC" in told
            telegram.wait_for("BTC/USDT")  # the caption of the picture
            assert telegram.photos and telegram.photos[0].startswith(b"\x89PNG")
            for command, answer in (
                ("/status", "no active trade"),
                ("/profit", "No"),
                ("/stopentry", "no more entries"),
                ("/show_config", "RegimeStrategy"),
            ):
                telegram.say(command, chat=99)  # a stranger is not answered
                telegram.say(command)
                telegram.wait_for(answer)
            shown = json.loads(telegram.sent[-1]["reply_markup"])["keyboard"]
            assert [[button["text"] for button in row] for row in shown] == KEYBOARD
        finally:
            stop(bot)
        count = sum("Indicator: " in text for text in telegram.texts())
        candles = len({text.split("Indicator")[0] for text in telegram.texts() if "Indic" in text})
        assert count == candles <= 2
        bot = start(telegram, path, tmp_path, log)
        try:
            telegram.say("/version")
            telegram.wait_for("Version")
        finally:
            stop(bot)
        again = sum("Indicator: " in text for text in telegram.texts())
        assert again <= count + 1  # a candle may have closed since, none is told twice
    assert "could not be told" not in log_path.read_text()
    written = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert [each for each in written if TOKEN.encode() in each.read_bytes()] == [path]
