"""Equity from freqtrade's wallet or closed trades, buy and hold, drawdown: by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from freqai_regimes.errors import RegimesError
from freqai_regimes.evaluation.equity import (
    account_curve,
    buy_and_hold,
    closed_trade_equity,
    monthly_returns,
    wallet_equity,
)
from freqai_regimes.evaluation.record import RunRecord

START = pd.Timestamp("2025-01-01", tz="UTC")
HOUR = pd.Timedelta(hours=1)


def test_wallet_sums_all_currencies() -> None:
    wallet = pd.DataFrame(
        {
            "date": [START, START + HOUR, START + HOUR],
            "currency": ["USDT", "USDT", "BTC"],
            "rate": [1.0, 1.0, 100.0],
            "balance": [1000.0, 400.0, 6.1],
        }
    )
    assert wallet_equity(wallet).to_list() == pytest.approx([1000.0, 1010.0])
    summed = pd.DataFrame({"date": [START], "total_quote": [7.0]})
    assert wallet_equity(summed).to_list() == [7.0]
    with pytest.raises(RegimesError, match="date with total_quote"):
        wallet_equity(wallet[["date"]])


def test_closed_trades_add_up() -> None:
    trades = pd.DataFrame(
        {
            "close_date": [START + 2 * HOUR, START + HOUR, START + 2 * HOUR],
            "profit_abs": [5.0, -10.0, 1.0],
        }
    )
    equity = closed_trade_equity(trades, 100.0, START, START + 3 * HOUR)
    assert equity.to_list() == [100.0, 90.0, 96.0, 96.0]
    none = closed_trade_equity(trades.iloc[:0], 100.0, START, START + HOUR)
    assert none.to_list() == [100.0, 100.0]


def test_buy_and_hold_is_equal_parts(tiny_frames: Any) -> None:
    market = buy_and_hold(RunRecord(tiny_frames, {"timeframe": "4h"}), 1000.0)
    # AAA grows 1, 1.1, 0.99, 1.1; BBB 1, 1, 1.1, 1.1.
    assert market.to_list() == pytest.approx([1000.0, 1050.0, 1045.0, 1100.0])
    assert market.index[0] == START + 4 * HOUR


def test_a_later_pair_is_cash_until_it_starts(tiny_frames: Any) -> None:
    tiny_frames["BBB/USDT"] = tiny_frames["BBB/USDT"].iloc[2:].reset_index(drop=True)
    market = buy_and_hold(RunRecord(tiny_frames, {"timeframe": "4h"}), 1000.0)
    assert market.to_list() == pytest.approx([1000.0, 1050.0, 995.0, 1050.0])


def test_buying_and_holding_costs_two_fees_and_the_funding() -> None:
    times = [START + i * HOUR for i in range(4)]
    frame = pd.DataFrame({"date": times, "close": [100.0, 110.0, 120.0, 110.0]})
    record = RunRecord({"AAA/USDT:USDT": frame}, {"timeframe": "1h"})
    curve = buy_and_hold(record, 1000.0, 0.01)
    assert curve.to_list() == pytest.approx([1000.0, 1089.0, 1188.0, 1100 * 0.99**2])
    # Settled when the second candle has closed and its value is 1.1, and once before the first.
    rates = pd.Series([0.5, 0.02], [START, START + 2 * HOUR])
    funded = buy_and_hold(record, 1000.0, 0.0, {"AAA/USDT:USDT": rates})
    assert funded.to_list() == pytest.approx([1000.0, 1078.0, 1178.0, 1078.0])


def test_the_account_ends_at_freqtrades_final_balance() -> None:
    stats = {"starting_balance": 100.0, "final_balance": 107.0}
    stats |= {
        f"backtest_{side}_ts": (START + h * HOUR).timestamp() * 1000
        for side, h in (("start", 0), ("end", 2))
    }
    trades = pd.DataFrame({"close_date": [START + HOUR], "profit_abs": [7.0]})
    closed = account_curve(trades, None, stats)
    assert closed.curve.to_list() == [100.0, 107.0, 107.0]
    assert "closed trades" in closed.source
    wallet = pd.DataFrame({"date": [START, START + HOUR], "total_quote": [100.0, 104.0]})
    assert account_curve(trades, wallet, stats).curve.to_list() == [100.0, 104.0, 107.0]


def test_months_begin_where_the_last_one_ended() -> None:
    days = pd.to_datetime(["2024-01-10", "2024-01-31", "2024-02-15", "2024-03-01"], utc=True)
    changes = monthly_returns(pd.Series([100.0, 110.0, 99.0, 198.0], days))
    assert changes.to_dict() == pytest.approx({"2024-01": 0.1, "2024-02": -0.1, "2024-03": 1.0})
