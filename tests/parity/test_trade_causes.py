"""Each cause of a differing trade is named, and what it cost adds up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.parity.causes import Cause
from freqai_regimes.parity.compare import compare
from freqai_regimes.parity.comparison import Comparison
from tests.parity.sides import BTC, ETH, STEP, at, changed, lock, side, trade


def of_trades(found: Comparison) -> list[tuple[str, Cause, Cause | None]]:
    """What, cause and root of each difference between trades."""
    return [(d.what, d.cause, d.root) for d in found.differences if d.kind == "trade"]


def total(found: Comparison) -> float:
    """The profits' difference as the trades themselves say it."""
    live, backtest = found.profits
    return live - backtest


def one(live: dict[str, Any], backtest: dict[str, Any]) -> Comparison:
    """Two runs with a trade each; the money of the differences adds up to that of the trades."""
    found = compare(side("live", live), side("backtest", backtest))
    assert found.money == pytest.approx(total(found), abs=1e-12)
    assert sum(found.money_by_cause().values()) == pytest.approx(found.money, abs=1e-12)
    return found


def test_equal_trades_are_equal_to_the_second_within_their_candles() -> None:
    found = one(
        trade(6, 12, open_date=at(6) + STEP / 100, close_date=at(12) + STEP / 100), trade(6, 12)
    )
    assert found.passed and found.counted["trade"].compared == 1 and found.differences == ()


def test_a_spread_is_allowed_and_slippage_is_not() -> None:
    spread = one(trade(6, 12, open_rate=100.005, close_rate=100.99), trade(6, 12))
    assert of_trades(spread) == [("entry", Cause.SPREAD, None), ("exit", Cause.SPREAD, None)]
    assert spread.passed
    entry, leaving = spread.differences
    assert entry.money == pytest.approx(-0.005) and entry.reason.startswith("+0.5 basis points")
    # The part of the fees that comes of the exit's price stays with it.
    assert leaving.money == pytest.approx(-0.01 - 0.001 * (0.005 - 0.01))
    slipped = one(trade(6, 12, open_rate=100.5), trade(6, 12))
    assert of_trades(slipped) == [("entry", Cause.SLIPPAGE, None)] and not slipped.passed


@pytest.mark.parametrize("reason", ["stop_loss", "trailing_stop_loss", "roi", "liquidation"])
def test_a_price_reached_inside_a_candle(reason: str) -> None:
    stopped = {"exit_reason": reason}
    found = one(trade(6, 13, close_rate=97.0, **stopped), trade(6, 12, close_rate=98.0, **stopped))
    assert of_trades(found) == [("exit", Cause.INSIDE_CANDLE, None)] and found.passed
    assert found.money == pytest.approx(-1 + 0.001)


def test_a_stop_two_candles_late_needs_the_backtest_to_have_been_stopped() -> None:
    by_signal = trade(6, 10)
    found = one(trade(6, 14, exit_reason="stop_loss"), by_signal)
    assert of_trades(found)[0][1] == Cause.LATE_FILL and not found.passed


def test_a_trade_that_follows_from_the_first_candle_is_allowed_and_from_an_unknown_not() -> None:
    live = replace(side("live"), spans=((at(-40), at(5)), (at(6) + STEP / 2, at(90))))
    live = changed(changed(live, "do_predict", 0, 5), "enter_long", 0, 5)
    found = compare(live, side("backtest", trade(6, 12)))
    assert of_trades(found) == [("trade", Cause.FOLLOWS, Cause.FIRST_CANDLE)] and found.passed
    assert found.money == pytest.approx(-(1 - 0.201)) == pytest.approx(total(found))
    live = changed(side("live"), "enter_long", 0, 5)
    found = compare(live, side("backtest", trade(6, 12)))
    assert of_trades(found) == [("trade", Cause.FOLLOWS, Cause.UNKNOWN)] and not found.passed


def test_an_entry_by_hand_and_an_exit_by_hand() -> None:
    entered = compare(side("live", trade(9, 12, enter_tag="force_entry")), side("backtest"))
    assert of_trades(entered) == [("trade", Cause.BY_HAND, None)]
    left = one(trade(6, 9, exit_reason="force_exit"), trade(6, 12))
    assert of_trades(left) == [("exit", Cause.BY_HAND, None)]


def test_an_exit_signal_that_differs_and_an_entry_that_filled_late() -> None:
    live = changed(side("live", trade(6, 15)), "exit_long", -1, 11)
    found = compare(live, side("backtest", trade(6, 12)))
    assert of_trades(found) == [("exit", Cause.FOLLOWS, Cause.UNKNOWN)]
    assert "exit" in found.differences[-1].what and not found.passed
    late = one(trade(8, 12), trade(6, 12))
    assert of_trades(late) == [("entry", Cause.LATE_FILL, None)]


def test_a_candle_analysed_late_explains_the_late_entry() -> None:
    live = side("live", trade(8, 12))
    frame = live.candles[BTC].assign(seen_at=live.candles[BTC]["date"] + STEP + STEP / 100)
    frame.loc[5, "seen_at"] = at(7) + STEP / 2
    live = replace(live, candles={**live.candles, BTC: frame})
    found = compare(live, side("backtest", trade(6, 12)))
    assert of_trades(found) == [("entry", Cause.FOLLOWS, Cause.LATE_CANDLE)]


def test_a_trade_missing_because_the_one_before_ended_later() -> None:
    stopped = {"exit_reason": "stop_loss", "close_rate": 98.0}
    live = side("live", trade(6, 13, **stopped), trade(14, 20))
    backtest = side("backtest", trade(6, 12, **stopped), trade(13, 20))
    found = compare(live, backtest)
    assert of_trades(found) == [
        ("exit", Cause.INSIDE_CANDLE, None),
        ("entry", Cause.FOLLOWS, Cause.INSIDE_CANDLE),
    ]
    assert found.passed and found.money == pytest.approx(total(found))


def test_no_slot_left_and_a_lock() -> None:
    live = side("live", trade(6, 20))
    backtest = side("backtest", trade(6, 9, exit_reason="roi"), trade(10, 12, pair=ETH))
    found = compare(live, backtest)
    assert of_trades(found)[1] == ("trade", Cause.FOLLOWS, Cause.INSIDE_CANDLE)
    assert "no slot left" in found.differences[-1].reason
    guard = lock(9, 40, "guard daily_loss: lost 3 %", "*")
    live = side("live", trade(6, 9, exit_reason="stop_loss", close_rate=95.0), locks=(guard,))
    backtest = side(
        "backtest", trade(6, 9, exit_reason="stop_loss", close_rate=97.0), trade(30, 36, pair=ETH)
    )
    found = compare(live, backtest)
    assert of_trades(found)[-1] == ("trade", Cause.FOLLOWS, Cause.INSIDE_CANDLE)
    locked = [d for d in found.differences if d.kind == "lock"]
    assert [(d.what, d.live, d.backtest, d.root) for d in locked] == [
        ("guard daily_loss", "until 2024-01-03 03:20", None, Cause.INSIDE_CANDLE)
    ]
    assert found.passed


def test_locks_that_agree_and_freqtrades_own_are_no_difference() -> None:
    guard = lock(9, 40, "guard daily_loss: lost 3.1 %")
    other = lock(9, 40, "guard daily_loss: lost 3.2 %")
    auto = lock(12, 13, "Auto lock")
    found = compare(side("live", locks=(guard, auto)), side("backtest", locks=(other,)))
    assert found.passed and found.differences == ()


def test_size_fees_partial_fills_and_balances() -> None:
    orders = [
        {
            "amount": 0.6,
            "requested": 1.0,
            "safe_price": 100.0,
            "ft_is_entry": True,
            "order_filled_timestamp": int(at(6).timestamp() * 1000),
        }
    ]
    part = one(trade(6, 12, amount=0.6, orders=orders), trade(6, 12))
    assert of_trades(part) == [("size", Cause.PARTIAL_FILL, None)]
    assert part.money == pytest.approx(-0.4 * 0.799)
    fees = one(trade(6, 12, fee_open=0.00075, fee_close=0.00075), trade(6, 12))
    assert of_trades(fees) == [("fees", Cause.FEES, None)]
    assert fees.money == pytest.approx(0.00025 * 201) and fees.differences[0].money > 0
    live = side("live", trade(6, 9, open_rate=100.01), trade(20, 26, amount=0.99))
    found = compare(live, side("backtest", trade(6, 9), trade(20, 26)))
    assert of_trades(found)[-1] == ("size", Cause.FOLLOWS, Cause.SPREAD)


def test_further_orders_on_one_side_only() -> None:
    def order(candle: int, amount: float, entry: bool) -> dict[str, Any]:
        filled = int(at(candle).timestamp() * 1000)
        return {
            "amount": amount,
            "safe_price": 100.0,
            "ft_is_entry": entry,
            "order_filled_timestamp": filled,
        }

    both = [order(6, 1.0, True), order(12, 1.0, False)]
    more = [both[0], order(9, 0.1, False), both[1]]
    found = one(trade(6, 12, orders=more, profit_abs=0.79), trade(6, 12, orders=both))
    assert of_trades(found) == [("orders", Cause.UNKNOWN, None)]
    assert found.differences[0].reason == "part sold at 2024-01-03 00:45 on one side only"
    live = changed(side("live", trade(6, 12, orders=more)), "weight", 0.1, 8)
    found = compare(live, side("backtest", trade(6, 12, orders=both)))
    assert of_trades(found) == [("orders", Cause.FOLLOWS, Cause.UNKNOWN)]


def test_trades_that_are_open_at_the_end() -> None:
    ended = trade(60, 71, exit_reason="force_exit")
    still = trade(60, 71, close_date=pd.NaT, close_rate=np.nan, profit_abs=np.nan, exit_reason=None)
    found = one(still | {"profit_abs": 0.799}, ended)
    assert found.passed and found.differences == ()
    priced = compare(side("live", still | {"open_rate": 100.01}), side("backtest", ended))
    assert of_trades(priced) == [("entry", Cause.SPREAD, None)]
    assert priced.money == pytest.approx(-0.01)


def test_the_tables_by_cause_put_what_is_not_allowed_first() -> None:
    live = side("live", trade(6, 12, open_rate=100.005), trade(20, 26, open_rate=101.0))
    found = compare(live, side("backtest", trade(6, 12), trade(20, 26)))
    table = found.by_cause()
    assert table["cause"].tolist() == [Cause.SLIPPAGE, Cause.SPREAD]
    assert table["money"].sum() == pytest.approx(found.money) == pytest.approx(total(found))
    told = found.to_json()
    assert told["passed"] is False and len(told["trades"]) == 2
    assert told["money_by_cause"][Cause.SLIPPAGE] == pytest.approx(-1.001)


def test_what_a_new_bot_enters_at_its_first_look_and_what_nobody_kept() -> None:
    found = compare(side("live", trade(0, 12)), side("backtest"))
    assert of_trades(found) == [("trade", Cause.FOLLOWS, Cause.FIRST_CANDLE)] and found.passed
    unseen = replace(side("live", trade(6, 12)), candles={})
    found = compare(unseen, side("backtest"))
    assert of_trades(found) == [("trade", Cause.UNKNOWN, None)]
    assert found.differences[0].reason.endswith("was not kept")
