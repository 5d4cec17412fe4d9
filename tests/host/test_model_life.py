"""The gate in a backtest, and the registry under a running bot, through the real commands."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.cli.main import main
from freqai_regimes.evaluation.model_windows import window_summary, window_table
from freqai_regimes.model_life.registry import ROOT, ModelRegistry, registries
from tests.host.in_process_backtest import Backtested
from tests.host.in_process_backtest import run as backtest
from tests.host.small_run import small_market
from tests.host.test_dry_run import TROUBLE, Traded, trade

RANGE = "20240103-20240104"
#: Windows large enough to validate on 26 outcomes that do not overlap.
GATED: dict[str, Any] = {
    "freqai": {"train_period_days": 2, "save_backtest_models": True},
    "regimes": {
        "experts": {"validation_fraction": 0.3},
        "life": {"gate": {"enabled": True, "level": 0.025}},
    },
}


def kept(userdir: Path) -> dict[str, ModelRegistry]:
    """Registries of the only identifier, by pair."""
    [root] = (userdir / ROOT).iterdir()
    return {registry.key: registry for registry in registries(root)}


def gated(folder: Path, signal: float) -> Backtested:
    market = small_market(folder / "market", signal_strength=signal)
    return backtest(folder / "run", market, GATED, timerange=RANGE)


def trusted_as_the_gate_said(done: Backtested) -> bool:
    """Whether predictions are trusted from a pair's first window on that was let in."""
    table = window_table(done.record)
    for pair, whole in done.record.pairs.items():
        mine = table[table["pair"] == pair]
        let_in = mine["gate"].str.startswith("let in").to_numpy()
        stops = [
            window["window"] for window in done.record.run["windows"] if window["pair"] == pair
        ]
        first = stops[int(let_in.argmax())] if let_in.any() else np.inf
        frame = whole.iloc[:-1]  # the candle after the range is in no window
        opens = frame["date"].map(pd.Timestamp.timestamp).to_numpy()
        if not np.array_equal((frame["do_predict"] == 1).to_numpy(), opens >= first):
            return False
    return True


def test_noise_is_hardly_ever_let_in(tmp_path: Path) -> None:
    done = gated(tmp_path, 0.0)
    summary = window_summary(done.record)
    assert summary is not None and (summary.windows, summary.failed) == (16, 0)
    assert summary.let_in <= 1
    assert trusted_as_the_gate_said(done)


def test_a_planted_signal_is_traded_once_a_model_has_shown_it(tmp_path: Path) -> None:
    done = gated(tmp_path, 0.8)
    summary = window_summary(done.record)
    assert summary is not None and summary.let_in > 2
    assert len(done.trades) > 0
    assert trusted_as_the_gate_said(done)
    found = kept(tmp_path / "run" / "user_data")
    assert sum(len(registry.versions()) for registry in found.values()) == summary.let_in
    assert all(registry.champion() is None for registry in found.values())
    userdir = ["--userdir", str(tmp_path / "run" / "user_data")]
    assert main(["registry", "pin", "BTC/USDT", "--version", "1", *userdir]) == 0
    pinned = found["BTC/USDT"].champion()
    assert pinned is not None and pinned.model.trusted


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Traded, Path]:
    """Trained at candles 0, 6 and 12; one pair is rolled back after 7 and pinned after 8."""
    folder = tmp_path_factory.mktemp("life")
    userdir = ["--userdir", str(folder / "user_data")]
    actions = [
        {"step": 7, "command": ["registry", "rollback", "BTC/USDT", *userdir]},
        {"step": 8, "command": ["registry", "pin", "BTC/USDT", *userdir]},
    ]
    return trade(folder, candles=14, actions=actions), folder / "user_data"


def versions(traded: Traded, pair: str) -> list[float]:
    """Version that predicted, by the bot's loop, from its second one on."""
    return [row["model_version"] for row in traded.predictions[pair]][-14:]


def test_a_rollback_is_served_at_the_next_candle(traded: tuple[Traded, Path]) -> None:
    bot, _ = traded
    assert TROUBLE.findall(bot.log) == []
    btc, eth = versions(bot, "BTC/USDT"), versions(bot, "ETH/USDT")
    first, second = btc[0], btc[6]
    assert second == first + 6 * 300
    assert btc[:8] == [first] * 6 + [second, first]
    assert eth[:8] == [first] * 6 + [second, second]


def test_a_pinned_model_is_not_trained_again(traded: tuple[Traded, Path]) -> None:
    bot, userdir = traded
    btc, eth = versions(bot, "BTC/USDT"), versions(bot, "ETH/USDT")
    assert set(btc[7:]) == {btc[0]}
    assert eth[-1] == eth[0] + 12 * 300
    found = kept(userdir)
    assert [version.number for version in found["BTC/USDT"].versions()] == [1, 2]
    assert [version.number for version in found["ETH/USDT"].versions()] == [1, 2, 3]
    assert all(registry.problems() == [] for registry in found.values())
    pointer = found["BTC/USDT"].pointer()
    assert (pointer.champion, pointer.pinned, pointer.state(2)) == (1, True, "retired")


def test_a_pinned_model_is_deployed_without_training(
    traded: tuple[Traded, Path], tmp_path: Path
) -> None:
    bot, userdir = traded
    shutil.copytree(userdir / ROOT, tmp_path / "user_data" / ROOT)
    fresh = trade(tmp_path, candles=3)
    assert TROUBLE.findall(fresh.log) == []
    assert "No model ready for BTC/USDT" not in fresh.log
    assert {row["model_version"] for row in fresh.predictions["BTC/USDT"]} == {
        versions(bot, "BTC/USDT")[0]
    }
    found = kept(tmp_path / "user_data")
    assert [version.number for version in found["BTC/USDT"].versions()] == [1, 2]
    assert [version.number for version in found["ETH/USDT"].versions()] == [1, 2, 3, 4]
