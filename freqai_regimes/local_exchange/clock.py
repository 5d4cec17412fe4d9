"""What time it is on the exchange: the wall's, the same over shifted history, or set from outside.

All times are milliseconds since 1970 UTC. Stored candles are moved by ``shift_ms`` when they are
read, so that everything behind the clock lives in one time only.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from freqai_regimes.errors import ExchangeError

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
DEFAULT_RUNWAY_MS = 2 * WEEK_MS
WALL, SHIFTED, SET = "wall", "shifted", "set"
CLOCK_KINDS = (WALL, SHIFTED, SET)
EPOCH, FAR_FUTURE = pd.Timestamp(0, tz="UTC"), pd.Timestamp("2200-01-01", tz="UTC")


class Clock(Protocol):
    """The exchange's time."""

    @property
    def kind(self) -> str:
        """One of ``CLOCK_KINDS``."""
        ...

    @property
    def shift_ms(self) -> int:
        """By how much stored candles are moved."""
        ...

    def now_ms(self) -> int:
        """Return the present moment."""
        ...


def wall_ms() -> int:
    """Time of the computer."""
    return time.time_ns() // 1_000_000


def iso(moment_ms: int) -> str:
    """Text of a moment.

    >>> iso(1_735_689_600_000)
    '2025-01-01T00:00:00.000Z'
    """
    moment = pd.Timestamp(moment_ms, unit="ms", tz="UTC")
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_moment(value: int | str) -> int:
    """Moment from milliseconds or ISO text (UTC where the text names no zone).

    Raises
    ------
    ExchangeError
        If it is neither, or not between 1970 and 2200.

    >>> parse_moment("2025-01-01"), parse_moment("1735689600000")
    (1735689600000, 1735689600000)
    """
    text = str(value).strip()
    try:
        if text.isdigit() and len(text) > 8:
            moment = pd.Timestamp(int(text), unit="ms", tz="UTC")
        else:
            moment = pd.Timestamp(text)
            moment = moment.tz_localize("UTC") if moment.tzinfo is None else moment
        if not EPOCH <= moment < FAR_FUTURE:
            raise ValueError("outside 1970 to 2200")
    except (ValueError, TypeError, OverflowError) as error:
        raise ExchangeError(
            f"Time {value!r} is not one: use milliseconds since 1970 or ISO text such as "
            "2025-06-01T12:00:00Z."
        ) from error
    return round(moment.timestamp() * 1000)


class WallClock:
    """Time of the computer over candles as they are stored: for backtests and downloads."""

    kind = WALL
    shift_ms = 0

    def now_ms(self) -> int:
        """Return the computer's time."""
        return wall_ms()


class ShiftedClock:
    """Time of the computer over history moved by whole weeks, so that it is happening now."""

    kind = SHIFTED

    def __init__(self, weeks: int) -> None:
        self.weeks = weeks
        self.shift_ms = weeks * WEEK_MS

    def now_ms(self) -> int:
        """Return the computer's time."""
        return wall_ms()


class SetClock:
    """Time that stands still until it is moved from outside, and never goes back."""

    kind = SET
    shift_ms = 0

    def __init__(self, start_ms: int) -> None:
        self._now = start_ms
        self._lock = threading.Lock()

    def now_ms(self) -> int:
        """Return the time last set."""
        return self._now

    def move_to(self, moment_ms: int) -> None:
        """Set the time.

        Raises
        ------
        ExchangeError
            If that would be a step back: what was shown cannot become unknown again.
        """
        with self._lock:
            if moment_ms < self._now:
                raise ExchangeError(
                    f"The clock stands at {iso(self._now)} and does not go back to "
                    f"{iso(moment_ms)}: set a later time, or start the exchange anew."
                )
            self._now = moment_ms


@dataclass(frozen=True)
class Shift:
    """By how many whole weeks stored history is moved, and why."""

    weeks: int
    reason: str


def choose_shift(
    first_ms: int, end_ms: int, now_ms: int, runway_ms: int = DEFAULT_RUNWAY_MS
) -> Shift:
    """Weeks by which to move candles from ``first_ms`` to ``end_ms`` so that they surround now.

    Whole weeks keep hour of day, weekday and funding hours in place. The smallest number is taken
    that leaves at least the runway ahead; the runway is at most a quarter of the history, and never
    more lies ahead than behind where a week less would do.

    Raises
    ------
    ExchangeError
        If history is too short to reach now by whole weeks.
    """
    runway = min(runway_ms, (end_ms - first_ms) // 4)
    weeks = -((end_ms - now_ms - runway) // WEEK_MS)
    ahead = end_ms + weeks * WEEK_MS - now_ms
    behind = (end_ms - first_ms) - ahead
    if behind < ahead and ahead > WEEK_MS:
        weeks, ahead, behind = weeks - 1, ahead - WEEK_MS, behind + WEEK_MS
    if behind <= 0:
        raise ExchangeError(
            f"The candles span {(end_ms - first_ms) / DAY_MS:.1f} days: moved by whole weeks they "
            "do not reach the present. Use at least two weeks of candles, or the clock 'set'."
        )
    return Shift(
        weeks,
        f"history moved by {weeks} weeks: {behind / DAY_MS:.1f} days lie behind, "
        f"{ahead / DAY_MS:.1f} days ahead",
    )
