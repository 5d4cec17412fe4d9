"""A guard in the real ``freqtrade trade``: it trips, closes, survives a restart, is unlocked."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from freqai_regimes.candles import read_candles
from tests.host.test_user_moves import BTC, BY_REGIME, ETH, NOON, STEP, TROUBLE, Bot, Run, call

BALANCE, FEE, STOP, LIMIT = 10_000 * 0.99, 0.0001, 0.005, 0.001
GUARDED: dict[str, Any] = {
    "stoploss": -STOP,
    "regimes": {"guards": {"daily_loss": LIMIT, "close_positions": True}, "cooldown_minutes": 0},
}
FIRST_CANDLES, UNLOCKED_AT, SECOND_CANDLES = 5, 2, 5
SAID = "guard_keeper - INFO - Guard daily_loss"


def when(text: str) -> datetime:
    return datetime.fromisoformat(text + "+00:00")


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Bot:
    return Bot(tmp_path_factory.mktemp("bot"))


@pytest.fixture(scope="module")
def runs(bot: Bot) -> tuple[Run, list[dict[str, Any]], Run]:
    """The bot until its guard has tripped, its locks then, and the bot started anew."""
    settings = bot.settings([BTC, ETH], BY_REGIME, GUARDED)
    first = bot.run(settings, NOON, FIRST_CANDLES)
    locks = bot._rows("pairlocks")
    again = NOON + (FIRST_CANDLES + 1) * STEP
    unlock = call(UNLOCKED_AT, "delete_lock", pair="*")
    return first, locks, bot.run(settings, again, SECOND_CANDLES, unlock)


def test_it_trips_locks_all_pairs_and_closes_what_is_open(
    runs: tuple[Run, list[dict[str, Any]], Run],
) -> None:
    first, locks, _ = runs
    [lock] = [each for each in locks if each["reason"].startswith("guard daily_loss: equity -")]
    assert lock["pair"] == "*" and when(lock["lock_end_time"]) == datetime.fromisoformat(
        "2024-01-04T00:00:00+00:00"
    )
    tripped = when(lock["lock_time"])
    assert tripped.timestamp() % STEP.total_seconds() == 0  # at a candle boundary
    closed = [trade for trade in first.trades if trade["exit_reason"] == "guard_daily_loss"]
    assert closed and all(when(trade["close_date"]) >= tripped for trade in closed)
    assert all(when(trade["open_date"]) < tripped for trade in first.trades)
    assert not [trade for trade in first.trades if trade["is_open"]]
    assert first.log.count(f"{SAID} tripped") == 1
    assert TROUBLE.findall(first.log) == []


def test_a_restart_does_not_lift_it_and_unlock_does(
    bot: Bot, runs: tuple[Run, list[dict[str, Any]], Run]
) -> None:
    first, _, second = runs
    unlocked = NOON + (FIRST_CANDLES + 1 + UNLOCKED_AT) * STEP
    later = [trade for trade in second.trades if trade["id"] > len(first.trades)]
    assert later
    assert all(when(trade["open_date"]) > unlocked for trade in later)
    assert second.log.count(f"{SAID} lifted by /unlock") == 1
    [kept] = [row for row in bot._rows("KeyValueStore") if "guard" in row["key"]]
    state = json.loads(kept["string_value"])
    assert state["memory"]["profit"] != 0.0  # measured anew from the moment of the unlock
    assert TROUBLE.findall(second.log) == []


def equity(bot: Bot, orders: list[dict[str, Any]], moment: datetime) -> float:
    """Equity at the close before a moment, if all were sold then, from the database's orders."""
    total = BALANCE
    for order in orders:
        if when(order["order_filled_date"]) >= moment:
            continue
        candles = read_candles(bot.market, order["ft_pair"], "5m").set_index("date")
        value = order["filled"] * order["average"]
        now = order["filled"] * candles["close"][moment - STEP]
        sign = 1 if order["side"] == "buy" else -1
        total += sign * (now * (1 - FEE)) - sign * value * (1 + sign * FEE)
    return total


def test_equity_at_the_trip_is_what_the_orders_make_it(
    bot: Bot, runs: tuple[Run, list[dict[str, Any]], Run]
) -> None:
    """The share of equity that the lock names, from closing prices and orders of the database."""
    first, locks, _ = runs
    lock = next(each for each in locks if each["reason"].startswith("guard daily_loss"))
    named = float(lock["reason"].split("equity ")[1].split(" %")[0]) / 100
    reckoned = equity(bot, first.orders, when(lock["lock_time"])) / BALANCE - 1
    assert reckoned == pytest.approx(named, abs=6e-5)
    assert named <= -LIMIT


def test_the_loss_goes_past_the_limit_by_no_more_than_stops_and_costs(
    bot: Bot, runs: tuple[Run, list[dict[str, Any]], Run]
) -> None:
    """At every close from the trip to the end of the run; the market of the test has no gaps."""
    first, locks, _ = runs
    lock = next(each for each in locks if each["reason"].startswith("guard daily_loss"))
    moment = when(lock["lock_time"])
    at_risk = sum(
        trade["open_rate"] * trade["amount"]
        for trade in first.trades
        if when(trade["open_date"]) < moment <= when(trade["close_date"])
    )
    assert at_risk > 0
    end = max(when(order["order_filled_date"]) for order in first.orders)
    while moment <= end + STEP:
        past = BALANCE - equity(bot, first.orders, moment) - LIMIT * BALANCE
        assert past <= at_risk * (STOP + 2 * FEE), moment
        moment += STEP
