"""Guards of the account: limits by hand-made numbers, then random paths against a slow check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from freqai_regimes.risk.guards.daily_loss import DailyLoss
from freqai_regimes.risk.guards.decision import Account, AccountGuard, ClosedTrade, GuardDecision
from freqai_regimes.risk.guards.drawdown import Drawdown
from freqai_regimes.risk.guards.loss_streak import LossStreak
from freqai_regimes.risk.guards.trade_limit import TradeLimit

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CAPITAL = 1000.0


def answers(guard: AccountGuard, accounts: list[Account]) -> Iterator[GuardDecision]:
    """The guard's answer at each account, lifted never."""
    memory = guard.first(accounts[0])
    for account in accounts:
        memory = guard.follow(memory, account)
        yield guard.decide(memory, account)


def hourly(profits: list[float], start: datetime = START) -> list[Account]:
    return [Account(start + n * HOUR, profit, CAPITAL) for n, profit in enumerate(profits)]


def test_daily_loss_counts_from_midnight_and_lasts_until_the_next() -> None:
    # 12:00 to 23:00 lose 2.9 %, at 00:00 the day begins at 971, of which 3 % are 29.13.
    accounts = hourly([0.0] * 11 + [-29.0] + [-29.0, -58.0, -58.13, -70.0])
    got = list(answers(DailyLoss(0.03), accounts))
    assert [decision.tripped for decision in got] == [False] * 14 + [True, True]
    assert got[-2].until == datetime(2026, 1, 3, tzinfo=UTC)
    assert got[-2].reason == "equity -3.00 % since 00:00 UTC, limit -3.00 %"


def test_a_deposit_is_no_profit_and_hides_no_loss() -> None:
    before = Account(START, 0.0, 1000.0)
    after = Account(START + HOUR, -30.0, 5000.0)
    guard = DailyLoss(0.03)
    assert guard.decide(guard.follow(guard.first(before), after), after).tripped


@pytest.mark.parametrize("guard", [DailyLoss(0.03), Drawdown(0.1)])
@pytest.mark.parametrize(("profit", "capital"), [(float("nan"), 1000.0), (0.0, 0.0), (0.0, -5.0)])
def test_an_equity_that_is_unknown_or_gone_trips(
    guard: AccountGuard, profit: float, capital: float
) -> None:
    first = guard.first(Account(START, 0.0, capital))
    assert guard.decide(first, Account(START + HOUR, profit, capital)).tripped


def test_drawdown_counts_from_the_peak_of_equity_not_of_profit() -> None:
    # The peak is 1010: its 10 % are 101. A fifth of the peak profit (2) means nothing.
    got = list(answers(Drawdown(0.1, 24.0), hourly([0, 10, 7, -90.9, -91.0])))
    assert [decision.tripped for decision in got] == [False] * 4 + [True]
    assert got[-1].until == START + 4 * HOUR + timedelta(hours=24)
    assert list(answers(Drawdown(0.1), hourly([0, -100])))[-1].until is None


def test_a_loss_streak_ends_with_a_profit_and_counts_each_trade_once() -> None:
    def closed(hour: float, profit: float) -> ClosedTrade:
        return ClosedTrade(START + hour * HOUR, profit)

    given = [
        (),
        (closed(0.5, -1), closed(0.6, -1)),
        (closed(0.6, -1), closed(1.5, 1), closed(1.6, 0.0)),  # seen before: not counted again
        (closed(2.5, -1),),
        (closed(3.5, -1),),
    ]
    accounts = [Account(START + n * HOUR, 0, CAPITAL, 0, trades) for n, trades in enumerate(given)]
    got = list(answers(LossStreak(3, 90.0), accounts))
    assert [decision.tripped for decision in got] == [False] * 4 + [True]
    assert got[-1].until == START + 4 * HOUR + timedelta(minutes=90)
    assert got[-1].reason == "3 losing trades in a row"


def test_trades_before_the_guard_began_do_not_count() -> None:
    guard = TradeLimit(2)
    accounts = [Account(START + n * HOUR, 0, CAPITAL, opened) for n, opened in enumerate([7, 8, 9])]
    assert [d.tripped for d in answers(guard, accounts)] == [False, False, True]


@pytest.mark.parametrize("seed", range(20))
def test_on_random_paths_each_guard_trips_where_a_slow_check_does(seed: int) -> None:
    """Equity walks as it likes; the check looks back over the whole path each hour."""
    random = np.random.default_rng(seed)
    profits = np.cumsum(random.normal(0, 12, 24 * 6)).tolist()
    accounts = hourly(profits)
    limit = 0.03
    daily, drawdown = (
        list(answers(DailyLoss(limit), accounts)),
        list(answers(Drawdown(2 * limit), accounts)),
    )
    for n, account in enumerate(accounts):
        same_day = [a for a in accounts[: n + 1] if a.moment.date() == account.moment.date()]
        begin = CAPITAL + same_day[0].profit
        assert daily[n].tripped == ((begin - CAPITAL - account.profit) / begin >= limit)
        peak = CAPITAL + max(profits[: n + 1])
        assert drawdown[n].tripped == ((peak - CAPITAL - account.profit) / peak >= 2 * limit)
