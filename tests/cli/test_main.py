"""The small commands: market, settings, install, and how errors leave."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from freqai_regimes.candles import read_candles, stored_candles
from freqai_regimes.cli.main import main
from freqai_regimes.cli.setting_list import rows
from freqai_regimes.features.engine import FEATURE_OPTIONS
from freqai_regimes.labels.engine import LABEL_OPTIONS
from freqai_regimes.learners.engine import LEARNER_OPTIONS
from freqai_regimes.regimes.options import RULE_OPTIONS
from freqai_regimes.settings import Settings
from freqai_regimes.signal_sets.engine import SIGNAL_OPTIONS


def test_market_writes_candles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--datadir", str(tmp_path / "data"), "--pairs", "BTC/USDT", "--days", "9"]
    arguments += ["--signal-strength", "0.2", "--futures", "--seed", "3"]
    assert main(["market", *arguments]) == 0
    assert str(tmp_path / "data") in capsys.readouterr().out
    kinds = {(file.timeframe, file.candle_type) for file in stored_candles(tmp_path / "data")}
    assert {("1h", "spot"), ("4h", "spot"), ("1h", "futures"), ("1h", "mark")} <= kinds
    assert len(read_candles(tmp_path / "data", "BTC/USDT", "1d")) == 9


def test_market_refuses_what_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["market", "--datadir", str(tmp_path / "data"), "--days", "0"]) == 2
    assert "days" in capsys.readouterr().err


def test_settings_lists_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("regimes.")]) == len(list(rows(Settings)))
    assert "An entry of regimes.feature_sets with generator 'momentum':" in lines
    assert "  windows_candles = required  (lengths of the windows)" in lines
    entries = [line for line in lines if line.startswith("An entry of regimes.")]
    made = (FEATURE_OPTIONS, LABEL_OPTIONS, SIGNAL_OPTIONS, LEARNER_OPTIONS, RULE_OPTIONS)
    assert len(entries) == sum(map(len, made)) == 12 + 9 + 4 + 8 + 5
    assert any("source_000_gb, source_000_nn" in line for line in lines)
    assert "regimes.model_use.tilt = 0.0  (0: shown only; 1: a score of -1 empties)" in lines
    assert [line for line in lines if line.endswith("()")] == []  # each has its meaning


def test_install_and_uninstall(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "strategies").mkdir()
    assert main(["install", "--userdir", str(tmp_path)]) == 0
    assert str(tmp_path / "strategies" / "RegimeStrategy.py") in capsys.readouterr().out
    assert main(["uninstall", "--userdir", str(tmp_path)]) == 0
    assert not (tmp_path / "strategies" / "RegimeStrategy.py").exists()
    assert main(["uninstall", "--userdir", str(tmp_path)]) == 2
    assert "nothing to remove" in capsys.readouterr().err


def test_an_unknown_command_shows_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["backtst"])
    assert left.value.code == 2
    assert "backtest" in capsys.readouterr().err


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_exchange_serves_until_it_is_stopped(tmp_path: Path, stop: signal.Signals) -> None:
    assert main(["market", "--datadir", str(tmp_path / "data"), "--days", "30"]) == 0
    command = [sys.executable, "-c", "from freqai_regimes.cli.main import main; exit(main())"]
    command += ["exchange", "--datadir", str(tmp_path / "data"), "--clock", "set"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        url = next(word for word in line.split() if word.startswith("http://127.0.0.1:"))
        assert httpx.get(f"{url}/api/v3/ping", timeout=20).json() == {}
        process.send_signal(stop)
        assert process.wait(timeout=20) in (0, 128 + stop, -stop)


def test_dry_run_hands_the_stop_signal_on(tmp_path: Path) -> None:
    """One signal to our process ends freqtrade in order, also where SIGINT is ignored.

    (As in what a script starts in the background.) Meanwhile its REST API lets its user in.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from freqai_regimes.cli.main import main; exit(main())"]
    command += ["dry-run", "--preset", "scalper-1m", "--pairs", "BTC/USDT", "--model", "off"]
    command += ["--api", str(port)]
    log = tmp_path / "out.log"
    with (
        log.open("w") as out,
        subprocess.Popen(
            ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command, "--userdir", str(tmp_path)],
            stdout=out,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            deadline = time.monotonic() + 60
            while "Changing state to: RUNNING" not in log.read_text():
                assert time.monotonic() < deadline, log.read_text()
                assert process.poll() is None, log.read_text()
                time.sleep(0.2)
            _log_in(f"http://127.0.0.1:{port}/api/v1", tmp_path / "api_server.json")
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
        finally:
            process.terminate()  # only where something above failed; it would run for ever
    text = log.read_text()
    assert "Play money only" in text
    assert "SIGINT received" in text
    assert list(tmp_path.glob("runs/dry-run_*/trades.sqlite"))
    api = json.loads((tmp_path / "api_server.json").read_text())["api_server"]
    secret = (api["password"], api["jwt_secret_key"], api["ws_token"])
    said = [path for path in tmp_path.rglob("*.*") if path.is_file()]
    leaks = [p.name for p in said if any(each.encode() in p.read_bytes() for each in secret)]
    assert leaks == ["api_server.json"]  # and so neither the screen nor a log


def _log_in(url: str, api_file: Path) -> None:
    """Log in with the generated password; with another one nobody comes in."""
    assert stat.S_IMODE(api_file.stat().st_mode) == 0o600
    api = json.loads(api_file.read_text())["api_server"]
    user, password = api["username"], api["password"]
    assert httpx.get(f"{url}/status").status_code == 401
    assert httpx.post(f"{url}/token/login", auth=(user, "SuperSecurePassword")).status_code == 401
    token = httpx.post(f"{url}/token/login", auth=(user, password)).json()["access_token"]
    answer = httpx.get(f"{url}/status", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200 and isinstance(answer.json(), list)
