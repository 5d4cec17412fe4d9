"""One thing in which two runs differ: what, where, both values, and why."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from freqai_regimes.parity.causes import ALLOWED, MEANING, Cause

Value = float | str | None


@dataclass(frozen=True)
class Difference:
    """A value that is not the same on both sides.

    Attributes
    ----------
    kind : the stage it belongs to (see ``stages``), or ``training``, ``lock``, ``trade``.
    what : the column, or what of a trade.
    date : opening time of the candle (UTC); of a trade, the candle in which it happened.
    live, backtest : both values; None: that side has none.
    cause : why; with ``FOLLOWS``, ``root`` is why the earlier thing differs.
    reason : the evidence, in a sentence.
    money : what it changed in the live run's profit, in stake currency (trades only).
    trade_opened : the candle in which its trade was opened (trades only).
    """

    kind: str
    pair: str
    date: pd.Timestamp
    what: str
    live: Value
    backtest: Value
    cause: Cause
    reason: str
    root: Cause | None = None
    money: float = 0.0
    trade_opened: pd.Timestamp | None = None

    @property
    def allowed(self) -> bool:
        """Whether it is one of the closed list, or follows from one of it.

        What remembers earlier candles (intervals, smoothed scores, trades, locks) cannot be the
        same again at once; a prediction never follows from an earlier candle's.
        """
        return (self.root or self.cause) in ALLOWED

    @property
    def cause_in_words(self) -> str:
        """The cause, and what it goes back to."""
        return f"{self.cause} ({self.root})" if self.root else str(self.cause)

    def to_json(self) -> dict[str, Any]:
        """Plain data; a number that is none becomes null."""
        return {
            "kind": self.kind,
            "pair": self.pair,
            "date": self.date.isoformat(),
            "what": self.what,
            "live": _plain(self.live),
            "backtest": _plain(self.backtest),
            "cause": str(self.cause),
            "root": None if self.root is None else str(self.root),
            "allowed": self.allowed,
            "reason": self.reason,
            "money": _plain(self.money),
        }


@dataclass(frozen=True)
class Why:
    """A cause before it is told of a value."""

    cause: Cause
    reason: str
    root: Cause | None = None

    @classmethod
    def plain(cls, cause: Cause) -> Why:
        """A cause whose meaning says all."""
        return cls(cause, MEANING[cause])

    def followed(self, reason: str) -> Why:
        """The cause of what follows from a difference with this one."""
        return Why(Cause.FOLLOWS, reason, self.root or self.cause)


def _plain(value: Value) -> Value:
    return None if isinstance(value, float) and not math.isfinite(value) else value
