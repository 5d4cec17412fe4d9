"""Guards that tripped on one side alone, or until another time, and what led to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from freqai_regimes.parity.account_before import AUTO_LOCK
from freqai_regimes.parity.causes import Cause
from freqai_regimes.parity.difference import Difference, Why
from freqai_regimes.parity.side import Side

Key = tuple[str, pd.Timestamp, str]
#: Pair and candle -> why a difference before it may have led to a lock.
Before = Callable[[str, pd.Timestamp], Why | None]


def lock_differences(
    live: Side, backtest: Side, step: pd.Timedelta, before: Before
) -> Iterator[Difference]:
    """Compare locks by pair, candle and guard; freqtrade's own ``Auto lock`` is left out.

    Parameters
    ----------
    before : asked for the last difference in candles or trades before a lock.
    """
    sides = [_locks(side, step) for side in (live, backtest)]
    for key in sorted(sides[0].keys() | sides[1].keys(), key=lambda k: (k[1], k[0], k[2])):
        ends = [side.get(key) for side in sides]
        if ends[0] == ends[1]:
            continue
        pair, date, name = key
        said = f"{name} at {date:%Y-%m-%d %H:%M}"
        why = before(pair, date)
        why = Why(Cause.UNKNOWN, said) if why is None else why.followed(said)
        one, other = (None if end is None else f"until {end:%Y-%m-%d %H:%M}" for end in ends)
        yield Difference("lock", pair, date, name, one, other, why.cause, why.reason, why.root)


def _locks(side: Side, step: pd.Timedelta) -> dict[Key, pd.Timestamp]:
    found: dict[Key, pd.Timestamp] = {}
    for row in side.locks.to_dict("records"):
        name = str(row["reason"]).split(": ")[0]
        if not name.startswith(AUTO_LOCK):
            key = str(row["pair"]), row["lock_time"].floor(step), name
            found[key] = row["lock_end_time"].ceil(step)
    return found
