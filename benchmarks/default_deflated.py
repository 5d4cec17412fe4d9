"""What the shipped default's Sharpe ratio is worth after all that was tried.

    REGIMES_DATA=path/to/data python benchmarks/default_deflated.py

The regime rule with its model off, on the days of all blocks together (on days that two blocks
hold, their mean), beside the ratio that the best of so many tries reaches without skill. Sources:
``freqai_regimes.evaluation.deflated_sharpe``.
"""

from __future__ import annotations

import sys

import pandas as pd
from search.account import DAYS_PER_YEAR, joined, sharpe
from search.blocks import BLOCKS, EXPLORED
from search.rule_arm import rule_account

from freqai_regimes.evaluation.deflated_sharpe import (
    SharpeSample,
    deflated_sharpe_ratio,
    expected_maximum_sharpe,
    minimum_track_record_length,
    variance_by_chance,
)
from freqai_regimes.evidence.stationary_bootstrap import bootstrap_intervals

#: The study's configurations, and those of benchmarks/moonshot.py.
STUDY, SEARCH = 635, 46
#: Of annual ratios between tries, as the study states it.
SPREAD_OF_TRIES = 0.5


def main() -> int:
    year = DAYS_PER_YEAR**0.5
    for name, blocks in (("explored", EXPLORED), ("explored and confirmed", BLOCKS)):
        daily = joined({block.name: rule_account(block) for block in blocks})
        sample, found = SharpeSample.of(daily), bootstrap_intervals(daily).sharpe
        print(
            f"{name}: {len(daily)} days, Sharpe {sharpe(daily):.2f} "
            f"[{found.low:.2f}, {found.high:.2f}], skewness {sample.skewness:+.1f}, "
            f"kurtosis {sample.kurtosis:.0f}; above 0 with 95 % after "
            f"{minimum_track_record_length(sample):.0f} days"
        )
        for trials in (1, 30, STUDY, STUDY + SEARCH):
            for what, variance in spreads(daily):
                most = expected_maximum_sharpe(trials, variance) * year
                worth = deflated_sharpe_ratio(sample, trials, variance)
                print(f"    {trials:>4} tries, {what:34} best by luck {most:.2f}: {worth:.3f}")
    return 0


def spreads(daily: pd.Series) -> tuple[tuple[str, float], ...]:
    """Variances of the daily ratio between tries."""
    stated = SPREAD_OF_TRIES**2 / DAYS_PER_YEAR
    by_chance = variance_by_chance(len(daily))
    return (("spread 0.5 a year (study)", stated), ("spread by chance", by_chance))


if __name__ == "__main__":
    sys.exit(main())
