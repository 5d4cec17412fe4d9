"""What a run's Sharpe ratio is worth after chance, fat tails and all that was tried.

Source: Bailey and López de Prado 2012 and 2014 (see ``evaluation.deflated_sharpe``). Assumes days
that are independent of each other; where they are not, the bootstrap says more. Every configuration
that was tried counts as an independent one, which is the strict side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from freqai_regimes.evaluation.daily_returns import DAYS_PER_YEAR
from freqai_regimes.evaluation.deflated_sharpe import (
    SharpeSample,
    deflated_sharpe_ratio,
    expected_maximum_sharpe,
    minimum_track_record_length,
    probabilistic_sharpe_ratio,
    variance_by_chance,
)


@dataclass(frozen=True)
class TrackRecord:
    """A run's ratio beside what chance gives.

    Attributes
    ----------
    sharpe : annual, of daily net returns, times the root of 365.
    days : number of returns; ``skewness`` and ``kurtosis`` are theirs (3 is normal).
    trials : configurations tried on these data, this one included.
    trial_variance : of their daily ratios.
    chance : annual ratio to be expected of the best of them without skill.
    psr : probability that the true ratio is above 0; dsr: above ``chance``.
    days_needed : days after which the same ratio would be above ``chance`` with 95 %; infinite
        where it is not above it.
    reason : one sentence.
    """

    sharpe: float
    days: int
    skewness: float
    kurtosis: float
    trials: int
    trial_variance: float
    chance: float
    psr: float
    dsr: float
    days_needed: float
    reason: str


def track_record(
    daily: pd.Series, trials: int = 1, trial_variance: float | None = None
) -> TrackRecord:
    """Judge daily net returns.

    Parameters
    ----------
    daily : simple net returns of each day; quiet days are 0.
    trials : at least 1.
    trial_variance : variance of the trials' daily ratios, as in the paper; None: that of ratios
        without skill, 1 / (days - 1). The latter is right for a log of unlike trials, where losers
        by their costs would widen the spread and raise the bar for nothing.
    """
    sample = SharpeSample.of(daily.to_numpy(dtype=float))
    variance = trial_variance
    if variance is None:
        variance = variance_by_chance(sample.observations)
    chance = expected_maximum_sharpe(max(trials, 1), variance)
    year = math.sqrt(DAYS_PER_YEAR)
    psr = probabilistic_sharpe_ratio(sample)
    dsr = deflated_sharpe_ratio(sample, max(trials, 1), variance)
    return TrackRecord(
        sharpe=sample.sharpe * year,
        days=sample.observations,
        skewness=sample.skewness,
        kurtosis=sample.kurtosis,
        trials=max(trials, 1),
        trial_variance=variance,
        chance=chance * year,
        psr=psr,
        dsr=dsr,
        days_needed=minimum_track_record_length(sample, chance),
        reason=f"Sharpe {sample.sharpe * year:.2f} a year over {sample.observations} days is above "
        f"0 with probability {psr:.3f}, above the {chance * year:.2f} that the best of "
        f"{max(trials, 1)} tried would show without skill with {dsr:.3f}.",
    )
