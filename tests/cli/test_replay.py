"""The command: what it refuses before anything runs, and what a whole run writes."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from freqtrade.configuration import Configuration
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen

from freqai_regimes.cli import replay as command
from freqai_regimes.cli.main import main
from freqai_regimes.cli.replay_run import ReplayRun, _backtest_arguments
from freqai_regimes.errors import SettingsError
from freqai_regimes.synthetic_market import MarketSpec, build_market
from tests.host.small_run import small_config, small_market

DAY = "20240103-20240104"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Options of a replay of the small preset."""
    folder = tmp_path_factory.mktemp("small")
    datadir = small_market(folder / "market")
    own = small_config(folder)[-1]
    options = ["replay", "--preset", "intraday-5m", "--config", str(own), "--pairs", "BTC/USDT"]
    return [*options, "--datadir", str(datadir), "--userdir", str(folder / "user_data")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--timerange", "20240201-20240202"], "cannot begin on 2024-02-01"),
        (["--timerange", DAY, "--timeframe-detail", "1m"], "No 1m candles of BTC/USDT"),
        (["--timerange", DAY, "--timeframe-detail", "15m"], "does not divide 5m"),
        (["--timerange", DAY, "--timeframe-detail", "fine"], "Timeframe 'fine' is not one"),
        (["--timerange", DAY, "--restart-at", "noon"], "Moment 'noon' is not one"),
        (["--timerange", DAY, "--restart-at", "20240103T1201"], "choose where a 5m candle opens"),
        (["--timerange", DAY, "--restart-at", "20240105"], "A restart at 2024-01-05 00:00"),
    ],
)
def test_what_cannot_be_replayed_is_refused(
    small: list[str], options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*small, *options]) == 2
    [line] = [one for one in capsys.readouterr().err.splitlines() if "freqai-regimes:" in one]
    assert words in line


@pytest.mark.parametrize(("cadence", "windows"), [("live", 5 * 48), ("preset", 5 * 8)])
def test_the_backtests_windows_are_the_bots_or_the_presets_own(
    small: list[str],
    cadence: str,
    windows: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The small preset retrains each half hour and backtests in windows of three hours."""

    def backtested(run: ReplayRun, told: object) -> None:
        """Count FreqAI's windows of the backtest, and stop before anything runs."""
        arguments = _backtest_arguments(run, "http://127.0.0.1:1", run.folder)
        configs = [word for before, word in pairwise(arguments) if before == "--config"]
        config = Configuration.from_files(configs)
        config |= {"timerange": "20240103-20240108", "user_data_dir": run.folder}
        config["freqai"]["identifier"] = "counted"
        raise SettingsError(
            f"{len(FreqaiDataKitchen(config, False, 'BTC/USDT').backtesting_timeranges)} windows"
        )

    monkeypatch.setattr(command, "replay", backtested)
    assert main([*small, "--timerange", DAY, "--cadence", cadence]) == 2
    assert f"{windows} windows" in capsys.readouterr().err


def test_a_run_without_a_model_writes_page_and_json(tmp_path: Path) -> None:
    spec = MarketSpec(
        pairs=("BTC/USDT",), timeframe="4h", timeframes=("4h",), start="2024-01-01", days=150
    )
    datadir = build_market(spec, tmp_path / "market")
    options = ["replay", "--model", "off", "--pairs", "BTC/USDT"]
    options += ["--datadir", str(datadir), "--userdir", str(tmp_path / "user_data")]
    options += ["--timerange", "20240522-20240524", "--restart-at", "20240522T1600"]
    found = tmp_path / "found.json"
    assert main([*options, "--json", str(found), "--html", str(tmp_path / "page.html")]) == 0
    told = json.loads(found.read_text())
    assert told["passed"] and told["counted"]["weight"] == {"compared": 12, "differing": 0}
    assert "Replay of regime-4h" in (tmp_path / "page.html").read_text()
