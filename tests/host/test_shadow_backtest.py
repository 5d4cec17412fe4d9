"""``freqai-regimes shadow-backtest`` on a bot that has really run, with its record and without."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from freqai_regimes.cli.main import main
from freqai_regimes.cli.run_config import config_files
from freqai_regimes.evaluation.record import read_record
from freqai_regimes.freqtrade_bridge.backtest_result import read_backtest_result
from freqai_regimes.freqtrade_bridge.bot_database import read_bot_database
from freqai_regimes.freqtrade_bridge.bot_history import (
    identifier_folders,
    read_bot_history,
    training_stops,
)
from freqai_regimes.freqtrade_bridge.shadow_sides import Shadow, bot_side, shadow_side
from freqai_regimes.model_life.registry import ROOT
from freqai_regimes.parity.causes import ALLOWED, Cause
from freqai_regimes.parity.compare import compare
from tests.host.test_dry_run import trade

CANDLES = 15
NOON = pd.Timestamp("2024-01-03 12:00", tz="UTC")
STEP = pd.Timedelta(minutes=5)
PAIRS = ["BTC/USDT", "ETH/USDT"]


@dataclass(frozen=True)
class Shadowed:
    """What the command left behind."""

    folder: Path
    run: Path
    code: int
    told: dict[str, Any]


def shadow(folder: Path, *options: str) -> Shadowed:
    """Run the command on the bot's folder."""
    words = ["shadow-backtest", "--strategy", "RegimeStrategy"]
    words += ["--userdir", str(folder / "user_data"), "--datadir", str(folder / "market")]
    shipped = config_files("intraday-5m", futures=False, model=True)
    for path in (*shipped, folder / "small.json", folder / "overlay.json"):
        words += ["--config", str(path)]
    runs = folder / "user_data" / "runs"
    before = set(runs.iterdir()) if runs.is_dir() else set()
    code = main([*words, "--json", str(folder / "told.json"), *options])
    (run,) = set(runs.iterdir()) - before
    return Shadowed(folder, run, code, json.loads((folder / "told.json").read_text()))


@pytest.fixture(scope="module")
def shadowed(tmp_path_factory: pytest.TempPathFactory) -> Shadowed:
    folder = tmp_path_factory.mktemp("shadow")
    changes = {
        "freqai": {"live_retrain_hours": 0.5},
        "regimes": {"record": str(folder / "record")},
    }
    trade(folder, candles=CANDLES, changes=changes)
    return shadow(folder)


def test_nothing_differs_but_what_cannot_be_avoided(shadowed: Shadowed) -> None:
    told = shadowed.told
    assert shadowed.code == 0 and told["passed"]
    roots = {each["root"] or each["cause"] for each in told["differences"]}
    assert roots == {Cause.FIRST_CANDLE, Cause.SPREAD}
    assert roots <= {str(cause) for cause in ALLOWED}
    counted = told["counted"]
    assert counted["prediction"]["compared"] >= 6 * 2 * CANDLES
    assert counted["training"]["compared"] >= 4 and counted["training"]["differing"] == 0
    assert counted["signal"]["compared"] == 2 * 2 * CANDLES and counted["trade"]["compared"] >= 2
    first = {each["date"] for each in told["differences"] if each["kind"] == "prediction"}
    assert first == {NOON.isoformat()}


def test_money_and_page(shadowed: Shadowed) -> None:
    told = shadowed.told
    lost = told["profit"]["live"] - told["profit"]["backtest"]
    assert lost < 0 and told["money"] == pytest.approx(lost, abs=0.01)  # rounded by the export
    assert sum(told["money_by_cause"].values()) == pytest.approx(told["money"])
    page = (shadowed.run / "shadow.html").read_text()
    assert "spread in the fill price" in page and "Profit of closed trades" in page


def test_without_its_record_freqais_history_tells_the_predictions(shadowed: Shadowed) -> None:
    userdir = shadowed.folder / "user_data"
    models = identifier_folders(userdir / "models", "small")
    assert len(models) == 1  # the shadow's own have another name
    registry = userdir / ROOT / models[0].name
    assert training_stops(registry)[0] == NOON
    history = read_bot_history(None, models[0], PAIRS, "&-forward_return", STEP)
    known = read_bot_database(f"sqlite:///{shadowed.folder / 'trades.sqlite'}", "RegimeStrategy")
    result = read_backtest_result(shadowed.run, "RegimeStrategy")
    period = NOON, NOON + CANDLES * STEP
    made = Shadow(read_record(shadowed.run / "record"), result, period)
    found = compare(bot_side(history, known, registry, made), shadow_side(made))
    assert found.passed and "signal" not in found.counted
    assert found.counted["prediction"].compared >= 4 * 2 * (CANDLES - 1)
    assert found.counted["training"].differing == 0
    # A model that the bot trained otherwise would be seen.
    moved = {
        pair: f.assign(prediction=f["prediction"] * 1.01) for pair, f in history.candles.items()
    }
    other = bot_side(type(history)(moved, history.spans), known, registry, made)
    assert not compare(other, shadow_side(made)).passed


def test_a_fee_that_the_bot_did_not_pay_and_no_spread_allowed(shadowed: Shadowed) -> None:
    """What ``--fee`` and ``--widest-spread`` change: the backtest's costs, and what is forgiven."""
    other = shadow(shadowed.folder, "--fee", "0.005", "--widest-spread", "0")
    trades = read_backtest_result(other.run, "RegimeStrategy").trades
    assert (trades["fee_open"] == 0.005).all()
    assert other.code == 1 and not other.told["passed"]
    causes = {each["cause"] for each in other.told["differences"]}
    assert Cause.SLIPPAGE in causes and Cause.SPREAD not in causes
    assert other.told["profit"]["backtest"] < shadowed.told["profit"]["backtest"]
