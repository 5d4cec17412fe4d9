"""The profit of a position is freqtrade's own, spot and futures, long and short."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from freqtrade.enums import TradingMode
from freqtrade.persistence import LocalTrade

from freqai_regimes.freqtrade_bridge.account import position


@pytest.mark.parametrize("is_short", [False, True])
@pytest.mark.parametrize("mode", [TradingMode.SPOT, TradingMode.FUTURES])
@pytest.mark.parametrize("price", [80.0, 100.0, 130.0])
def test_a_position_is_worth_what_freqtrade_says(
    is_short: bool, mode: TradingMode, price: float
) -> None:
    trade = LocalTrade(
        pair="BTC/USDT",
        open_rate=100.0,
        open_date=datetime(2026, 1, 1, tzinfo=UTC),
        amount=3.0,
        stake_amount=300.0,
        fee_open=0.001,
        fee_close=0.0005,
        is_short=is_short,
        trading_mode=mode,
        leverage=1.0,
    )
    trade.recalc_open_trade_value()
    trade.funding_fees = -0.7 if mode == TradingMode.FUTURES else 0.0
    trade.realized_profit = 4.0
    assert position(trade).profit(price) == pytest.approx(trade.calc_profit(price) + 4.0, abs=1e-7)
