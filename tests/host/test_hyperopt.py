"""``freqtrade hyperopt`` itself: thresholds searched on predictions made once, then the verdict."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from freqai_regimes.cli.main import main
from freqai_regimes.evaluation.hyperopt_trials import judge, read_trials
from freqai_regimes.local_exchange import LocalExchange, exchange_overlay
from freqai_regimes.userdir import install_userdir, shipped_folder
from tests.host.small_run import small_config, small_market

EPOCHS = 3
SIGNAL = {
    "regimes": {
        "entry": "signal",
        "signal_sets": [
            {"generator": "smooth", "columns": "score", "name": "trade_score", "window_candles": 2},
            {"generator": "threshold_rule", "columns": "trade_score", "buy_threshold": 0.2},
        ],
    }
}


@pytest.fixture(scope="module")
def userdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user directory in which three epochs were tried; its own loss is found there."""
    pytest.importorskip("optuna", reason="needs the extra hyperopt")
    folder = tmp_path_factory.mktemp("hyperopt")
    datadir, userdir = small_market(folder / "data"), folder / "user_data"
    (userdir / "strategies").mkdir(parents=True)
    install_userdir(userdir)
    with LocalExchange(datadir, clock="set") as exchange:
        overlay = exchange_overlay(exchange.url, futures=False)
        command = [sys.executable, "-m", "freqtrade", "hyperopt", "--strategy", "RegimeStrategy"]
        command += ["--userdir", str(userdir), "--datadir", str(datadir)]
        command += ["--timerange", "20240103-20240105", "--freqaimodel", "RegimeLightGBM"]
        command += ["--hyperopt-loss", "DeflatedSharpeLoss", "--spaces", "buy", "sell"]
        command += ["--epochs", str(EPOCHS), "-j", "1", "--random-state", "3", "--min-trades", "1"]
        for file in small_config(folder, SIGNAL, overlay):
            command += ["--config", str(file)]
        done = subprocess.run(command, capture_output=True, text=True)
    log = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 0, log[-3000:]
    assert log.count("timeranges") == 2, log[-3000:]  # once a pair, whatever the epochs
    return userdir


def test_each_epoch_trades_by_its_own_thresholds(userdir: Path) -> None:
    [file] = (userdir / "hyperopt_results").glob("*.fthypt")
    trials = read_trials(file)
    assert len(trials) == EPOCHS
    assert {tuple(trial.parameters) for trial in trials} == {("buy_threshold", "sell_threshold")}
    assert len({(trial.trades, trial.profit) for trial in trials}) > 1
    loss = {trial.sample.sharpe: trial.loss for trial in trials}
    assert sorted(loss, reverse=True) == sorted(loss, key=lambda ratio: loss[ratio])


def test_the_best_are_written_where_the_strategy_finds_them(userdir: Path) -> None:
    [file] = (userdir / "hyperopt_results").glob("*.fthypt")
    best = judge(read_trials(file)).best.parameters
    written = json.loads((userdir / "strategies" / "RegimeStrategy.json").read_text())["params"]
    assert written["buy"] | written["sell"] == pytest.approx(best)


def test_the_report_tells_what_the_best_is_worth(
    userdir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = tmp_path / "verdict.json"
    assert main(["hyperopt-report", "--userdir", str(userdir), "--json", str(plain)]) == 0
    out = capsys.readouterr().out
    verdict = json.loads(plain.read_text())
    assert f"Deflated Sharpe ratio {verdict['dsr']:.3f}: no more than chance at 95%" in out
    assert f"Best of {EPOCHS} epochs: {verdict['best']['epoch']}," in out
    assert verdict["overfitting"]["configurations"] == EPOCHS
    assert f"{EPOCHS} configuration" in out
    assert max(map(len, out.splitlines())) <= 100
    assert main(["hyperopt-report", "--userdir", str(tmp_path)]) == 2
    assert "run freqtrade hyperopt first" in capsys.readouterr().err


def test_a_clone_has_the_loss_in_its_own_folder() -> None:
    assert (shipped_folder() / "hyperopts" / "DeflatedSharpeLoss.py").is_file()
