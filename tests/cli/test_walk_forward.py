"""One walk-forward of the small preset on the built-in market, an arm of which fails."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from plotly.offline import get_plotlyjs

from freqai_regimes.candles import read_candles, resample
from freqai_regimes.cli import walk_forward_arms
from freqai_regimes.cli.backtest_run import Backtest, RunData, run_backtest
from freqai_regimes.cli.main import build_parser, main
from freqai_regimes.cli.other_candles import OtherCandles
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.cli.walk_forward_arms import arms_of
from freqai_regimes.errors import CandleError
from freqai_regimes.evaluation.record import read_record
from freqai_regimes.evidence.run_log import read_runs
from tests.host.small_run import small_config, small_market

RANGE = "20240103-20240105"
GRID = "regimes.edge.entry_threshold=0.0005,0.005"  # the first is the small preset's own


@dataclass(frozen=True)
class Ran:
    """What the command left behind."""

    code: int
    said: str
    userdir: Path
    report: dict[str, Any]
    page: str
    record: Path
    market: Path


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    folder = tmp_path_factory.mktemp("walk")
    market = small_market(folder / "market")
    own = small_config(folder, {"freqai": {"backtest_period_days": 0.5}})[-1]

    def failing(
        config: RunConfig, pairs: list[str], data: RunData, backtest: Backtest, *a: Any, **k: Any
    ) -> int:
        if backtest.folder.name == "trend":
            raise CandleError("the candles of this arm burnt")
        return run_backtest(config, pairs, data, backtest, *a, **k)

    said = io.StringIO()
    arguments = ["walk-forward", "--preset", "intraday-5m", "--config", str(own), "--userdir"]
    arguments += [str(folder / "u"), "--datadir", str(market), "--timerange", RANGE]
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.setattr(walk_forward_arms, "run_backtest", failing)
        code = main([*arguments, "--arms", "trend", "--grid", GRID])
    found = next((folder / "u" / "runs").iterdir())
    report = json.loads((found / "walk-forward.json").read_text())
    page = (found / "report.html").read_text(encoding="utf-8").replace(get_plotlyjs(), "")
    record = found / "preset" / "record"
    yield Ran(code, said.getvalue(), folder / "u", report, page, record, market)


def test_a_failing_arm_is_told_and_does_not_hide_the_others(ran: Ran) -> None:
    assert ran.code == 1
    arms = {arm["name"]: arm for arm in ran.report["arms"]}
    assert list(arms) == ["preset", "trend", "buy and hold"]
    assert arms["trend"]["failed"] == "the candles of this arm burnt"
    for told in (" ".join(ran.said.split()), ran.page):
        assert "the candles of this arm burnt" in told
    assert arms["preset"]["trades"] > 10
    assert "took" in ran.said and "Verdict: " in " ".join(ran.said.split())


def test_figures_of_the_arms(ran: Ran) -> None:
    preset, _, hold = ran.report["arms"]
    run = read_record(ran.record)
    result = Backtest(ran.record.parent).result()
    assert preset["net"] == pytest.approx(result.stats["profit_total"], abs=1e-9)
    assert preset["turnover"] * 0.0001 == pytest.approx(preset["fees"])  # the small preset's fee
    start, end = (result.stats[f"backtest_{side}_ts"] for side in ("start", "end"))
    frames = run.between(start, end).pairs.values()
    grown = sum(frame["close"].iloc[-1] / frame["close"].iloc[0] for frame in frames) / 2
    assert hold["net"] == pytest.approx(grown * 0.9999**2 - 1, abs=1e-9)
    assert ran.report["trials"]["count"] == 2  # the preset and the other point of the grid
    record = ran.report["assessment"]["record"]
    assert (record["trials"], record["days"]) == (2, preset["days"] + 1)


def test_every_configuration_is_logged_once(ran: Ran) -> None:
    logged = read_runs(ran.userdir).runs
    assert [(run.command, run.arm) for run in logged] == [
        ("walk-forward", "preset"),
        ("walk-forward", "edge.entry_threshold=0.005"),
    ]
    assert logged[0].result["net"] == pytest.approx(ran.report["arms"][0]["net"], abs=1e-9)
    assert [month.rsplit(" ", 1)[0] for month in logged[0].months] == [
        "BTC/USDT 2024-01",
        "ETH/USDT 2024-01",
    ]


def test_a_grid_shares_what_is_trained_and_is_judged_as_a_whole(ran: Ran) -> None:
    grid, preset = ran.report["grid"], ran.report["arms"][0]
    own, other = grid["points"]
    assert (own["name"], own["net"]) == ("edge.entry_threshold=0.0005", preset["net"])
    assert 0 < other["trades"] < own["trades"]
    again = next((ran.record.parents[1] / "grid" / "2").iterdir())
    windows, shared = (
        json.loads((each / "record" / "run.json").read_text())["windows"]
        for each in (ran.record.parent, again)
    )
    assert len(windows) == 8 and shared == windows
    assert "windows to train" in (ran.record.parent / "freqtrade.log").read_text()
    assert "windows to train" not in (again / "freqtrade.log").read_text()
    assert grid["best"] in (own["name"], other["name"])
    assert grid["record"]["trials"] == 2
    assert ran.report["assessment"]["overfitting"]["configurations"] == 2
    assert "Best of the grid: " + grid["best"] in " ".join(ran.said.split())
    assert "edge.entry_threshold=0.005" in ran.page


def test_the_page_shows_every_part_and_loads_nothing(ran: Ran) -> None:
    heads = re.findall(r"<h2>(.*?)</h2>", ran.page)
    wanted = ["Verdict", "Arms", "Grid", "Key numbers", "Account", "Statistics", "Costs and haste"]
    wanted += ["By regime", "Price and regime", "By pair", "By month", "Enter tags"]
    wanted += ["Exit reasons", "Predictions and outcomes", "Model windows", "Features over time"]
    assert [head for head in wanted if head not in heads] == []
    drawn = set(re.findall(r'<div class="plot" id="([\w-]+)"', ran.page))
    assert {"account", "price-0", "price-1", "deciles", "null", "reliability", "importance"} < drawn
    assert not re.search(r"https?:|url\(|@import", ran.page)


def test_windows_say_which_features_their_model_used(ran: Ran) -> None:
    windows = json.loads((ran.record / "run.json").read_text())["windows"]
    for window in windows:
        shares = list(window["importance"].values())
        assert shares == sorted(shares, reverse=True)
        assert 0.9 < sum(shares) <= 1.01


def test_a_run_that_is_broken_off_runs_no_further_arm(
    ran: Ran, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C reaches freqtrade as SIGTERM."""
    monkeypatch.setattr(walk_forward_arms, "run_backtest", lambda *a, **k: -15)
    arguments = ["--preset", "intraday-5m", "--config", str(small_config(tmp_path)[-1])]
    arguments += ["--userdir", str(tmp_path / "u"), "--datadir", str(ran.market)]
    assert main(["walk-forward", *arguments, "--timerange", RANGE]) == 130
    said = capsys.readouterr().out
    assert "The same command goes on" in said and "Arm 2" not in said


def other_candles(ran: Ran, tmp_path: Path) -> Any:
    """What both ways of making other candles are told, but the place."""
    options = build_parser().parse_args(["walk-forward", "--block-days", "1"])
    options.futures = False
    own = small_config(tmp_path)[-1]
    config = RunConfig.load("intraday-5m", futures=False, model=True, own=(own,))
    return config, ["BTC/USDT", "ETH/USDT"], RunData(ran.market, RANGE, built_in=True), options


def test_resampled_candles_are_stored_in_every_timeframe_and_allow_the_range(
    ran: Ran, tmp_path: Path
) -> None:
    config, pairs, data, options = other_candles(ran, tmp_path)
    OtherCandles(config, pairs, data, tmp_path / "path", options).write_resampled(1)
    fine, coarse = (read_candles(tmp_path / "path", pairs[0], tf) for tf in ("5m", "15m"))
    before = read_candles(ran.market, pairs[0], "5m")
    assert fine["date"].iloc[-1] <= pd.Timestamp("2024-01-05", tz="UTC")
    assert not fine["close"].equals(before["close"].head(len(fine)))
    assert coarse["close"].iloc[0] == fine["close"].iloc[2]


def test_noisy_candles_agree_in_every_timeframe_and_touch_nothing_else(
    ran: Ran, tmp_path: Path
) -> None:
    config, pairs, data, options = other_candles(ran, tmp_path)
    stored = {path: path.read_bytes() for path in ran.market.rglob("*.feather")}
    path = tmp_path / "path"
    for _ in range(2):  # again, as after a run that was broken off
        OtherCandles(config, pairs[:1], data, path, options).write_noisy(1)
    assert {each: each.read_bytes() for each in stored} == stored
    fine, coarse = (read_candles(path, pairs[0], tf) for tf in ("5m", "15m"))
    before = read_candles(ran.market, pairs[0], "5m")
    assert fine[["date", "volume"]].equals(before[["date", "volume"]])
    assert 1e-6 < (fine["close"] / before["close"] - 1).abs().median() < 0.01
    again = resample(fine, "5m", "15m")
    assert coarse.head(len(again))["close"].equals(again["close"])
    assert {each.relative_to(path) for each in path.rglob("*.feather")} == {
        each.relative_to(ran.market) for each in stored
    }
    assert read_candles(path, pairs[1], "5m").equals(read_candles(ran.market, pairs[1], "5m"))


def test_arms_train_first_and_leave_out_what_trades_the_same() -> None:
    def arms(preset: str, *more: str, **own: Any) -> dict[str, walk_forward_arms.Arm]:
        options = build_parser().parse_args(["walk-forward", "--preset", preset, *more])
        options.futures = False
        model = options.model == "on"
        config = RunConfig.load(preset, futures=False, model=model, own=())
        return {arm.name: arm for arm in arms_of(config, options, options.arms)}

    regime = arms("regime-4h")
    assert list(regime) == ["preset", "pooled only", "model off", "baseline", "trend"]
    assert regime["pooled only"].same_as == "model off"  # its predictions decide nothing
    assert arms("intraday-5m")["pooled only"].same_as == ""
    assert [arm.config.model_is_on for arm in regime.values()] == [True, True, False, False, False]
    assert list(arms("regime-4h", "--model", "off")) == ["preset", "baseline", "trend"]
    assert list(arms("regime-4h", "--arms", "trend")) == ["preset", "trend"]
    rules = regime["trend"].overlay["regimes"]["regime"]["rules"]
    assert rules == [{"rule": "price_change", "change_candles": 180, "band": 0.0}]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--resampled", "2"], "--resampled 2: give at least 5"),
        (["--grid", "edge.margn=0,1"], "'regimes.edge.margn'; did you mean 'margin'?"),
        (["--grid", "edge.margin=0,-1"], "greater than or equal to 0 (got -1)"),
        (["--grid", "edge.margin=0"], "1 point(s): 2 to 100 are allowed"),
        (["--grid", "edge.margin"], "give NAME=VALUE,VALUE"),
        (["--grid", "windows.pool=all,all"], 'pool="all" trades as another point does'),
        (["--grid", "edge.margin=0,1", "edge.margin=0,1"], "stands there twice"),
        (["--noisy", "4"], "--noisy 4: give at least 5"),
        (["--block-days", "0"], "--block-days 0: give at least 1"),
        (["--timerange", "2024"], "write both ends as YYYYMMDD-YYYYMMDD"),
        (["--timerange", "20300101-20300201"], "cannot begin on 2030-01-01"),
        (["--datadir", "nowhere"], "nowhere does not exist"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_line(
    ran: Ran, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    own = small_config(tmp_path)[-1]
    start = ["walk-forward", "--preset", "intraday-5m", "--config", str(own)]
    start += ["--userdir", str(tmp_path / "u"), "--datadir", str(ran.market)]
    assert main([*start, *arguments]) == 2
    assert words in capsys.readouterr().err
