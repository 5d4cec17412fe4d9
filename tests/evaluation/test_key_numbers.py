"""The names looked up are those that freqtrade's own code writes."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from freqai_regimes.evaluation.key_numbers import key_numbers
from freqai_regimes.evaluation.regime_table import checked_trades
from freqai_regimes.evaluation.scorecard import checked_stats


@pytest.fixture(scope="module")
def freqtrade_stats() -> dict[str, Any]:
    from freqtrade.data.btanalysis import BT_DATA_COLUMNS
    from freqtrade.optimize.optimize_reports.optimize_reports import generate_strategy_stats

    start = pd.Timestamp("2025-01-01", tz="UTC")
    trades = pd.DataFrame(
        {
            "pair": "AAA/USDT",
            "stake_amount": 100.0,
            "profit_abs": [10.0, -4.0, 3.0],
            "profit_ratio": [0.1, -0.04, 0.03],
            "open_date": [start + pd.Timedelta(days=day) for day in (1, 2, 3)],
            "close_date": [start + pd.Timedelta(days=day) for day in (2, 3, 4)],
            "trade_duration": 1440,
            "exit_reason": "roi",
            "enter_tag": "bull",
            "is_short": [False, False, True],
            "is_open": False,
            "orders": [[], [], []],
        },
        columns=BT_DATA_COLUMNS,
    )
    wallet = pd.DataFrame(
        {
            "date": pd.date_range(start, periods=4, tz="UTC"),
            "currency": "USDT",
            "rate": 1.0,
            "balance": [1000.0, 1010.0, 1006.0, 1009.0],
        }
    )
    config = {
        "max_open_trades": 1,
        "dry_run_wallet": 1000,
        "stake_currency": "USDT",
        "stake_amount": 100,
        "timeframe": "4h",
        "stoploss": -0.2,
        "minimal_roi": {},
        "use_exit_signal": True,
        "exit_profit_only": False,
        "exit_profit_offset": 0.0,
        "ignore_roi_if_entry_signal": False,
        "trading_mode": "futures",
        "margin_mode": "isolated",
    }
    counts = (
        "rejected_signals timedout_entry_orders timedout_exit_orders canceled_trade_entries "
        "canceled_entry_orders replaced_entry_orders backtest_start_time backtest_end_time"
    )
    content = {
        "results": trades,
        "config": config,
        "locks": [],
        "final_balance": 1009.0,
        "wallet_summary": wallet,
        **dict.fromkeys(counts.split(), 0),
    }
    end = start + pd.Timedelta(days=10)
    stats = generate_strategy_stats(
        ["AAA/USDT"], "Regimes", content, start.to_pydatetime(), end.to_pydatetime(), 0.05
    )
    return {**stats, "frame": trades}


def test_freqtrade_gives_every_number(freqtrade_stats: dict[str, Any]) -> None:
    shown = key_numbers(checked_stats(freqtrade_stats))
    assert len(shown) == 20
    numbers = dict(shown)
    assert numbers["Total profit (of balance)"] == "+0.90 %"
    assert numbers["Total profit"] == "9.000 USDT"
    assert numbers["Max drawdown (closed trades)"] == "0.4 %"
    assert numbers["Trades won"] == "66.7 %"
    assert numbers["Short trades"] == "1"
    assert numbers["Sharpe (closed trades)"] != numbers["Sharpe (daily wallet balance)"]


def test_freqtrades_trades_have_the_columns(freqtrade_stats: dict[str, Any]) -> None:
    assert len(checked_trades(freqtrade_stats["frame"])) == 3


def test_what_is_not_given_is_left_out() -> None:
    assert key_numbers({"sharpe": 1.0, "sortino": None}) == [("Sharpe (closed trades)", "1.00")]
