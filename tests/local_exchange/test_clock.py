"""The exchange's time: whole weeks, no step back, no moment that is none."""

from __future__ import annotations

import pytest

from freqai_regimes.errors import ExchangeError
from freqai_regimes.local_exchange.clock import (
    DAY_MS,
    WEEK_MS,
    SetClock,
    ShiftedClock,
    choose_shift,
    parse_moment,
)

MARCH = parse_moment("2025-03-03")


@pytest.mark.parametrize(
    ("days", "now_after_end_days", "weeks", "ahead_days"),
    [
        (400, 0, 2, 14),  # two weeks of runway exactly
        (400, 0.5, 3, 20.5),  # half a day later a week more is needed
        (400, 100, 17, 19),  # 17 weeks are 119 days
        (28, 0, 1, 7),  # short: a quarter of 28 days is a week
        (14, 1, 1, 6),  # 3.5 days are enough
        (14, 4, 1, 3),  # two weeks would leave 10 ahead of 4 behind
        (8, 6.5, 1, 0.5),  # two weeks would put now before the first candle
        (400, -30, -2, 16),  # data beyond now are moved back
    ],
)
def test_shift_is_the_smallest_number_of_weeks_that_leaves_the_runway(
    days: float, now_after_end_days: float, weeks: int, ahead_days: float
) -> None:
    end = MARCH + round(days * DAY_MS)
    now = end + round(now_after_end_days * DAY_MS)
    shift = choose_shift(MARCH, end, now)
    assert shift.weeks == weeks
    assert (end + shift.weeks * WEEK_MS - now) / DAY_MS == ahead_days
    assert f"{weeks} weeks" in shift.reason and f"{ahead_days:.1f} days ahead" in shift.reason


def test_shift_keeps_weekday_hour_and_funding_hour() -> None:
    assert ShiftedClock(3).shift_ms == 3 * 7 * 24 * 3600 * 1000


def test_history_of_three_days_cannot_reach_every_now() -> None:
    end = MARCH + 3 * DAY_MS
    with pytest.raises(ExchangeError, match=r"span 3.0 days.*two weeks"):
        choose_shift(MARCH, end, end + 2 * DAY_MS)


def test_set_clock_never_goes_back() -> None:
    clock = SetClock(MARCH)
    clock.move_to(MARCH + 5)
    clock.move_to(MARCH + 5)
    with pytest.raises(ExchangeError, match="does not go back"):
        clock.move_to(MARCH + 4)
    assert clock.now_ms() == MARCH + 5


@pytest.mark.parametrize(
    "text", ["2025-03-03T00:00:00Z", "2025-03-03", "2025-03-03T01:00:00+01:00", "1740960000000"]
)
def test_moments_are_read_in_utc(text: str) -> None:
    assert parse_moment(text) == 1_740_960_000_000


@pytest.mark.parametrize("text", ["yesterday-ish", "", "NaT", "99999999999999999", "1850-01-01"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ExchangeError, match="is not one: use milliseconds"):
        parse_moment(text)
