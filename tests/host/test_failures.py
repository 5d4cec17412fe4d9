"""Nothing fails in silence: each trouble ends the real command with one clear line and an error."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from freqai_regimes.candles import candle_path
from freqai_regimes.cli.backtest_run import Backtest, RunData, run_backtest
from freqai_regimes.cli.main import build_parser, main
from freqai_regimes.cli.run_config import RunConfig, one_at_a_time
from freqai_regimes.local_exchange.server import LocalExchange
from tests.host.small_run import SMALL, label_sets, merge, small_market

RANGE = "20240103-20240104"


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_market(tmp_path_factory.mktemp("market") / "data")


@pytest.fixture
def damaged(market: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(market, tmp_path / "damaged"))


def backtest(
    folder: Path, datadir: Path, *arguments: str, change: dict[str, Any] | None = None
) -> int:
    """Run the command on the small preset, changed."""
    own = json.loads(json.dumps(SMALL)) | {"exchange": {"pair_whitelist": ["BTC/USDT"]}}
    merge(own, change or {})
    (folder / "own.json").write_text(json.dumps(own))
    fixed = ["--preset", "intraday-5m", "--config", str(folder / "own.json")]
    fixed += ["--userdir", str(folder / "user_data"), "--datadir", str(datadir)]
    return main(["backtest", *fixed, *arguments])


def said(capfd: pytest.CaptureFixture[str]) -> str:
    """All that was printed, on one line."""
    captured = capfd.readouterr()
    return " ".join((captured.out + captured.err).split())


def rewrite(datadir: Path, change: Any, timeframe: str = "5m") -> None:
    """Store changed candles of BTC."""
    path = candle_path(datadir, "BTC/USDT", timeframe)
    frame = pd.read_feather(path)
    change(frame).reset_index(drop=True).to_feather(path)


def test_a_failed_training_stops_the_backtest(
    tmp_path: Path, market: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    change = {"freqai": {"model_training_parameters": {"num_leaves": 1}}}
    assert backtest(tmp_path, market, "--timerange", RANGE, change=change) == 2
    text = said(capfd)
    assert "Training of BTC/USDT for the window from 2024-01-03 00:00 failed" in text
    assert "num_leaves" in text
    assert "on_failed_window" in text
    predictions = list(tmp_path.glob("user_data/models/*/backtesting_predictions/*.feather"))
    assert predictions == []  # no zeros left behind for the next run to reuse


def test_failed_windows_are_counted_on_request(
    tmp_path: Path, market: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    change = {
        "freqai": {"model_training_parameters": {"num_leaves": 1}},
        "regimes": {"on_failed_window": "count"},
    }
    assert backtest(tmp_path, market, "--timerange", RANGE, change=change) == 0
    assert "windows / failed │ 8 / 8" in said(capfd)
    [run] = tmp_path.glob("user_data/runs/*/record/run.json")
    assert json.loads(run.read_text())["failed_windows"] == 8


def test_too_few_training_rows_say_so(
    tmp_path: Path, market: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    change = {"regimes": {"label_sets": label_sets(200)}}
    assert backtest(tmp_path, market, "--timerange", RANGE, change=change) == 2
    assert "TrainingError" in said(capfd)


@pytest.mark.parametrize(
    ("timerange", "words"),
    [
        ("20240101-20240102", "cannot begin on 2024-01-01"),
        ("20250101-20250102", "cannot begin on 2025-01-01"),
        ("20240104-20240103", "does not rise"),
        ("20240103-", "write both ends"),
    ],
)
def test_a_range_the_data_do_not_allow(
    tmp_path: Path, market: Path, capfd: pytest.CaptureFixture[str], timerange: str, words: str
) -> None:
    assert backtest(tmp_path, market, "--timerange", timerange) == 2
    assert words in said(capfd)


def test_too_little_history(
    tmp_path: Path, market: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    change = {"freqai": {"train_period_days": 30}}
    assert backtest(tmp_path, market, change=change) == 2
    assert "Too little history" in said(capfd)


def test_plain_freqtrade_refuses_too_little_history_too(tmp_path: Path, market: Path) -> None:
    """The model base says it by itself, for those who do not come through our command."""
    own = json.loads(json.dumps(SMALL)) | {"exchange": {"pair_whitelist": ["BTC/USDT"]}}
    merge(own, {"freqai": {"train_period_days": 3}})
    (tmp_path / "own.json").write_text(json.dumps(own))
    options = build_parser().parse_args(["backtest", "--userdir", str(tmp_path / "u")])
    options.userdir.mkdir()
    config = RunConfig.load("intraday-5m", futures=False, model=True, own=(tmp_path / "own.json",))
    data = RunData(market, RANGE, built_in=False)
    assert run_backtest(config, ["BTC/USDT"], data, Backtest(tmp_path), options) == 2
    log = (tmp_path / "freqtrade.log").read_text()
    assert "Too little history of BTC/USDT" in " ".join(log.split())


def test_a_missing_timeframe(
    tmp_path: Path, damaged: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    candle_path(damaged, "BTC/USDT", "15m").unlink()
    assert backtest(tmp_path, damaged, "--timerange", RANGE) == 2
    assert "No 15m spot candles of BTC/USDT" in said(capfd)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: pd.concat([f, f.tail(3)]), "go back"),
        (lambda f: pd.concat([f.head(9), f.iloc[8:]]), "repeat"),
        (lambda f: f.iloc[::-1], "go back"),
        (lambda f: f.assign(close=f["close"].where(f.index != 7)), "NaN"),
        (lambda f: f.assign(low=f["low"].where(f.index != 7, -1.0)), "zero or below"),
        (lambda f: f.assign(high=f["low"] * 0.9), "outside low to high"),
        (lambda f: f.drop(index=range(200, 900)), "miss 58 hours"),
        (lambda f: f.iloc[:0], "are empty"),
    ],
)
def test_damaged_candles(
    tmp_path: Path, damaged: Path, capfd: pytest.CaptureFixture[str], change: Any, words: str
) -> None:
    rewrite(damaged, change)
    assert backtest(tmp_path, damaged, "--timerange", RANGE) == 2
    assert words in said(capfd)


def test_a_small_gap_is_bridged(
    tmp_path: Path, damaged: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rewrite(damaged, lambda f: f.drop(index=range(640, 652)))
    assert backtest(tmp_path, damaged, "--timerange", RANGE) == 0
    assert "8 / 0" in said(capfd)


def test_a_window_between_candles(
    tmp_path: Path, market: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    change = {"freqai": {"backtest_period_days": 0.1251}}
    assert backtest(tmp_path, market, "--timerange", RANGE, change=change) == 2
    text = said(capfd)
    assert "backtest_period_days 0.1251 is 10808 seconds" in text
    assert "0.1250001" in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"regimes": {"entri": "edge"}}, "Unknown setting 'regimes.entri'; did you mean 'entry'?"),
        ({"regimes": {"label_sets": label_sets(0)}}, "regimes.label_sets.0.horizon_candles"),
        ({"startup_candle_count": 20}, "startup_candle_count is 20"),
        ({"freqai": {"feature_parameters": {"DI_threshold": 1}}}, "DI_threshold cannot be used"),
        ({"freqai": {"data_split_parameters": {"shuffle": True}}}, "mixes past and future"),
        ({"freqai": {"continual_learning": True}}, "continual_learning"),
        ({"regimes": {"regime": {"average_candles": 4000}}}, "regime's long average"),
    ],
)
def test_settings_that_cannot_be(
    tmp_path: Path, market: Path, capfd: pytest.CaptureFixture[str], change: Any, words: str
) -> None:
    assert backtest(tmp_path, market, "--timerange", RANGE, change=change) == 2
    assert words in said(capfd)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--preset", "regime-4"], "did you mean 'regime-4h'?"),
        (["--pairs", "BTC/USDT:USDT", "ETH/USDT"], "write it as BTC/USDT:USDT for futures"),
        (["--pairs", "BTCUSDT"], "write it as BTC/USDT for spot"),
        (["--pairs", "BTC/USDT", "BTC/USDT"], "given twice"),
        (["--pairs", "DOGE/USDT"], "No candles of DOGE/USDT"),
        (["--datadir", "no-such-folder"], "does not exist"),
        (["--config", "no-such-file.json"], "no-such-file.json does not exist"),
    ],
)
def test_arguments_that_cannot_be(
    tmp_path: Path,
    market: Path,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    fixed = ["--userdir", str(tmp_path), "--datadir", str(market)]
    assert main(["backtest", *fixed, *arguments]) == 2
    assert words in said(capfd)


def test_a_port_in_use(market: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["exchange", "--datadir", str(market), "--port", port, "--clock", "set"]) == 2
    assert port in said(capfd)


def test_an_exchange_that_is_down(
    tmp_path: Path, market: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exchange stops answering before freqtrade asks it."""
    monkeypatch.setattr(LocalExchange, "__enter__", lambda self: _stopped(self))
    assert backtest(tmp_path, market, "--timerange", RANGE) != 0
    assert "Could not load markets" in said(capfd)


def _stopped(exchange: LocalExchange) -> Any:
    exchange.start()
    url = exchange.url
    exchange.stop()
    return type("Stopped", (), {"url": url})


def test_a_strategy_that_is_not_there(
    tmp_path: Path, market: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert backtest(tmp_path, market, "--timerange", RANGE, "--strategy", "NoSuch") == 2
    text = said(capfd)
    assert "NoSuch" in text
    assert "Traceback" not in text


def test_a_configuration_that_is_no_json(
    tmp_path: Path, market: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.json").write_text('{"regimes": ')
    arguments = ["--userdir", str(tmp_path), "--datadir", str(market)]
    assert main(["backtest", *arguments, "--config", str(tmp_path / "broken.json")]) == 2
    assert "broken.json" in said(capfd)


def test_a_user_directory_that_cannot_be_made(
    tmp_path: Path, market: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    arguments = ["--userdir", str(tmp_path / "file" / "x"), "--datadir", str(market)]
    assert main(["backtest", *arguments]) == 2
    assert "cannot be made" in said(capfd)


def test_two_backtests_in_one_user_directory(
    tmp_path: Path, market: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "user_data").mkdir()
    with one_at_a_time(tmp_path / "user_data"):
        assert backtest(tmp_path, market, "--timerange", RANGE) == 2
    assert "Another backtest is running" in said(capfd)


def test_freqtrade_that_stops_early_is_no_result(
    tmp_path: Path,
    market: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("freqai_regimes.cli.backtest_run.run_freqtrade", lambda *a, **k: 0)
    assert backtest(tmp_path, market, "--timerange", RANGE) == 2
    assert "freqtrade stopped before the backtest" in said(capfd)
