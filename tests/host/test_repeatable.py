"""The same candles and settings give the same backtest, bit for bit; changed ones a new one."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from freqtrade.enums import RunMode
from freqtrade.resolvers import StrategyResolver

from freqai_regimes.candles import read_candles, write_candles
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.evaluation.record import read_record
from freqai_regimes.freqtrade_bridge.backtest_result import read_backtest_result
from freqai_regimes.userdir import shipped_folder
from tests.host.in_process_backtest import Backtested, own_settings, run
from tests.host.small_run import feature_sets, label_sets, small_config, small_market

SEED, RANGE = 12, "20240103-20240105"
WINDOWS: dict[str, Any] = {"freqai": {"backtest_period_days": 1}}
#: The regime's candles are then not among those of the features.
BASE_FEATURES: dict[str, Any] = {"freqai": {"feature_parameters": {"include_timeframes": ["5m"]}}}
#: Every pair's features are then also made from these candles.
WITH_ETH: dict[str, Any] = {
    "freqai": {"feature_parameters": {"include_corr_pairlist": ["ETH/USDT"]}}
}
#: Another pair's candles as a source, and a feature of it.
ETH_SOURCE = {"kind": "pair", "column_prefix": "eth_", "pair": "ETH/USDT", "timeframe": "15m"}
OF_ETH: dict[str, Any] = {
    "exchange": {"pair_whitelist": ["BTC/USDT"]},
    "freqai": {"feature_parameters": {"include_timeframes": ["5m"]}},
    "regimes": {
        "sources": [ETH_SOURCE],
        "feature_sets": [
            {
                "generator": "statistics",
                "columns": ["eth_close"],
                "functions": ["mean"],
                "windows_candles": [3],
            },
        ],
    },
}


def backtest(folder: Path, market: Path, *changes: dict[str, Any], **options: Any) -> Backtested:
    return run(folder, market, WINDOWS, *changes, timerange=RANGE, **options)


def same(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """Whether two frames agree in every column, type and bit."""
    try:
        pd.testing.assert_frame_equal(first, second, check_exact=True)
    except AssertionError:
        return False
    return True


def same_predictions(first: dict[str, pd.DataFrame], second: dict[str, pd.DataFrame]) -> bool:
    return first.keys() == second.keys() and all(same(first[pair], second[pair]) for pair in first)


def same_run(first: Backtested, second: Backtested) -> bool:
    predictions = same_predictions(first.record.pairs, second.record.pairs)
    return predictions and same(first.trades, second.trades) and first.net == second.net


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_market(tmp_path_factory.mktemp("market") / "market", seed=SEED)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, market: Path) -> Backtested:
    result = backtest(tmp_path_factory.mktemp("first") / "run", market)
    assert len(result.trades) >= 10
    assert all(frame["prediction"].notna().all() for frame in result.record.pairs.values())
    return result


def test_no_run_leaves_anything_to_the_next_one(
    first: Backtested, market: Path, tmp_path: Path
) -> None:
    other_market = small_market(tmp_path / "market", seed=SEED + 1)
    other = backtest(tmp_path / "other", other_market)
    again = backtest(tmp_path / "again", market)
    assert same_run(first, again)
    assert not same_run(first, other)


def command(folder: Path) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Trades and record of the command line: own process, own market, own user directory."""
    market = small_market(folder / "market", seed=SEED)
    arguments = ["backtest", "--preset", "intraday-5m", "--userdir", str(folder / "user_data")]
    arguments += ["--config", str(small_config(folder, WINDOWS)[-1])]
    arguments += ["--datadir", str(market), "--timerange", RANGE]
    code = "import sys; from freqai_regimes.cli.main import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | {"PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [made] = (folder / "user_data" / "runs").iterdir()
    return read_backtest_result(made, "RegimeStrategy").trades, read_record(made / "record").pairs


def in_order(trades: pd.DataFrame) -> pd.DataFrame:
    return trades.sort_values(["open_date", "pair"]).reset_index(drop=True)


def test_another_process_and_user_directory_agree(first: Backtested, tmp_path: Path) -> None:
    trades, predictions = command(tmp_path)
    assert same_predictions(predictions, first.record.pairs)
    here, there = in_order(first.trades), in_order(trades).drop(columns="weekday")
    # Reading it from the result file costs this one its last bit; the others have few digits.
    ratio = "profit_ratio"
    assert same(here.drop(columns=ratio), there.drop(columns=ratio))
    pd.testing.assert_series_equal(here[ratio], there[ratio], rtol=1e-14)


def cached(userdir: Path) -> dict[Path, int]:
    """FreqAI's stored predictions with the moments at which they were written."""
    stored = userdir.glob("models/*/backtesting_predictions/cb_*_prediction.feather")
    return {path: path.stat().st_mtime_ns for path in stored}


def test_stored_predictions_are_used_again(market: Path, tmp_path: Path) -> None:
    userdir = tmp_path / "user_data"
    fresh = backtest(tmp_path / "fresh", market, userdir=userdir)
    written = cached(userdir)
    again = backtest(tmp_path / "again", market, userdir=userdir)
    assert len(written) == 4  # two pairs, two windows
    assert cached(userdir) == written
    assert same_run(fresh, again)


def raised(market: Path, folder: Path, pair: str, timeframe: str) -> Path:
    """Copy a market, with 5 % higher prices over a fifth of one pair's candles of a timeframe."""
    shutil.copytree(market, folder)
    candles = read_candles(folder, pair, timeframe)
    rows = slice(len(candles) // 2, len(candles) * 7 // 10)
    for column in ("open", "high", "low", "close"):
        candles.loc[candles.index[rows], column] *= 1.05
    write_candles(candles, folder, pair, timeframe)
    return folder


@pytest.mark.parametrize(
    ("pair", "timeframe", "changes", "untouched"),
    [
        ("BTC/USDT", "5m", {}, ["ETH/USDT"]),
        ("BTC/USDT", "15m", {}, ["ETH/USDT"]),
        ("BTC/USDT", "15m", BASE_FEATURES, ["ETH/USDT"]),
        ("ETH/USDT", "15m", WITH_ETH, []),
        ("ETH/USDT", "15m", OF_ETH, []),
    ],
    ids=["base", "features", "regime only", "other pair", "source"],
)
def test_changed_candles_drop_what_was_predicted_from_them(
    market: Path,
    tmp_path: Path,
    pair: str,
    timeframe: str,
    changes: dict[str, Any],
    untouched: list[str],
) -> None:
    other_market = raised(market, tmp_path / "market", pair, timeframe)
    userdir = tmp_path / "user_data"
    before = backtest(tmp_path / "before", market, changes, userdir=userdir)
    after = backtest(tmp_path / "after", other_market, changes, userdir=userdir)
    fresh = backtest(tmp_path / "fresh", other_market, changes)
    assert same_run(after, fresh)
    equal = [
        name
        for name, frame in before.record.pairs.items()
        if same(frame[["prediction"]], after.record.pairs[name][["prediction"]])
    ]
    assert equal == untouched


def identifier(folder: Path, market: Path, change: dict[str, Any]) -> str:
    """Name under which FreqAI keeps the models of the small preset with one change."""
    folder.mkdir()
    own = folder / "own.json"
    own.write_text(json.dumps(own_settings(market, change)))
    config = RunConfig.load("intraday-5m", futures=False, model=True, own=(own,)).merged
    config |= {"strategy": "RegimeStrategy", "user_data_dir": folder, "runmode": RunMode.BACKTEST}
    config["strategy_path"] = str(shipped_folder() / "strategies")
    config = copy.deepcopy(config)
    StrategyResolver.load_strategy(config)
    return str(config["freqai"]["identifier"])


def test_the_identifier_follows_what_models_depend_on(market: Path, tmp_path: Path) -> None:
    needed: list[dict[str, Any]] = [
        {},
        {"timeframe": "15m"},
        {"freqai": {"train_period_days": 2}},
        {"regimes": {"feature_sets": feature_sets((4, 13), 4)}},
        {"freqai": {"feature_parameters": {"include_timeframes": ["5m"]}}},
        {"freqai": {"model_training_parameters": {"num_leaves": 7}}},
        {"regimes": {"regime": {"average_candles": 21}}},
        {"regimes": {"regime": {"rules": [{"rule": "price_change"}]}}},
        {"regimes": {"regime": {"minimum_dwell_candles": 2}}},
        {"regimes": {"volatility": {"half_life_candles": 13}}},
        {"regimes": {"feature_sets": feature_sets((4, 12), 5)}},
        {"regimes": {"train_features": ["return_*"]}},
        {"regimes": {"sources": [ETH_SOURCE]}},
        {"regimes": {"label_sets": label_sets(7)}},
        {"regimes": {"experts": {"minimum_rows": 41}}},
    ]
    named = [identifier(tmp_path / str(n), market, change) for n, change in enumerate(needed)]
    assert len(set(named)) == len(named)
    others: list[dict[str, Any]] = [
        {"fee": 0.002, "stoploss": -0.2},
        {"regimes": {"edge": {"entry_threshold": 0.001}, "exposure": {"bull": 0.5}}},
        {"regimes": {"costs": {"fee": 0.002}, "cooldown_minutes": 10}},
    ]
    for n, change in enumerate(others):
        assert identifier(tmp_path / f"other {n}", market, change) == named[0]
