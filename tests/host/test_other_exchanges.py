"""What docs/how-to.md says of exchanges that were not run, read from freqtrade's own rules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from freqtrade.enums import CandleType, MarginMode, RunMode, TradingMode
from freqtrade.exceptions import ConfigurationError, OperationalException
from freqtrade.exchange import Exchange
from freqtrade.resolvers import ExchangeResolver

from freqai_regimes.cli.run_config import RunConfig


@contextmanager
def exchange(name: str, *, futures: bool = False) -> Iterator[Exchange]:
    """An exchange of freqtrade's that has asked nobody anything."""
    config: dict[str, Any] = {
        "exchange": {"name": name, "pair_whitelist": []},
        "dry_run": True,
        "stake_currency": "USDT",
        "runmode": RunMode.DRY_RUN,
        "trading_mode": "futures" if futures else "spot",
        "margin_mode": "isolated" if futures else "",
        "candle_type_def": CandleType.FUTURES if futures else CandleType.SPOT,
    }
    with closing(
        ExchangeResolver.load_exchange(config, validate=False, load_leverage_tiers=False)
    ) as found:
        yield found


def calls(name: str, *, futures: bool = False) -> list[int]:
    """Requests a pair for the start-up candles of each preset: 4h, 5m, 1m."""
    counts = []
    with exchange(name, futures=futures) as found:
        for preset in ("regime-4h", "intraday-5m", "scalper-1m"):
            merged = RunConfig.load(preset, futures=False, model=True, own=()).merged
            startup, timeframe = merged["startup_candle_count"], merged["timeframe"]
            counts.append(found.validate_required_startup_candles(startup, timeframe))
    return counts


@pytest.mark.parametrize(
    ("name", "spot", "futures"),
    [
        ("binance", [1, 1, 1], [1, 2, 1]),
        ("bybit", [1, 1, 1], [1, 1, 1]),
        ("gate", [1, 1, 1], [1, 1, 1]),
        ("bitget", [1, 1, 1], [1, 1, 1]),
        ("okx", [2, 3, 2], [2, 3, 2]),
    ],
)
def test_start_up_candles_can_be_asked_for(name: str, spot: list[int], futures: list[int]) -> None:
    assert calls(name) == spot
    assert calls(name, futures=True) == futures


@pytest.mark.parametrize("name", ["kraken", "hyperliquid"])
def test_without_candle_history_the_model_is_refused(name: str) -> None:
    model_on = {"freqai": {"enabled": True}}
    with exchange("okx") as found:
        found.validate_freqai(model_on)
    with (
        exchange(name) as found,
        pytest.raises(ConfigurationError, match="Can't use freqAI"),
    ):
        found.validate_freqai(model_on)
    assert calls(name) == [1, 1, 1]


@pytest.mark.parametrize("name", ["kucoin", "htx"])
def test_no_isolated_futures(name: str) -> None:
    assert calls(name) == [1, 1, 1]
    with (
        exchange(name) as found,
        pytest.raises(OperationalException, match="does not support 'isolated' 'futures'"),
    ):
        found.validate_trading_mode_and_margin_mode(TradingMode.FUTURES, MarginMode.ISOLATED, False)


def test_a_plot_of_the_5m_preset_is_more_than_freqtrade_asks_for() -> None:
    merged = RunConfig.load("intraday-5m", futures=False, model=True, own=()).merged
    candles = merged["startup_candle_count"] + merged["freqai"]["train_period_days"] * 288
    with (
        exchange("binance") as found,
        pytest.raises(ConfigurationError, match=r"more than 5x \(4999 candles\)"),
    ):
        found.validate_required_startup_candles(candles, "5m")
