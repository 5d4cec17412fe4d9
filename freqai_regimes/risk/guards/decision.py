"""What every guard is given and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

#: What a guard remembers from candle to candle: a few numbers, so that any store can keep them.
Memory = Mapping[str, float]


@dataclass(frozen=True)
class GuardDecision:
    """Whether a guard blocks entries, why, and until when.

    Attributes
    ----------
    until : the moment at which a tripped guard lifts by itself; None: only by hand, or, for guards
        of one pair, as soon as their cause is gone.
    """

    tripped: bool
    reason: str = ""
    until: datetime | None = None


QUIET = GuardDecision(False)


@dataclass(frozen=True)
class ClosedTrade:
    """A trade that was closed, with its whole profit in stake currency."""

    closed_at: datetime
    profit: float


@dataclass(frozen=True)
class Account:
    """The account as closed candles show it.

    Attributes
    ----------
    moment : a candle boundary (UTC); nothing in here is from later.
    profit : realised profit of all trades plus that of open positions at the last closing prices,
        after fees, in stake currency.
    capital : what trading began with, so that equity is ``capital + profit``.
    opened : trades opened so far.
    closed : trades closed since the boundary before, in order of time.
    """

    moment: datetime
    profit: float
    capital: float
    opened: int = 0
    closed: tuple[ClosedTrade, ...] = ()


class AccountGuard(Protocol):
    """A guard of the whole account: stateless, its memory is handed in and out."""

    name: ClassVar[str]

    def first(self, account: Account) -> Memory:
        """Memory that begins here: at the first candle, and whenever the guard is lifted."""
        ...

    def follow(self, memory: Memory, account: Account) -> Memory:
        """Memory after this candle."""
        ...

    def decide(self, memory: Memory, account: Account) -> GuardDecision:
        """The answer, from memory that has followed this account."""
        ...
