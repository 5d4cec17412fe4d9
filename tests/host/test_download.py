"""``--market binance`` downloads candles first, through freqtrade; here from the local exchange."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from freqai_regimes.candles import read_candles
from freqai_regimes.cli.bot_run import BotRun
from freqai_regimes.cli.main import main
from freqai_regimes.cli.run_config import RunConfig, config_files, preset_names
from freqai_regimes.cli.shadow_candles import candles_of
from freqai_regimes.cli.stored_data import download_days
from freqai_regimes.local_exchange.freqtrade_config import exchange_overlay
from freqai_regimes.local_exchange.server import LocalExchange
from freqai_regimes.sources.kline_extras import read_extras
from tests.host.small_run import small_config, small_market

#: Another pair, something that only futures have, and what only Binance's klines have.
SOURCES: dict[str, Any] = {
    "sources": [
        {"kind": "pair", "column_prefix": "eth_", "pair": "ETH/USDT", "timeframe": "15m"},
        {"kind": "funding", "column_prefix": "btc_", "pair": "BTC/USDT:USDT"},
        {"kind": "kline_extras"},
    ],
    "feature_sets": [
        {
            "generator": "statistics",
            "columns": ["close", "eth_close", "btc_funding_rate", "trades"],
            "functions": ["mean"],
            "windows_candles": [3],
        }
    ],
}


def test_downloads_and_then_backtests(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    more = {"futures": True, "timeframes": ("5m", "15m", "1h")}
    market = small_market(tmp_path / "market", days=40, **more)
    small = small_config(tmp_path, {"regimes": SOURCES})[-1]
    with LocalExchange(market, clock="shifted") as exchange:
        addresses = tmp_path / "addresses.json"
        addresses.write_text(json.dumps(exchange_overlay(exchange.url, futures=False)))
        arguments = ["--market", "binance", "--preset", "intraday-5m", "--pairs", "BTC/USDT"]
        arguments += ["--config", str(small), "--config", str(addresses)]
        assert main(["backtest", "--userdir", str(tmp_path / "user_data"), *arguments]) == 0
        stored = read_candles(tmp_path / "user_data" / "data" / "binance", "BTC/USDT", "5m")
        first = _a_bot_gets_earlier_candles(tmp_path, small, addresses)
    printed = capfd.readouterr().out
    assert "the last 48 windows" in printed
    assert "built-in market" not in printed
    assert len(stored) > 7 * 288
    longer = read_candles(tmp_path / "user_data" / "data" / "binance", "BTC/USDT", "5m")
    assert longer["date"].iloc[0] <= first
    extras = read_extras(tmp_path / "user_data" / "data" / "binance", "BTC/USDT", "5m")
    assert extras["date"].tolist() == stored["date"].dt.as_unit("ns").tolist()


def _a_bot_gets_earlier_candles(tmp_path: Path, *own: Path) -> pd.Timestamp:
    """Candles for ``shadow-backtest`` of an earlier day; the first that it needs (UTC)."""
    userdir = tmp_path / "user_data"
    files = (*config_files("intraday-5m", futures=False, model=True), *own)
    bot = BotRun(files, "RegimeStrategy", userdir)
    config, datadir = bot.config(), userdir / "data" / "binance"
    begins = read_candles(datadir, "BTC/USDT", "5m")["date"].iloc[0]
    day = (begins + pd.Timedelta(days=download_days(config) - 2)).normalize()
    period = day, day + pd.Timedelta(days=1)
    (tmp_path / "shadow").mkdir()
    assert candles_of(bot, config, ["BTC/USDT"], period, tmp_path / "shadow") == datadir
    first: pd.Timestamp = day - pd.Timedelta(days=download_days(config))
    assert first < begins
    return first


def test_a_download_that_fails_says_where_to_look(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    overlay = exchange_overlay("http://127.0.0.1:9", futures=False)  # nothing listens there
    (tmp_path / "addresses.json").write_text(json.dumps(overlay))
    arguments = ["--market", "binance", "--config", str(tmp_path / "addresses.json")]
    assert main(["backtest", "--userdir", str(tmp_path / "user_data"), *arguments]) == 2
    said = capfd.readouterr().err
    assert "The download from binance failed" in said
    assert "use --market local" in said


@pytest.mark.parametrize("preset", preset_names())
def test_every_preset_asks_for_enough_days(preset: str) -> None:
    config = RunConfig.load(preset, futures=False, model=True, own=())
    freqai = config.merged["freqai"]
    windows = 48 * freqai["backtest_period_days"]
    assert download_days(config) > freqai["train_period_days"] + windows
