"""Orders behind trades, by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from freqai_regimes.errors import RegimesError
from freqai_regimes.evidence.fills import fills, gross_profit, held_value
from tests.evidence.runs import START, candles, trade

FRAME = candles([100, 110, 120, 90])


def test_a_trade_without_orders_is_one_in_and_one_out() -> None:
    trades = pd.DataFrame([trade(FRAME, 0, 2), trade(FRAME, 1, 3, short=True)])
    filled = fills(trades)
    assert filled["side"].tolist() == [1, -1, -1, 1]
    assert filled["value"].tolist() == pytest.approx([100, 120, 100, 100 / 110 * 90])
    assert filled["cost"].tolist() == pytest.approx([0.1, 0.12, 0.1, 0.1 / 110 * 90])
    assert gross_profit(trades, filled).tolist() == pytest.approx([20, 100 / 110 * 20])
    assert held_value(filled).tolist() == pytest.approx([100, 100])


def test_each_order_of_a_position_that_was_rebalanced_counts() -> None:
    def order(row: int, amount: float, price: float, entry: bool) -> dict[str, object]:
        moment = START + row * pd.Timedelta(hours=4)
        return {
            "amount": amount,
            "safe_price": price,
            "ft_is_entry": entry,
            "order_filled_timestamp": int(moment.timestamp() * 1000),
        }

    orders = [order(0, 1, 100, True), order(1, 1, 110, True), order(3, 2, 90, False)]
    unfilled = order(2, 5, 1, True) | {"order_filled_timestamp": None}
    trades = pd.DataFrame([trade(FRAME, 0, 3) | {"orders": [*orders, unfilled]}])
    filled = fills(trades)
    assert filled["value"].tolist() == [100, 110, 180]
    assert filled["date"].iloc[1] == START + pd.Timedelta(hours=4)
    # 1 coin for a candle and 2 for two candles, bought at 105 on average
    assert held_value(filled).tolist() == pytest.approx([5 / 3 * 105])


def test_a_frame_of_something_else_is_refused() -> None:
    with pytest.raises(RegimesError, match=r"lack open_date.*Give the trades of a freqtrade"):
        fills(pd.DataFrame({"pair": ["AAA/USDT"]}))


def test_no_trades_have_no_orders() -> None:
    assert fills(pd.DataFrame([trade(FRAME, 0, 2)]).iloc[:0]).empty
