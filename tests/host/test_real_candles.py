"""The presets through the whole command on real candles, where those are to be had."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from freqai_regimes.cli.main import main
from freqai_regimes.freqtrade_bridge.backtest_result import BacktestResult, read_backtest_result


def backtest(userdir: Path, *arguments: str) -> tuple[BacktestResult, dict[str, Any], Path]:
    """Run the command; its result, the run's own notes and its folder."""
    assert main(["backtest", "--userdir", str(userdir), *arguments]) == 0
    [folder] = (userdir / "runs").iterdir()
    run = json.loads((folder / "record" / "run.json").read_text())
    assert (folder / "report.html").stat().st_size > 1_000_000
    return read_backtest_result(folder, "RegimeStrategy"), run, folder


def without_gate(folder: Path) -> list[str]:
    """Options that let every model trade, whether it has earned its place or not."""
    own = folder / "without-gate.json"
    own.write_text(json.dumps({"regimes": {"life": {"gate": {"enabled": False}}}}))
    return ["--config", str(own)]


def trusted_share(folder: Path) -> float:
    """Share of recorded candles with a trusted prediction."""
    frames = [pd.read_feather(path) for path in (folder / "record").glob("*.feather")]
    return float((pd.concat(frames)["do_predict"] == 1).mean())


def test_the_default_preset(real_data: Path, tmp_path: Path) -> None:
    datadir = real_data / "majors_2024-01_2025-08"
    result, run, folder = backtest(
        tmp_path, "--datadir", str(datadir), "--pairs", "BTC/USDT ETH/USDT SOL/USDT"
    )
    assert len(run["windows"]) == 3 * 6
    assert run["failed_windows"] == 0
    let_in = {(window["pair"], window["window"]) for window in run["windows"] if window["promoted"]}
    assert (trusted_share(folder) > 0) == bool(let_in)
    assert len(result.trades) >= 10
    assert set(result.trades["enter_tag"].str.split(" ").str[0]) == {"bull"}


def test_intraday_says_that_it_uses_a_shorter_average(real_data: Path, tmp_path: Path) -> None:
    datadir = real_data / "spot_2024-01_2024-09"
    arguments = ["--preset", "intraday-5m", "--datadir", str(datadir)]
    arguments += ["--pairs", "BTC/USDT ETH/USDT", "--timerange", "20240501-20240509"]
    result, run, _ = backtest(tmp_path, *arguments, *without_gate(tmp_path))
    assert run["failed_windows"] == 0
    assert len(run["windows"]) == 2 * 4
    assert len(result.trades) > 0
    assert [note for note in run["notes"] if "average of 50 1d candles instead of 200" in note]


def test_futures_go_long_and_short(real_data: Path, tmp_path: Path) -> None:
    datadir = real_data / "futures_2024-12_2025-08"
    arguments = ["--preset", "intraday-5m", "--datadir", str(datadir)]
    arguments += ["--pairs", "BTC/USDT:USDT ETH/USDT:USDT", "--timerange", "20250601-20250607"]
    result, run, _ = backtest(tmp_path, *arguments, *without_gate(tmp_path))
    assert run["failed_windows"] == 0
    assert result.trades["is_short"].any()
    assert not result.trades["is_short"].all()


def test_the_scalper_retrains_hourly(real_data: Path, tmp_path: Path) -> None:
    datadir = real_data / "spot_1m_2025-05_2025-08"
    arguments = ["--preset", "scalper-1m", "--datadir", str(datadir)]
    arguments += ["--pairs", "BTC/USDT", "--timerange", "20250813-20250814"]
    _, run, _ = backtest(tmp_path, *arguments)
    assert run["failed_windows"] == 0
    assert len(run["windows"]) == 24
    stops = [window["window"] for window in run["windows"]]
    assert {later - earlier for earlier, later in itertools.pairwise(stops)} == {3600}


@pytest.mark.parametrize("strategy", ["RegimeStrategy", "BaselineStrategy"])
def test_both_arms_run_without_a_model(real_data: Path, tmp_path: Path, strategy: str) -> None:
    datadir = real_data / "majors_2024-01_2025-08"
    arguments = ["backtest", "--userdir", str(tmp_path), "--datadir", str(datadir)]
    assert main([*arguments, "--model", "off", "--strategy", strategy]) == 0
    [folder] = (tmp_path / "runs").iterdir()
    result = read_backtest_result(folder, strategy)
    assert len(result.trades) > 20
    assert result.wallet is not None
