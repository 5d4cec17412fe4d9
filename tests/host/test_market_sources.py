"""Sources through the real freqtrade: the same features in backtest and live, bit for bit."""

from __future__ import annotations

import json
import re
import shlex
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.candles import read_candles, write_candles
from freqai_regimes.cli.main import main
from freqai_regimes.freqtrade_bridge.market_sources import MarketSources
from freqai_regimes.local_exchange.freqtrade_config import exchange_overlay
from freqai_regimes.local_exchange.server import LocalExchange
from freqai_regimes.userdir import shipped_folder
from tests.host import stepped_trade
from tests.host.in_process_backtest import Backtested, run
from tests.host.small_run import SMALL, small_config, small_market

START, CANDLES = datetime.fromisoformat("2024-01-03T15:30:02+00:00"), 8
PERPETUAL = "ETH/USDT:USDT"
TROUBLE = re.compile(r" - (?:ERROR|CRITICAL) - .*|Traceback.*|Unable to analyze.*")

Frames = dict[str, pd.DataFrame]


def sources(folder: Path) -> list[dict[str, Any]]:
    """One of each kind; the mood of each hour comes out 40 minutes after it."""
    return [
        {"kind": "pair", "column_prefix": "eth_", "pair": "ETH/USDT", "timeframe": "5m"},
        {"kind": "pair", "column_prefix": "sol_", "pair": "SOL/USDT", "timeframe": "15m"},
        {"kind": "funding", "column_prefix": "fund_", "pair": PERPETUAL},
        {"kind": "mark", "column_prefix": "mark_", "pair": PERPETUAL, "timeframe": "1h"},
        {
            "kind": "basis",
            "column_prefix": "far_",
            "pair": PERPETUAL,
            "spot_pair": "ETH/USDT",
            "timeframe": "5m",
        },
        {
            "kind": "file",
            "column_prefix": "mood_",
            "path": str(folder / "mood.csv"),
            "publication_lag_hours": 0.667,
            "every_hours": 1,
        },
        {"kind": "kline_extras"},
    ]


FEATURES: list[dict[str, Any]] = [
    *SMALL["regimes"]["feature_sets"],
    {
        "generator": "cross_asset",
        "leader_prefix": "eth_",
        "windows_candles": [12],
        "volatility_half_life_candles": 4,
        "timeframe": "all",
    },
    {
        "generator": "statistics",
        "columns": ["fund_funding_rate", "mood_value", "far_basis", "sol_volume", "eth_is_filled"],
        "functions": ["mean"],
        "windows_candles": [1, 6],
    },
    {
        "generator": "statistics",
        "columns": ["mark_close"],
        "functions": ["slope"],
        "windows_candles": [12],
    },
    {
        "generator": "volume_profile",
        "functions": ["trades_SMA", "tb_base_SMA"],
        "windows_candles": [3],
        "base_window_candles": 24,
    },
]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pairs, of which one is traded; the others have holes."""
    folder = tmp_path_factory.mktemp("market")
    pairs = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
    data = small_market(folder / "data", pairs=pairs, timeframes=("5m", "15m", "1h"), futures=True)
    for pair, timeframe, holes in (
        ("ETH/USDT", "5m", (700, 701, 745)),
        ("SOL/USDT", "15m", (253,)),
    ):
        candles = read_candles(data, pair, timeframe).drop(index=list(holes))
        write_candles(candles.reset_index(drop=True), data, pair, timeframe)
    hours = pd.date_range("2024-01-01", periods=96, freq="h", tz="UTC")
    mood = pd.DataFrame({"date": hours.strftime("%Y-%m-%dT%H:%M:%SZ")})
    mood["value"] = np.random.default_rng(1).normal(size=len(mood))
    mood.drop(index=[60, 61]).to_csv(folder / "mood.csv", index=False)
    own = small_config(folder, {"exchange": {"pair_whitelist": ["BTC/USDT"]}})[-1]
    arguments = ["kline-extras", "--preset", "intraday-5m", "--config", str(own)]
    arguments += ["--userdir", str(folder / "user_data"), "--datadir", str(data)]
    assert main(arguments) == 0
    return data


def change(folder: Path) -> dict[str, Any]:
    """The small preset with sources, one pair and one training in three hours."""
    return {
        "exchange": {"pair_whitelist": ["BTC/USDT"]},
        "freqai": {"backtest_period_days": 0.125, "live_retrain_hours": 2.9},
        "regimes": {"sources": sources(folder), "feature_sets": FEATURES},
    }


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, market: Path) -> Path:
    """What a bot left behind that began on an empty data directory of its own."""
    folder = tmp_path_factory.mktemp("live")
    for name in ("user_data", "bot_data", "joined"):
        (folder / name).mkdir()
    with LocalExchange(market, clock="set", start=START.isoformat()) as exchange:
        overlay = exchange_overlay(exchange.url, futures=False)
        overlay["db_url"] = f"sqlite:///{folder / 'trades.sqlite'}"
        (folder / "overlay.json").write_text(json.dumps(overlay))
        arguments = ["trade", "--strategy", "RegimeStrategy", "--freqaimodel", "RegimeLightGBM"]
        arguments += ["--strategy-path", str(shipped_folder() / "strategies")]
        arguments += ["--freqaimodel-path", str(shipped_folder() / "freqaimodels")]
        arguments += ["--userdir", str(folder / "user_data"), "--datadir", str(folder / "bot_data")]
        own = small_config(folder, change(market.parent))
        for config in (*own, folder / "overlay.json"):
            arguments += ["--config", str(config)]
        plan = {
            "url": exchange.url,
            "start": START.isoformat(),
            "candles": CANDLES,
            "timeframe_seconds": 300,
            "arguments": arguments,
            "mend": True,
            "answer": str(folder / "answer.json"),
            "joined": str(folder / "joined"),
        }
        (folder / "plan.json").write_text(json.dumps(plan))
        done = stepped_trade.run(folder / "plan.json")
    (folder / "log.txt").write_text(done.stdout + done.stderr)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return folder


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory, market: Path) -> tuple[Backtested, Frames]:
    """A backtest over the same candles, and the frames that sources were joined onto."""
    joined: Frames = {}
    honest = MarketSources.join

    def join(self: Any, candles: Any, pair: str, timeframe: str, provider: Any) -> Any:
        joined[timeframe] = honest(self, candles, pair, timeframe, provider)
        return joined[timeframe]

    begins = int(START.timestamp()) // 300 * 300
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MarketSources, "join", join)
        done = run(
            tmp_path_factory.mktemp("tested") / "run",
            market,
            change(market.parent),
            timerange=f"{begins}-{begins + 3 * 3600}",
        )
    return done, joined


def test_live_reports_no_trouble(live: Path) -> None:
    assert TROUBLE.findall((live / "log.txt").read_text()) == []


def test_sources_are_the_same_in_backtest_and_live(
    live: Path, tested: tuple[Backtested, Frames]
) -> None:
    compared = {"5m": 0, "15m": 0}
    for path in sorted((live / "joined").glob("*.feather")):
        timeframe = path.stem.partition("-")[2]
        got = pd.read_feather(path).set_index("date")
        expected = tested[1][timeframe].set_index("date")
        common = got.index.intersection(expected.index)
        columns = list(got)  # freqtrade's backtest has some more of its own, all empty
        pd.testing.assert_frame_equal(
            got.loc[common, columns],
            expected.loc[common, columns],
            check_exact=True,
            check_index_type=False,
        )
        compared[timeframe] = max(compared[timeframe], len(common))
    assert compared["5m"] > 300 and compared["15m"] > 100, compared  # training frames too


def test_every_source_has_values_and_gaps_are_flagged(tested: tuple[Backtested, Frames]) -> None:
    frame = tested[1]["5m"].tail(280)
    for column in ("eth_close", "sol_volume", "fund_funding_rate", "mark_close", "far_basis"):
        assert frame[column].notna().all(), column
    assert frame["trades"].gt(0).all() and frame["mood_value"].notna().all()
    assert frame["eth_is_filled"].sum() >= 1


def test_predictions_are_the_same_in_backtest_and_live(
    live: Path, tested: tuple[Backtested, Frames]
) -> None:
    answer = json.loads((live / "answer.json").read_text())
    rows = pd.DataFrame(answer["predictions"]["BTC/USDT"]).tail(CANDLES - 1)
    got = rows.set_index(pd.to_datetime(rows["date_pred"], utc=True))["&-forward_return"]
    expected = tested[0].record.pairs["BTC/USDT"].set_index("date")["prediction"]
    assert len(got) == CANDLES - 1
    np.testing.assert_array_equal(got, expected.loc[got.index])


def test_the_example_of_the_page_runs_as_it_stands(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to.md").read_text()
    section = page.split("## Other series as features")[1].split("\n## ")[0]
    [example] = re.findall("```json\n(.*?)```", section, re.DOTALL)
    (tmp_path / "sources.json").write_text(example)
    [shown] = re.findall("^freqai-regimes (backtest .*)$", section, re.MULTILINE)
    words = shlex.split(shown.replace("user_data/sources.json", str(tmp_path / "sources.json")))
    less = ["--userdir", str(tmp_path / "user_data"), "--pairs", "ETH/USDT"]
    assert main([*words, *less]) == 0
    assert "Report:" in capfd.readouterr().out
    [noted] = (tmp_path / "user_data" / "runs").glob("*/record/run.json")
    windows = json.loads(noted.read_text())["windows"]
    assert len(windows) >= 3  # of 365 days each: hardly a row lacks a value of some source
    assert all(one["train_rows"] + one["validation_rows"] > 2100 for one in windows)
