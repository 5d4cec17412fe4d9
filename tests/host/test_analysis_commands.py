"""Freqtrade's other commands on our strategies, each as a user types it, and a user directory."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from freqtrade.commands import Arguments

from freqai_regimes.cli.main import build_parser
from freqai_regimes.cli.main import main as freqai_regimes
from freqai_regimes.local_exchange.freqtrade_config import exchange_overlay
from freqai_regimes.local_exchange.server import LocalExchange
from freqai_regimes.userdir import shipped_folder
from tests.host.small_run import small_config, small_market

RANGE = ["--timerange", "20240103-20240104"]
REGIME = ["--strategy", "RegimeStrategy"]
MODEL = ["--freqaimodel", "RegimeLightGBM"]

#: The regime decides, without FreqAI; its long average does not fit into two days of history.
MODEL_OFF = {
    "freqai": {"enabled": False},
    "regimes": {
        "entry": "regime",
        "regime": {"average_candles": 300, "shorter_average_candles": 20},
    },
}
BIAS_CHECK = {"freqai": {"identifier": "bias-check"}}
#: Columns that exist only because a model predicted, or that follow from one.
FROM_PREDICTION = re.compile(
    r"(&-forward_return|model_\w+|do_predict|prediction(_lower|_upper)?|score|expected_return"
    r"|weight|pooled|expert|probability|enter_tag|exit_tag|enter_long|exit_long)(_mean|_std)?$"
)


@dataclass(frozen=True)
class Desk:
    """A folder with a user directory and candles, and a shell in it."""

    folder: Path
    files: list[Path]

    @property
    def userdir(self) -> Path:
        return self.folder / "user_data"

    def freqtrade(
        self, command: str, *arguments: str, own: dict[str, Any] | None = None, code: int = 0
    ) -> str:
        """Run ``freqtrade`` with the small preset, ``own`` on top; returns all that it said."""
        files = list(self.files)
        if own is not None:
            files.append(self.folder / "own.json")
            files[-1].write_text(json.dumps(own))
        configs = [word for path in files for word in ("--config", str(path))]
        return self.run(command, "--userdir", str(self.userdir), *configs, *arguments, code=code)

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run ``freqtrade`` as it stands; returns all that it said, on long lines."""
        done = subprocess.run(
            [sys.executable, "-m", "freqtrade", *arguments],
            cwd=self.folder,
            env=os.environ | {"COLUMNS": "400"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        said = done.stderr + done.stdout
        assert done.returncode == code, said[-4000:]
        return said

    def shipped(self, *arguments: str) -> list[str]:
        """Arguments that name our folders and the market."""
        found = ["--strategy-path", str(shipped_folder() / "strategies"), *arguments]
        if "--freqaimodel" in arguments:
            found += ["--freqaimodel-path", str(shipped_folder() / "freqaimodels")]
        return [*found, "--datadir", str(self.folder / "market")]

    def models(self) -> dict[str, bytes]:
        """Content of each file of the models that a bot with this configuration would use."""
        found = self.userdir.glob("models/small-*/**/*")
        return {str(path): path.read_bytes() for path in found if path.is_file()}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "user_data").mkdir()
    market = small_market(
        folder / "market",
        timeframe="1m",
        timeframes=("1m", "5m", "15m"),
        signal_horizon_candles=30,
    )
    with LocalExchange(market, clock="set") as exchange:
        overlay = folder / "overlay.json"
        overlay.write_text(json.dumps(exchange_overlay(exchange.url, futures=False)))
        yield Desk(folder, [*small_config(folder), overlay])


@pytest.fixture(scope="module")
def result(desk: Desk) -> Path:
    """A backtest with fills on 1-minute candles and its signals exported."""
    arguments = desk.shipped(*REGIME, *MODEL)
    detail = ["--timeframe-detail", "1m", "--export", "signals", "--cache", "none"]
    desk.freqtrade("backtesting", *arguments, *RANGE, *detail)
    [path] = (desk.userdir / "backtest_results").glob("*.zip")
    return path


def stats(path: Path) -> dict[str, Any]:
    """Freqtrade's statistics of a result, by strategy."""
    with zipfile.ZipFile(path) as archive:
        found: dict[str, Any] = json.loads(archive.read(path.with_suffix(".json").name))
    return dict(found["strategy"])


def table(said: str, *, first: str) -> list[list[str]]:
    """Cells of each row of the table whose first column has that heading."""
    rows = [line for line in said.splitlines() if line.strip().startswith(("│", "┃"))]
    cells = [[cell.strip() for cell in re.split("[│┃]", row)[1:-1]] for row in rows]
    begins = next(number for number, row in enumerate(cells) if row[0] == first)
    return [row for row in cells[begins + 1 :] if len(row) == len(cells[begins])]


# --- backtest, its analysis and its charts --------------------------------------------------------


def test_a_backtest_fills_on_finer_candles(result: Path) -> None:
    found = stats(result)["RegimeStrategy"]
    assert found["timeframe_detail"] == "1m"
    assert found["total_trades"] > 5


def test_its_signals_can_be_analysed_by_our_columns(desk: Desk, result: Path) -> None:
    columns = ["regime", "weight", "prediction", "model_score"]
    said = desk.freqtrade(
        "backtesting-analysis", "--analysis-groups", "0", "2", "--indicator-list", *columns
    )
    tags = {row[0] for row in table(said, first="enter_reason")}
    assert any(re.match(r"(bull|bear|sideways) \w+ score [+-]\d\.\d", tag) for tag in tags), tags
    header = next(line for line in said.splitlines() if "prediction (entry)" in line)
    assert all(f"{column} (entry)" in header for column in columns)


def test_candles_and_profit_can_be_plotted(desk: Desk, result: Path) -> None:
    pair = ["--pairs", "BTC/USDT", "--backtest-filename", str(result)]
    said = desk.freqtrade("plot-dataframe", *desk.shipped(*REGIME, *MODEL), *RANGE, *pair)
    assert "No trades found" not in said
    assert "Too little history" not in said  # freqtrade loads the start-up only, the model the rest
    page = (desk.userdir / "plot" / "freqtrade-plot-BTC_USDT-5m.html").read_text()
    assert '"name":"weight"' in page and '"name":"prediction"' in page
    profit = ["--strategy", "RegimeStrategy", "--backtest-filename", str(result)]
    desk.freqtrade("plot-profit", "--datadir", str(desk.folder / "market"), *profit)
    assert (desk.userdir / "plot" / "freqtrade-profit-plot.html").is_file()


def test_both_strategies_run_in_one_backtest(desk: Desk) -> None:
    both = ["--strategy-list", "RegimeStrategy", "BaselineStrategy"]
    said = desk.freqtrade("backtesting", *desk.shipped(*MODEL), *both, *RANGE, "--cache", "none")
    assert "Entry 'edge' needs a model; without one, the regime alone decides." in said
    trades = {row[0]: int(row[1]) for row in table(said, first="Strategy")}
    assert trades.keys() == {"RegimeStrategy", "BaselineStrategy"}
    assert min(trades.values()) > 0
    tables = said.split("Result for strategy ")[1:]
    assert [" score " in part for part in tables] == [True, False]


# --- freqtrade's own searches for bias ------------------------------------------------------------


def test_without_model_lookahead_analysis_finds_nothing(desk: Desk) -> None:
    few = ["--minimum-trade-amount", "2", "--targeted-trade-amount", "3"]
    arguments = desk.shipped(*REGIME)
    said = desk.freqtrade("lookahead-analysis", *arguments, *RANGE, *few, own=MODEL_OFF)
    [row] = table(said, first="filename")
    assert row[1:] == ["RegimeStrategy", "No", "3", "0", "0", ""]
    # As in a backtest: what came before the range decides, not how far the data reach.
    assert "instead of 300: only 150 closed candles lie before the first traded one" in said


def test_without_model_recursive_analysis_finds_nothing(desk: Desk) -> None:
    arguments = [*desk.shipped(*REGIME), *RANGE, "--pairs", "BTC/USDT", "--startup-candle"]
    said = desk.freqtrade("recursive-analysis", *arguments, "150", "300", own=MODEL_OFF)
    assert "No variance on indicator(s) found due to recursive formula." in said
    assert "No lookahead bias on indicators found." in said
    said = desk.freqtrade("recursive-analysis", *arguments, "20", own=MODEL_OFF, code=2)
    assert "ERROR - startup_candle_count is 20; regime" in said


def test_with_model_they_report_predictions_only_and_spare_other_models(
    desk: Desk, result: Path
) -> None:
    before = desk.models()
    assert before
    few = ["--minimum-trade-amount", "2", "--targeted-trade-amount", "3"]
    arguments = desk.shipped(*REGIME, *MODEL)
    said = desk.freqtrade("lookahead-analysis", *arguments, *RANGE, *few, own=BIAS_CHECK)
    assert table(said, first="filename")[0][3:6] == ["3", "0", "0"]
    found = re.findall(r"found look ahead bias in column (\S+)\. .* != (.*)", said)
    assert {column for column, _ in found if not FROM_PREDICTION.match(column)} == set()
    # The last candle of a shortened range is not predicted any more: all of them hold "none".
    nothing = re.compile(r"0|0\.0|nan|reversal|(bull|sideways|bear)( pooled)?")
    assert all(nothing.fullmatch(value) for _, value in found), found

    # To the end of the data: freqtrade compares the last candle loaded, and it must be predicted.
    startup = ["--timerange", "20240103-20240105", "--pairs", "BTC/USDT"]
    startup += ["--startup-candle", "150", "288"]
    said = desk.freqtrade("recursive-analysis", *arguments, *startup, own=BIAS_CHECK)
    rows = table(said, first="Indicators")
    assert rows and all(FROM_PREDICTION.match(row[0]) for row in rows)
    # Another window is trained, whatever the start-up: so the difference is the same for each.
    assert all(len(set(row[1:])) == 1 for row in rows)
    assert desk.models() == before


# --- what is there --------------------------------------------------------------------------------


def test_freqtrade_lists_the_strategies_and_shows_the_settings(desk: Desk) -> None:
    folder = ["--strategy-path", str(shipped_folder() / "strategies")]
    rows = table(desk.freqtrade("list-strategies", *folder), first="Strategy name")
    assert [(row[0], row[2]) for row in rows] == [
        ("BaselineStrategy", "OK"),
        ("RegimeStrategy", "OK"),
    ]
    said = desk.freqtrade("show-config")
    assert re.search(r'"regimes": \{\s+"costs": \{\s+"fee": 0.001', said)


def test_hyperopt_says_what_it_lacks(desk: Desk) -> None:
    search = ["--hyperopt-loss", "SharpeHyperOptLoss", "--spaces", "buy", "--epochs", "1"]
    arguments = [*desk.shipped(*REGIME, *MODEL), *RANGE, *search]
    said = desk.freqtrade("hyperopt", *arguments, "--disable-param-export", "-j", "1", code=2)
    assert re.search(
        "ERROR - (.*Please ensure that the hyperopt dependencies are installed"
        "|The 'buy' space is included into the hyperoptimization but no parameter)",
        said,
    )


# --- docs/how-to.md -------------------------------------------------------------------------------

HOW_TO = (Path(__file__).parents[2] / "docs" / "how-to.md").read_text()


def shown_commands() -> list[list[str]]:
    """Each command of the page, its variables filled in."""
    variables: dict[str, str] = {}
    found = []
    for line in "\n".join(re.findall("```console\n(.*?)```", HOW_TO, re.DOTALL)).splitlines():
        filled = re.sub(r"\$(\w+)", lambda match: variables[match[1]], line)
        if assigned := re.fullmatch('(CONFIG|CODE|RANGE)="(.*)"', filled):
            variables[assigned[1]] = assigned[2]
        elif filled.strip():
            found.append(shlex.split(filled))
    return found


def test_every_command_shown_is_understood() -> None:
    ours = [words[1:] for words in shown_commands() if words[0] == "freqai-regimes"]
    theirs = [words[1:] for words in shown_commands() if words[0] == "freqtrade"]
    assert len(ours) >= 5 and len(theirs) >= 12
    for words in ours:
        assert callable(build_parser().parse_args(words).run)
    for words in theirs:
        assert Arguments(words).get_parsed_arg()["command"] == words[0]


def test_every_file_and_link_of_the_page_exists() -> None:
    words = [word for command in shown_commands() for word in command]
    for name in {Path(word).name for word in words if word.startswith(("config/", "user_data/r"))}:
        assert name == "regimes" or (shipped_folder() / "config" / name).is_file(), name
    for name in re.findall(r"(?<!/)\b(?:tests|docs)/[\w/]+\.\w+", HOW_TO):
        assert (Path(__file__).parents[2] / name).is_file(), name
    headings = [line[3:] for line in HOW_TO.splitlines() if line.startswith("## ")]
    anchors = {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}
    assert set(re.findall(r"\]\(#(.*?)\)", HOW_TO)) == anchors


def test_the_local_exchange_is_reached_by_the_line_shown() -> None:
    [line] = [words for words in shown_commands() if words[0] == "python"]
    assert line[1] == "-c" and line[3:] == [">", "user_data/local.json"]
    done = subprocess.run([sys.executable, *line[1:3]], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == exchange_overlay("http://127.0.0.1:8765", futures=False)


# --- anybody's user directory ---------------------------------------------------------------------


def test_installed_into_a_user_directory_it_runs_upgrades_and_goes(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = desk.folder / "mine"
    desk.run("create-userdir", "--userdir", str(mine))
    assert freqai_regimes(["install", "--userdir", str(mine)]) == 0
    names = ["base", "money", "market-spot", "preset-intraday-5m", "model-on"]
    files = [*(mine / "regimes" / f"{name}.json" for name in names), *desk.files[-2:]]
    command = ["backtesting", "--userdir", str(mine), *REGIME, *MODEL, *RANGE]
    command += ["--datadir", str(desk.folder / "market")]
    command += [word for path in files for word in ("--config", str(path))]
    assert f"from '{mine}/strategies/RegimeStrategy.py'" in " ".join(desk.run(*command).split())
    [path] = (mine / "backtest_results").glob("*.zip")
    assert stats(path)["RegimeStrategy"]["total_trades"] > 5

    edited = mine / "regimes" / "money.json"
    edited.write_text(edited.read_text().replace("10000", "500"))
    assert freqai_regimes(["install", "--userdir", str(mine)]) == 2
    assert freqai_regimes(["install", "--userdir", str(mine), "--force"]) == 0
    assert "500" in (mine / "regimes" / "money.json.bak").read_text()
    capsys.readouterr()
    assert freqai_regimes(["uninstall", "--userdir", str(mine)]) == 0
    assert capsys.readouterr().out.startswith("removed ")
    left = [path.name for path in mine.rglob("*") if path.suffix in (".py", ".bak")]
    assert [name for name in left if "Regime" in name or name.endswith(".bak")] == [
        "money.json.bak"
    ]
