"""Liquidation as freqtrade's Binance has it; the stop always comes first, with the buffer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from freqtrade.enums import MarginMode, TradingMode
from freqtrade.exchange import Binance

from freqai_regimes.risk.leverage import LeverageSettings, safe_leverage


def liquidation_distance(leverage: float, maintenance: float) -> float:
    """Move against a short, the stricter side, at which freqtrade's Binance liquidates it."""
    exchange: Any = SimpleNamespace(
        trading_mode=TradingMode.FUTURES,
        margin_mode=MarginMode.ISOLATED,
        get_maintenance_ratio_and_amt=lambda *_: (maintenance, 0.0),
    )
    stake = 200 / leverage
    price = Binance.dry_run_liquidation_price(
        exchange, "BTC/USDT:USDT", 100.0, True, 2.0, stake, leverage, stake, []
    )
    assert price is not None
    return float(price / 100.0 - 1)


@pytest.mark.parametrize("seed", range(200))
def test_the_stop_comes_before_liquidation_with_the_buffer(seed: int) -> None:
    random = np.random.default_rng(seed)
    settings = LeverageSettings(
        wanted=random.uniform(1, 20), liquidation_buffer=random.choice([0.0, 0.5, 2.0])
    )
    price_stop = None if seed % 3 == 0 else random.uniform(0.001, 0.3)
    profit_stop, maintenance = random.uniform(0.01, 0.99), random.uniform(0.002, 0.1)
    got = safe_leverage(
        settings, most=50, price_stop=price_stop, profit_stop=profit_stop, maintenance=maintenance
    )
    assert 1 <= got.value <= settings.wanted
    distances = [profit_stop / got.value, *([] if price_stop is None else [price_stop])]
    wanted = min(distances) * (1 + settings.liquidation_buffer)
    nearest = liquidation_distance(got.value, maintenance)
    assert wanted <= nearest * (1 + 1e-9) or got.value == 1
    if 1 < got.value < settings.wanted:  # and it is not lower than it must be
        more = liquidation_distance(got.value * 1.01, maintenance)
        less_stop = min([profit_stop / got.value / 1.01, *distances[1:]])
        assert less_stop * (1 + settings.liquidation_buffer) > more


def test_the_exchange_and_the_user_are_upper_bounds() -> None:
    def ask(wanted: float, most: float) -> tuple[float, str]:
        settings = LeverageSettings(wanted=wanted)
        got = safe_leverage(
            settings, most=most, price_stop=0.01, profit_stop=0.9, maintenance=0.004
        )
        return got.value, got.reason

    assert ask(3, 125) == (3, "as wanted")
    assert ask(10, 5) == (5, "the exchange allows 5")
    assert ask(1, 125) == (1, "as wanted")
