"""What one check found in one subject, as a value with its reason."""

from __future__ import annotations

from dataclasses import dataclass

TRUNCATION = "truncation"
PERTURBATION = "future perturbation"
STEPS = "candle by candle"
WARM_UP = "warm-up"
HISTORY = "longer history"
HORIZON = "horizon"
RESOLUTION = "resolution"
INPUT = "input kept"
DETERMINISM = "determinism"
SURROUNDINGS = "clock and chance"
UNITS = "units"


@dataclass(frozen=True)
class Finding:
    """Whether a subject passed a check, and if not, where it first shows.

    Attributes
    ----------
    subject, kind, check : what was checked, and how.
    passed : the verdict.
    reason : one sentence, also when the check passed.
    column, row, date : where the first difference is; ``row`` counts base candles from 0, ``date``
        is the opening time of that candle in UTC. Empty and None where no single place is to blame.
    expected, got : the two values as text, with all their digits.
    size : how much the values differ at most, relative; None where nothing was measured.
    excepted : why the subject is allowed what others are not; empty for all others.
    """

    subject: str
    kind: str
    check: str
    passed: bool
    reason: str
    column: str = ""
    row: int | None = None
    date: str | None = None
    expected: str = ""
    got: str = ""
    size: float | None = None
    excepted: str = ""
