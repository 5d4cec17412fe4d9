"""One subject before the checks: computes what they ask for, and nothing twice."""

from __future__ import annotations

import zlib
from functools import cached_property

import numpy as np
import pandas as pd

from freqai_regimes.causality.finding import Finding
from freqai_regimes.causality.market import Market
from freqai_regimes.causality.moments import Moments, Plan, choose_moments
from freqai_regimes.causality.subject import Output, Subject, output_of
from freqai_regimes.causality.table import Difference, as_text
from freqai_regimes.errors import CandleError

UNBOUNDED_CANDLES = 512  # changed after a cut where a label has no horizon
ROUNDING = 1e-9  # relative; sums that run along a history that begins elsewhere
LEAST_CANDLES = 50


class Trial:
    """A subject, its candles, and the outputs on parts of them.

    Parameters
    ----------
    subject, market, plan : what, on what, how much.
    seed : with the subject's name it fixes every random choice.

    Raises
    ------
    CandleError
        If there are fewer candles than the subject's warm-up and horizon need to be checked.
    """

    def __init__(self, subject: Subject, market: Market, plan: Plan, seed: int) -> None:
        self.subject, self.market, self.plan = subject, market, plan
        self.seed = seed * 1_000_003 + zlib.crc32(subject.name.encode())
        needed = (subject.warm_up_candles or 0) + (subject.horizon_candles or 0) + LEAST_CANDLES
        if market.rows < needed:
            raise CandleError(
                f"{subject.name}: {market.rows} candles are too few to certify it; its warm-up and "
                f"horizon need {needed}. Give more candles, or shorten its windows."
            )
        self._windows: dict[tuple[int, int], Output] = {}
        self._changed: dict[tuple[int, int], Output] = {}

    @cached_property
    def full(self) -> Output:
        """The output on all candles."""
        return output_of(self.subject, self.market.inputs())

    @cached_property
    def moments(self) -> Moments:
        """Where the history is cut."""
        rng = np.random.default_rng(self.seed)
        return choose_moments(self.market, self.subject, self.full, self.plan, rng)

    @property
    def following(self) -> int:
        """Candles after a cut that are changed."""
        horizon = self.subject.horizon_candles
        if self.full.known_at is None:
            return self.plan.future_candles
        return (UNBOUNDED_CANDLES if horizon is None else horizon) + self.plan.future_candles

    @property
    def recent_start(self) -> int:
        """Candles before a cut in the parts that hold recent history only."""
        return (self.subject.warm_up_candles or 0) + 32

    def on(self, market: Market) -> Output:
        """The output on other candles."""
        return output_of(self.subject, market.inputs())

    def window(self, first: int, last: int) -> Output:
        """The output on the candles from ``first`` to ``last``."""
        key = (first, last)
        if key not in self._windows:
            self._windows[key] = self.on(self.market.window(first, last))
        return self._windows[key]

    def changed(self, first: int, row: int) -> Output:
        """The output where all candles after ``row`` are others."""
        key = (first, row)
        if key not in self._changed:
            last = min(row + self.following, self.market.rows - 1)
            part = self.market.window(first, last)
            self._changed[key] = self.on(part.changed_after(row - first, self.seed + row))
        return self._changed[key]

    def forget(self) -> None:
        """Let go of all outputs."""
        self._windows.clear()
        self._changed.clear()
        self.__dict__.pop("full", None)

    # --- findings --------------------------------------------------------------------------------

    def tolerance(self, check: str, usual: float = 0.0) -> float:
        """The relative difference that is allowed."""
        allowance = self.subject.allowance(check)
        return usual if allowance is None else max(usual, allowance.tolerance)

    def passed(self, check: str, reason: str, size: float | None = None) -> Finding:
        """A finding without fault."""
        allowance = self.subject.allowance(check)
        excepted = "" if allowance is None else allowance.reason
        return Finding(
            self.subject.name, self.subject.kind, check, True, reason, size=size, excepted=excepted
        )

    def failed(
        self, check: str, reason: str, difference: Difference | None = None, first: int = 0
    ) -> Finding:
        """A finding with a fault; the difference counts rows from ``first`` of the market."""
        name, kind = self.subject.name, self.subject.kind
        if difference is None:
            return Finding(name, kind, check, False, reason)
        row = difference.row + first
        return Finding(
            name,
            kind,
            check,
            False,
            reason,
            difference.column,
            row,
            str(self.market.base["date"].iloc[row]),
            difference.expected,
            difference.got,
            difference.size,
        )

    def failed_at(
        self, check: str, reason: str, column: str, row: int, expected: str, got: object
    ) -> Finding:
        """A finding with a fault in one value."""
        text = as_text(got)
        return self.failed(check, reason, Difference(column, row, expected, text, np.inf, 1))

    def date(self, row: int) -> pd.Timestamp:
        """Opening time of a base candle."""
        moment: pd.Timestamp = self.market.base["date"].iloc[row]
        return moment

    def minute(self, row: int) -> str:
        """The same, short, for sentences."""
        return f"{self.date(row):%Y-%m-%d %H:%M}"
