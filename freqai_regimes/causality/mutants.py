"""Whether the certificate sees: leaks it must refuse for the right reason, twins it must pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from freqai_regimes.causality.certify import CHECKS, FOR_LABELS, RAISED, certify
from freqai_regimes.causality.inserted_leaks import insertions_for
from freqai_regimes.causality.leaks import (
    impure,
    joins,
    label_leaks,
    merged,
    neighbouring_rows,
    regime_leaks,
    whole_sample,
)
from freqai_regimes.causality.leaks.merged import LAG
from freqai_regimes.causality.leaks.mutant import Mutant
from freqai_regimes.causality.market import Market, Source
from freqai_regimes.causality.moments import Plan
from freqai_regimes.causality.subject import Subject
from freqai_regimes.synthetic_market import MarketSpec, simulate

MUTANTS: tuple[Mutant, ...] = (
    *neighbouring_rows.MUTANTS,
    *whole_sample.MUTANTS,
    *merged.MUTANTS,
    *joins.MUTANTS,
    *label_leaks.MUTANTS,
    *impure.MUTANTS,
    *regime_leaks.MUTANTS,
)
DAYS = 40


@dataclass(frozen=True)
class Trialled:
    """What became of one leak or twin.

    ``missing`` are checks that ought to have refused a leak and did not; ``refused`` those that
    refused it.
    """

    name: str
    refused: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def killed(self) -> bool:
        """Whether every check that had to refuse it did."""
        return bool(self.refused) and not self.missing


@dataclass(frozen=True)
class KillRate:
    """Leaks refused for the right reason, and honest computations refused."""

    leaks: tuple[Trialled, ...]
    inserted: tuple[Trialled, ...]
    honest: tuple[Trialled, ...]

    @property
    def perfect(self) -> bool:
        """Whether every leak is refused and no honest computation is."""
        leaks = [*self.leaks, *self.inserted]
        return all(one.killed for one in leaks) and not any(one.refused for one in self.honest)

    def text(self) -> str:
        """The rates, and every exception by name."""
        lines = [
            _rate("leaks refused for the right reason", self.leaks, "killed"),
            _rate("leaks put into shipped code refused", self.inserted, "killed"),
            _rate("honest computations refused", self.honest, "refused"),
        ]
        for one in [*self.leaks, *self.inserted]:
            if not one.killed:
                seen = ", ".join(one.refused) or "nothing"
                lines.append(
                    f"  SURVIVED {one.name}: not refused by {', '.join(one.missing)}; by {seen}"
                )
        lines += [
            f"  WRONGED {one.name}: {', '.join(one.refused)}" for one in self.honest if one.refused
        ]
        return "\n".join(lines)


def mutant_market(candles: pd.DataFrame | None = None) -> Market:
    """One-hour candles with 4h and daily ones, and a daily index that is published late.

    Parameters
    ----------
    candles : of one hour; built-in ones of 40 days by default.
    """
    if candles is None:
        spec = MarketSpec(pairs=("BTC/USDT",), days=DAYS, seed=3)
        candles = simulate(spec)["BTC/USDT"].candles
    days = candles["date"].dt.floor("1D").drop_duplicates().reset_index(drop=True)
    value = np.random.default_rng(7).normal(0, 1, len(days))
    index = Source(pd.DataFrame({"date": days, "value": value}), LAG)
    return Market.of(candles, "1h", coarser=("4h", "1d"), others={"index": index})


def kill_rate(
    market: Market | None = None,
    *,
    mutants: Iterable[Mutant] = MUTANTS,
    shipped: Sequence[Subject] = (),
    shipped_market: Market | None = None,
    seed: int = 1,
    plan: Plan | None = None,
) -> KillRate:
    """Try every leak and every twin, and one inserted leak of each kind in each shipped subject.

    Parameters
    ----------
    market : for the mutants, see ``mutant_market``.
    mutants : which of them.
    shipped : honest subjects to put leaks into; they must themselves pass, see ``certify``.
    shipped_market : their candles.
    """
    market = mutant_market() if market is None else market
    leaks, honest = [], []
    for one in mutants:
        given = market if one.market is None else one.market()
        leaks.append(_tried(one.leak, given, one.refused_by, seed, plan))
        checks = [name for name in CHECKS if name not in FOR_LABELS or one.twin.kind == "label"]
        faults = certify([one.twin], given, seed=seed, plan=plan, checks=checks).faults
        honest.append(Trialled(one.twin.name, tuple(fault.check for fault in faults)))
    inserted = []
    for subject in shipped:
        candles = shipped_market or market
        for insertion in insertions_for(subject, candles):
            spoilt = insertion.into(subject)
            inserted.append(_tried(spoilt, candles, (insertion.refused_by,), seed, plan))
    return KillRate(tuple(leaks), tuple(inserted), tuple(honest))


def _tried(
    leak: Subject, market: Market, checks: tuple[str, ...], seed: int, plan: Plan | None
) -> Trialled:
    faults = certify([leak], market, seed=seed, plan=plan, checks=checks).faults
    refused = tuple(one.check for one in faults if not one.reason.startswith(RAISED))
    # A leak that only breaks down has not been seen through.
    return Trialled(leak.name, refused, tuple(name for name in checks if name not in refused))


def _rate(words: str, tried: Sequence[Trialled], field: str) -> str:
    count = sum(bool(getattr(one, field)) for one in tried)
    share = f" = {count / len(tried):.0%}" if tried else ""
    return f"{words}: {count}/{len(tried)}{share}"
