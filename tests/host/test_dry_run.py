"""The real ``freqtrade trade`` in dry-run, retraining on FreqAI's own thread, candle by candle."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from freqai_regimes.local_exchange.freqtrade_config import exchange_overlay
from freqai_regimes.local_exchange.server import LocalExchange
from freqai_regimes.userdir import shipped_folder
from tests.host import stepped_trade
from tests.host.small_run import small_config, small_market

STEP = 300
TROUBLE = re.compile(r" - (ERROR|CRITICAL) - .*|Traceback.*")


@dataclass(frozen=True)
class Traded:
    """What a stepped run left behind."""

    log: str
    predictions: dict[str, list[dict[str, Any]]]
    trainings: list[dict[str, int]]
    trades: list[tuple[str, int, str]]

    def trained(self, pair: str) -> list[int]:
        """Moments at which the pair's model changed, after the first new candle."""
        stamps = [step.get(pair, 0) for step in self.trainings]
        return sorted({stamp for stamp in stamps[1:] if stamp and stamp != stamps[0]})


def trade(
    folder: Path,
    *,
    candles: int,
    mend: bool = True,
    changes: dict[str, Any] | None = None,
    actions: Sequence[dict[str, Any]] = (),
) -> Traded:
    """Trade so many candles of the small market, from its third day on."""
    folder.mkdir(parents=True, exist_ok=True)
    datadir = small_market(folder / "market")
    userdir, bot_data = folder / "user_data", folder / "bot_data"
    userdir.mkdir(exist_ok=True)
    bot_data.mkdir(exist_ok=True)
    start = "2024-01-03T12:00:02+00:00"
    with LocalExchange(datadir, clock="set", start=start) as exchange:
        overlay = exchange_overlay(exchange.url, futures=False)
        overlay["db_url"] = f"sqlite:///{folder / 'trades.sqlite'}"
        overlay["exchange"]["pair_whitelist"] = ["BTC/USDT", "ETH/USDT"]
        path = folder / "overlay.json"
        path.write_text(json.dumps(overlay))
        arguments = ["trade", "--strategy", "RegimeStrategy", "--freqaimodel", "RegimeLightGBM"]
        arguments += ["--strategy-path", str(shipped_folder() / "strategies")]
        arguments += ["--freqaimodel-path", str(shipped_folder() / "freqaimodels")]
        arguments += ["--userdir", str(userdir), "--datadir", str(bot_data)]
        for config in (*small_config(folder, changes or {}), path):
            arguments += ["--config", str(config)]
        plan = {
            "url": exchange.url,
            "start": start,
            "candles": candles,
            "timeframe_seconds": STEP,
            "arguments": arguments,
            "mend": mend,
            "actions": list(actions),
            "answer": str(folder / "answer.json"),
        }
        (folder / "plan.json").write_text(json.dumps(plan))
        done = stepped_trade.run(folder / "plan.json")
    log = done.stderr + done.stdout
    assert done.returncode == 0, log[-4000:]
    answer = json.loads((folder / "answer.json").read_text())
    with sqlite3.connect(folder / "trades.sqlite") as database:
        rows = database.execute("SELECT pair, is_open, enter_tag FROM trades").fetchall()
    return Traded(log, answer["predictions"], answer["trainings"], rows)


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Traded:
    return trade(tmp_path_factory.mktemp("dry-run"), candles=30)


def test_no_error_is_logged(traded: Traded) -> None:
    assert TROUBLE.findall(traded.log) == []


def test_models_are_retrained_on_the_live_thread(traded: Traded) -> None:
    for pair in ("BTC/USDT", "ETH/USDT"):
        assert len(traded.trained(pair)) >= 3, traded.trainings


def test_windows_end_on_candle_boundaries(traded: Traded) -> None:
    stamps = [stamp for step in traded.trainings for stamp in step.values()]
    assert any(stamps)
    assert all(stamp % STEP == 0 for stamp in stamps)


def test_every_candle_after_the_first_has_a_trusted_prediction(traded: Traded) -> None:
    for pair in ("BTC/USDT", "ETH/USDT"):
        rows = traded.predictions[pair][-28:]
        assert [row["do_predict"] for row in rows] == [1] * 28
        dates = [row["date_pred"] for row in rows]
        assert len(set(dates)) == 28
        assert all(row["model_version"] > 0 for row in rows)
        assert len({row["&-forward_return"] for row in rows}) > 20


def test_it_enters_and_exits(traded: Traded) -> None:
    assert any(not is_open for _, is_open, _ in traded.trades), traded.trades
    assert all(tag.split(" ")[0] in ("bull", "sideways", "bear") for _, _, tag in traded.trades)


def test_without_the_mend_live_training_fails(tmp_path: Path) -> None:
    every_candle = {"freqai": {"live_retrain_hours": 0.01}}
    broken = trade(tmp_path / "broken", candles=3, mend=False, changes=every_candle)
    assert "raised exception" in broken.log
    assert re.search(r"merge on object and datetime64|only use \.dt accessor", broken.log)
