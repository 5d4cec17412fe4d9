"""The keeper of guards against freqtrade's own locks and key-value store, in a real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from freqtrade.persistence import KeyValueStore, PairLocks, Trade, init_db

from freqai_regimes.errors import CandleError
from freqai_regimes.freqtrade_bridge import announcements, guard_locks
from freqai_regimes.freqtrade_bridge.account import AccountReader
from freqai_regimes.freqtrade_bridge.candle_view import CandleView
from freqai_regimes.freqtrade_bridge.guard_keeper import GuardKeeper
from freqai_regimes.risk.guards.decision import Account
from freqai_regimes.risk.guards.options import GuardSettings

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2026, 1, 2, tzinfo=UTC)


class Scripted(AccountReader):
    """An account whose profit the test writes; a missing hour has no price."""

    def __init__(self, profits: dict[int, float]) -> None:
        self.profits = profits

    def read(self, moment: datetime, since: datetime) -> Account:
        hour = round((moment - START) / HOUR)
        if hour not in self.profits:
            raise CandleError("no price")
        return Account(moment, self.profits[hour], 1000.0)


@pytest.fixture(autouse=True)
def database() -> Iterator[None]:
    init_db("sqlite://")
    PairLocks.use_db, PairLocks.timeframe = True, "1h"
    announcements._waiting.clear()
    yield
    Trade.session.remove()


def keeper(profits: dict[int, float], **settings: float) -> GuardKeeper:
    return GuardKeeper(
        GuardSettings.model_validate({"daily_loss": 0.03} | settings),
        CandleView("1h"),
        Scripted(profits),
    )


def at(hours: float) -> datetime:
    return START + hours * HOUR


def locks(now: datetime) -> list[str]:
    return [str(lock.reason) for lock in PairLocks.get_pair_locks("*", now)]


def test_a_trip_locks_all_pairs_says_why_and_ends_at_midnight() -> None:
    guards = keeper({0: 0.0, 1: -30.0, 12: -30.0, 13: -40.0})
    guards.look(at(0.001))
    assert guards.refusal(at(0.5)) is None
    guards.look(at(1.001))
    why = "guard daily_loss: equity -3.00 % since 00:00 UTC, limit -3.00 %"
    assert guards.refusal(at(1.5)) == why
    assert locks(at(1.5)) == [why]
    [lock] = PairLocks.get_pair_locks("*", at(1.5))
    assert lock.lock_end_time.replace(tzinfo=UTC) == MIDNIGHT
    guards.look(at(12.001))
    assert guards.refusal(at(12.5)) is None and locks(at(12.5)) == []
    said = [each.text for each in announcements._waiting]
    assert len(said) == 2 and "tripped" in said[0] and "lifted" in said[1]


def test_a_restart_keeps_the_trip_and_the_beginning_of_the_day() -> None:
    keeper({0: 0.0}).look(at(0))
    again = keeper({1: -29.0, 2: -30.0, 3: 0.0})
    again.look(at(1))
    assert again.refusal(at(1)) is None
    again.look(at(2))
    assert again.refusal(at(2)) is not None
    once_more = keeper({3: 0.0})
    once_more.look(at(3))
    assert once_more.refusal(at(3)) is not None  # equity is back, the day is lost all the same
    text = KeyValueStore.get_string_value("regimes_guard_daily_loss")  # type: ignore[arg-type]
    assert text is not None and len(text) <= 255


def test_killed_between_lock_and_memory_it_trips_again(monkeypatch: pytest.MonkeyPatch) -> None:
    guards = keeper({0: 0.0, 1: -50.0})
    guards.look(at(0))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(guards.store, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        guards.look(at(1))
    assert len(locks(at(1))) == 1
    again = keeper({1: -50.0})
    again.look(at(1))
    assert again.refusal(at(1)) is not None and len(locks(at(1))) == 1


def test_unlock_lifts_it_until_it_trips_anew() -> None:
    guards = keeper({0: 0.0, 1: -50.0, 2: -51.0, 3: -70.0, 4: -79.0})
    for hour in (0, 1):
        guards.look(at(hour))
    PairLocks.unlock_pair("*", at(1.2))
    guards.look(at(1.3))
    assert guards.refusal(at(1.3)) is None
    for hour in (2, 3):  # 3 % of 949 from here on
        guards.look(at(hour))
        assert guards.refusal(at(hour)) is None
    guards.look(at(4))
    assert guards.refusal(at(4)) is None  # 28 of 28.47
    guards.reader.profits[5] = -80.0  # type: ignore[attr-defined]
    guards.look(at(5))
    assert guards.refusal(at(5)) is not None


def test_a_guard_that_raises_blocks_until_it_answers() -> None:
    guards = keeper({0: 0.0, 2: 0.0})
    guards.look(at(0))
    guards.look(at(1))
    assert guards.refusal(at(1)) == "a guard failed: no price"
    guards.look(at(2))
    assert guards.refusal(at(2)) is None


def test_without_having_been_asked_it_blocks() -> None:
    guards = keeper({0: 0.0})
    assert guards.refusal(at(0)) is not None
    guards.look(at(0))
    assert guards.refusal(at(1.9)) is None
    assert guards.refusal(at(2.1)) is not None


def test_it_is_asked_once_a_candle() -> None:
    guards = keeper({0: 0.0})
    for minute in range(59):
        guards.look(at(minute / 60))
    guards.reader.profits[0] = -99.0  # type: ignore[attr-defined]
    guards.look(at(0.99))
    assert guards.refusal(at(0.99)) is None


def test_a_drawdown_without_pause_lasts_until_unlocked() -> None:
    guards = keeper({0: 0.0, 1: -100.0, 9000: 500.0}, daily_loss=0.9, drawdown=0.1)
    for hour in (0, 1, 9000):
        guards.look(at(hour))
    assert guards.refusal(at(9000)) is not None
    assert guard_locks.is_locked("*", "drawdown", at(9000))


def test_only_daily_loss_and_drawdown_close_positions_and_only_if_told() -> None:
    told = keeper({0: 0.0, 1: -50.0}, close_positions=True)
    silent = keeper({0: 0.0, 1: -50.0})
    for hour in (0, 1):
        told.look(at(hour))
        silent.look(at(hour))
    assert told.closing() == "guard_daily_loss"
    assert silent.closing() is None


@pytest.mark.parametrize("seed", range(5))
def test_on_random_paths_no_entry_is_allowed_while_a_guard_is_tripped(seed: int) -> None:
    import numpy as np

    path = np.cumsum(np.random.default_rng(seed).normal(0, 15, 72)).tolist()
    guards = keeper(dict(enumerate(path)), drawdown=0.08, drawdown_pause_hours=7.0)
    begin, peak, blocked_until = path[0], path[0], -1.0
    day = START.date()
    for hour, profit in enumerate(path):
        guards.look(at(hour))
        if at(hour).date() != day:
            day, begin = at(hour).date(), profit
        if hour == blocked_until:
            peak = profit
        peak = max(peak, profit)
        if (begin - profit) / (1000 + begin) >= 0.03:
            assert guards.refusal(at(hour)) is not None
        if hour >= blocked_until and (peak - profit) / (1000 + peak) >= 0.08:
            blocked_until = hour + 7
        if hour < blocked_until:
            assert guards.refusal(at(hour)) is not None
