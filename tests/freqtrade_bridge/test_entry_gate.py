"""Guards of pairs, of the connection and of the book, with freqtrade's locks in a real database."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from freqtrade.enums import RunMode
from freqtrade.exceptions import TemporaryError
from freqtrade.exchange.common import retrier
from freqtrade.persistence import PairLocks, Trade, init_db
from freqtrade.strategy.strategy_wrapper import strategy_safe_wrapper

from freqai_regimes.freqtrade_bridge import announcements
from freqai_regimes.freqtrade_bridge.candle_view import CandleView
from freqai_regimes.freqtrade_bridge.entry_gate import EntryGate
from freqai_regimes.freqtrade_bridge.expected_costs import ExpectedCosts
from freqai_regimes.freqtrade_bridge.risk_callbacks import RiskCallbacks, only_reads
from freqai_regimes.settings import parse_settings
from tests.random_candles import random_candles

PAIR = "BTC/USDT"
START = datetime(2024, 1, 1, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


@pytest.fixture(autouse=True)
def database() -> Iterator[None]:
    init_db("sqlite://")
    PairLocks.use_db, PairLocks.timeframe = True, "1h"
    announcements._waiting.clear()
    yield
    Trade.session.remove()
    logging.getLogger("freqtrade.exchange.common").handlers.clear()


class Bot:
    """As much of the strategy as the gate asks for; candles close one by one."""

    def __init__(self, frame: pd.DataFrame, **settings: Any) -> None:
        self.settings = parse_settings({"regimes": {"entry": "edge", **settings}})
        self.config: dict[str, Any] = {
            "timeframe": "1h",
            "freqai": {"live_retrain_hours": 5, "backtest_period_days": 0.25},
        }
        self.frame = frame
        self.model_is_on = self.is_live = True
        self.rows = 0
        self.book = {"bids": [[99.9, 1]], "asks": [[100.1, 1]]}
        self.dp = SimpleNamespace(
            runmode=RunMode.DRY_RUN,
            current_whitelist=lambda: [PAIR],
            get_pair_dataframe=lambda *_: self.frame[: self.rows],
            orderbook=lambda *_: self.book,
        )
        self.wallets = SimpleNamespace(get_starting_balance=lambda: 1000.0)
        self.costs = ExpectedCosts(self)  # type: ignore[arg-type]
        self.gate = EntryGate(self, CandleView("1h"))  # type: ignore[arg-type]

    def step(self, hour: int, arrived: int | None = None) -> bool:
        """One loop just after a candle should have arrived; whether an entry may be made."""
        self.rows = hour if arrived is None else arrived
        self.gate.look(at(hour + 0.001))
        if arrived is None:
            self.gate.note_frame(PAIR, self.frame[: self.rows])
        return self.gate.allows(PAIR, at(hour + 0.002), own=True)


@pytest.fixture
def frame() -> pd.DataFrame:
    """Candles with volume, trusted predictions, and a model trained at the beginning."""
    candles = random_candles(60).assign(volume=1.0)
    return candles.assign(do_predict=1, model_version=START.timestamp())


def test_untrusted_predictions_block_after_three_and_until_they_are_back(
    frame: pd.DataFrame,
) -> None:
    frame.loc[3:6, "do_predict"] = 0
    bot = Bot(frame, guards={"model_age_hours": 1000})
    assert [bot.step(hour) for hour in range(1, 10)] == [True] * 5 + [False] * 2 + [True] * 2
    said = [each.text for each in announcements._waiting]
    assert ["tripped" in text for text in said] == [True, False]
    assert PairLocks.get_pair_locks(PAIR, at(9.5)) == []


def test_what_was_not_predicted_before_the_start_does_not_count(frame: pd.DataFrame) -> None:
    frame.loc[:12, "do_predict"] = 0
    bot = Bot(frame, guards={"model_age_hours": 1000})
    assert [bot.step(hour) for hour in range(10, 15)] == [True, True, True, False, True]


def test_a_restart_amid_untrusted_candles_goes_on_counting(frame: pd.DataFrame) -> None:
    frame.loc[10:14, "do_predict"] = 0
    settings = {"guards": {"model_age_hours": 1000}}
    one = Bot(frame, **settings)
    assert [one.step(hour) for hour in range(9, 13)] == [True] * 4  # two of them untrusted
    restarted = Bot(frame, **settings)
    assert restarted.step(12)  # the same candle counts once
    assert [Bot(frame, **settings).step(hour) for hour in (13, 14)] == [False, False]
    assert len(PairLocks.get_pair_locks(PAIR, at(14.5))) == 1
    assert [restarted.step(hour) for hour in (15, 16)] == [False, True]
    assert not PairLocks.get_pair_locks(PAIR, at(16.5))


def test_candles_that_passed_while_the_bot_was_off_do_not_count(frame: pd.DataFrame) -> None:
    frame.loc[10:20, "do_predict"] = 0
    settings = {"guards": {"model_age_hours": 1000}}
    assert [Bot(frame, **settings).step(hour) for hour in (9, 10)] == [True, True]
    back = Bot(frame, **settings)
    assert [back.step(hour) for hour in range(20, 24)] == [True, True, True, True]
    frame.loc[23:30, "do_predict"] = 0
    assert [back.step(hour) for hour in range(24, 28)] == [True, True, False, False]


def test_a_model_that_is_not_renewed_blocks_and_shows_as_a_lock(frame: pd.DataFrame) -> None:
    # Three times the larger of 5 and 6 hours, where each new model replaces the old one.
    bot = Bot(frame, life={"gate": {"enabled": False}})
    assert all(bot.step(hour) for hour in range(1, 19))
    assert not bot.step(19)
    [lock] = PairLocks.get_pair_locks(PAIR, at(19.5))
    assert lock.reason == "guard model_trust: the model is 19.0 hours old, limit 18.0"
    assert bot.gate.allows(PAIR, at(19.5), own=False)  # the user's own entry needs no model


def test_a_lock_of_a_pair_is_renewed_daily_and_lifted_by_unlock(frame: pd.DataFrame) -> None:
    bot = Bot(frame, guards={"model_age_hours": 5})
    assert [bot.step(hour) for hour in range(1, 40)] == [True] * 5 + [False] * 34
    assert len(PairLocks.get_pair_locks(PAIR, at(39.5))) == 1
    PairLocks.unlock_pair(PAIR, at(39.5))
    assert bot.step(40) and bot.step(41)  # as long as the cause lasts
    bot.frame.loc[41, "model_version"] = at(41).timestamp()
    assert bot.step(42)
    bot.frame.loc[42:, "model_version"] = START.timestamp()
    assert not bot.step(43)  # tripped anew


def test_candles_that_do_not_come_block(frame: pd.DataFrame) -> None:
    bot = Bot(frame, guards={"model_age_hours": 1000})
    assert bot.step(10)
    got = [bot.step(hour, arrived=10) for hour in (11, 12, 13, 14)]
    assert got == [True, True, False, False]
    assert bot.step(15)


def test_candles_that_were_filled_in_block(frame: pd.DataFrame) -> None:
    for row in range(5, 9):
        frame.loc[row, ["open", "high", "low", "close"]] = frame.loc[4, "close"]
        frame.loc[row, "volume"] = 0.0
    bot = Bot(frame, guards={"model_age_hours": 1000})
    assert [bot.step(hour) for hour in range(5, 12)] == [True] * 3 + [False] * 2 + [True] * 2


def test_guards_that_fail_block_and_say_so(
    frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = Bot(frame)
    assert bot.step(5)
    monkeypatch.setattr(bot.gate.pairs, "judge_candles", lambda *_: 1 / 0)
    assert not bot.step(6)
    assert [each.text for each in announcements._waiting] == [
        "Guards failed, entries are blocked: division by zero"
    ]
    monkeypatch.undo()
    assert bot.step(7)
    monkeypatch.setattr(bot.gate.pairs, "refusal", lambda *_: 1 / 0)
    assert not bot.gate.allows(PAIR, at(7.1), own=True)


def test_before_the_first_loop_and_long_after_the_last_nothing_is_entered(
    frame: pd.DataFrame,
) -> None:
    bot = Bot(frame)
    assert not bot.gate.allows(PAIR, at(1), own=True)
    assert bot.step(5)
    assert not bot.gate.allows(PAIR, at(7.1), own=True)


def test_failing_requests_pause_entries_until_the_exchange_answers(frame: pd.DataFrame) -> None:
    """Freqtrade's own retries are what is counted."""
    bot = Bot(frame, guards={"exchange_errors": 4, "model_age_hours": 1000})
    assert bot.step(5)

    @retrier(retries=3)
    def request() -> None:
        raise TemporaryError("502")

    with pytest.raises(TemporaryError):
        request()
    watch = bot.gate._exchange
    assert watch is not None and len(watch.failures.moments) == 4
    now = datetime.now(UTC)
    watch.look(now)
    assert "4 requests failed within 10 minutes" in str(watch.refusal())
    assert len(PairLocks.get_pair_locks("*", now)) == 1
    answers = iter([False, True])
    watch.answers = lambda: next(answers)
    watch.look(now + timedelta(minutes=11))
    assert "does not answer" in str(watch.refusal())
    assert len(PairLocks.get_pair_locks("*", now + timedelta(minutes=20))) == 1
    watch.look(now + timedelta(minutes=20))
    assert "does not answer" in str(watch.refusal())
    watch.look(now + timedelta(minutes=22))
    assert watch.refusal() is None and not PairLocks.get_pair_locks("*", now + timedelta(hours=2))
    assert [each.text.split(r"\_")[1] for each in announcements._waiting][1] == (
        "trouble lifted after 22 minutes: entries go on."
    )


def test_a_request_that_failed_in_every_try_forbids_an_entry_at_once(frame: pd.DataFrame) -> None:
    bot = Bot(frame, guards={"exchange_errors": 100, "model_age_hours": 1000})
    assert bot.step(5)
    watch = bot.gate._exchange
    assert watch is not None
    watch.failures.given_up = at(5.9)
    assert not bot.step(6) and bot.step(7)


def test_a_wide_or_empty_book_forbids_an_entry(frame: pd.DataFrame) -> None:
    bot = Bot(frame, costs={"widest_book": 0.002}, guards={"model_age_hours": 1000})
    assert bot.step(5)
    bot.book = {"bids": [[99.8, 1]], "asks": [[100.1, 1]]}
    assert not bot.step(6)
    bot.book = {"bids": [], "asks": [[100.1, 1]]}
    assert not bot.step(7)
    assert Bot(frame).costs.book_refusal(PAIR) is None


def test_callbacks_that_only_read_spare_the_copy_of_the_trade() -> None:
    """Freqtrade's own wrapper hands them the trade itself."""
    seen: list[object] = []

    class Reads:
        @only_reads
        def custom_exit(self, **kwargs: object) -> None:
            seen.append(kwargs["trade"])

        def order_filled(self, **kwargs: object) -> None:
            seen.append(kwargs["trade"])

    trade: dict[str, int] = {}
    for callback in (Reads().custom_exit, Reads().order_filled):
        strategy_safe_wrapper(callback, supress_error=True)(trade=trade)
    assert seen[0] is trade and seen[1] is not trade
    for name in ("custom_exit", "custom_stoploss", "custom_roi", "adjust_trade_position"):
        assert getattr(RiskCallbacks, name).__qualname__ == f"IStrategy.{name}"


def test_messages_wait_for_the_bots_own_thread_and_are_dropped_in_a_backtest() -> None:
    sent: list[str] = []
    provider: Any = SimpleNamespace(
        runmode=RunMode.DRY_RUN, send_msg=lambda text, **_: sent.append(text)
    )
    announcements.announce("x" * 5000)
    announcements.announce("second")
    announcements.flush(provider)
    assert [len(text) for text in sent] == [4000, 6]
    announcements.announce("nobody hears this")
    provider.runmode = RunMode.BACKTEST
    announcements.flush(provider)
    provider.runmode = RunMode.LIVE
    announcements.flush(provider)
    assert len(sent) == 2


def test_the_view_finds_what_had_closed(frame: pd.DataFrame) -> None:
    view = CandleView("1h", range_candles=3)
    view.keep_candles(PAIR, frame)
    assert view.close(PAIR, at(10)) == frame["close"][9]
    assert view.close(PAIR, at(10.9)) == frame["close"][9]
    assert view.best(PAIR, at(4), at(10), is_short=False) == frame["high"][4:10].max()
    assert view.best(PAIR, at(4), at(10), is_short=True) == frame["low"][4:10].min()
    assert np.isnan(view.best(PAIR, at(4), at(4), is_short=False))
    np.testing.assert_array_equal(view.closes(PAIR, at(10), 3), frame["close"][7:10])
    assert view.late_and_flat(PAIR, at(62)) == (2, 0)
