"""The verdict in words, by fixed rules whose errors are measured (see docs/evidence.md).

1. "no edge": nothing was earned after costs.
2. "edge survives costs and trials": every check holds: enough days and trades; the deflated Sharpe
   ratio over all that was tried; the bootstrap, which knows the days' memory; entries at random
   moments; and twice the costs.
3. "edge not distinguishable from luck": everything between.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Words = Literal["no edge", "edge not distinguishable from luck", "edge survives costs and trials"]
NO_EDGE: Words = "no edge"
LUCK: Words = "edge not distinguishable from luck"
SURVIVES: Words = "edge survives costs and trials"


@dataclass(frozen=True)
class Thresholds:
    """What each check asks for; chosen on other seeds than those of the published table."""

    fewest_days: int = 180
    fewest_trades: int = 30
    deflated_sharpe: float = 0.95
    bootstrap_not_positive: float = 0.05
    random_entries: float = 0.05


@dataclass(frozen=True)
class Figures:
    """What a verdict is made from; NaN counts as a check that failed.

    Attributes
    ----------
    net_return : after costs, compounded, as a fraction.
    days, trades, trials : how many; every configuration that was tried counts.
    deflated_sharpe : probability, 0 to 1.
    bootstrap_not_positive : share of resampled runs with a Sharpe ratio of 0 or below.
    random_entries : p value, the larger of both nulls.
    net_return_twice_cost : net return at twice the costs, as a fraction.
    """

    net_return: float
    days: int
    trades: int
    trials: int
    deflated_sharpe: float
    bootstrap_not_positive: float
    random_entries: float
    net_return_twice_cost: float


@dataclass(frozen=True)
class Check:
    """One rule: its name, whether it held, and a sentence with its numbers."""

    name: str
    holds: bool
    reason: str


@dataclass(frozen=True)
class Verdict:
    """Words, all checks in order, and the reason: the checks that failed, or that none did."""

    words: Words
    checks: tuple[Check, ...]
    reason: str


def verdict(figures: Figures, thresholds: Thresholds | None = None) -> Verdict:
    """Judge a run by the rules above."""
    checks = _checks(figures, thresholds or Thresholds())
    failed = [check.reason for check in checks if not check.holds]
    if not figures.net_return > 0:
        why = f"It nets {figures.net_return:+.1%} after costs."
        return Verdict(NO_EDGE, checks, why)
    if failed:
        return Verdict(LUCK, checks, " ".join(failed))
    return Verdict(SURVIVES, checks, "Every check holds: " + " ".join(c.reason for c in checks))


def _checks(got: Figures, asked: Thresholds) -> tuple[Check, ...]:
    return (
        Check(
            "track record",
            got.days >= asked.fewest_days and got.trades >= asked.fewest_trades,
            f"{got.days} days and {got.trades} trades ({asked.fewest_days} and "
            f"{asked.fewest_trades} asked).",
        ),
        Check(
            "trials",
            got.deflated_sharpe >= asked.deflated_sharpe,
            f"Probability {got.deflated_sharpe:.3f} of a ratio above the best of {got.trials} "
            f"tried without skill ({asked.deflated_sharpe:g} asked).",
        ),
        Check(
            "bootstrap",
            got.bootstrap_not_positive <= asked.bootstrap_not_positive,
            f"{_share(got.bootstrap_not_positive)} of resampled runs have a Sharpe ratio of 0 or "
            f"below ({asked.bootstrap_not_positive:.0%} allowed).",
        ),
        Check(
            "random entries",
            got.random_entries <= asked.random_entries,
            f"{_share(got.random_entries)} of random entries did as well "
            f"({asked.random_entries:.0%} allowed).",
        ),
        Check(
            "twice the costs",
            got.net_return_twice_cost > 0,
            f"It nets {got.net_return_twice_cost:+.1%} at twice the costs (more than 0 asked).",
        ),
    )


def _share(value: float) -> str:
    """A share for people; too short a run has none."""
    return "An unknown share" if math.isnan(value) else f"{value:.1%}"
