"""A tripped guard as a lock of freqtrade: shown by /locks, lifted by /unlock."""

from __future__ import annotations

from datetime import datetime, timedelta

from freqtrade.persistence import PairLocks
from freqtrade.persistence.pairlock import PairLock

#: The scope of a guard of the whole account.
ALL_PAIRS = "*"


def lock(scope: str, name: str, reason: str, until: datetime, now: datetime) -> None:
    """Lock a pair, or all, until a moment; a lock of the same guard is not doubled.

    ``now`` is the candle's time, so that backtests lock in their own time. Freqtrade moves the end
    to the next candle boundary; one that falls on a boundary stays there.
    """
    if not is_locked(scope, name, now):
        text = f"{_sign(name)}{reason}"[:250]
        PairLocks.lock_pair(scope, until - timedelta(seconds=1), text, now=now)


def is_locked(scope: str, name: str, now: datetime) -> bool:
    """Whether the guard's lock is there; it is not after /unlock."""
    return bool(_locks(scope, name, now))


def lift(scope: str, name: str, now: datetime) -> None:
    """End the guard's lock, if it has one.

    Not by freqtrade's ``unlock_reason``: that would end the same guard's locks of other pairs too,
    and in a backtest it looks for locks that hold today.
    """
    locks = _locks(scope, name, now)
    for each in locks:
        each.active = False
    if locks and PairLocks.use_db:
        PairLock.session.commit()


def _locks(scope: str, name: str, now: datetime) -> list[PairLock]:
    locks = PairLocks.get_pair_locks(scope, now)
    return [each for each in locks if str(each.reason).startswith(_sign(name))]


def _sign(name: str) -> str:
    return f"guard {name}: "
