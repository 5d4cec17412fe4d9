"""What a Sharpe ratio is worth: after chance, after fat tails, after all that was tried.

Sources: Bailey and López de Prado 2012, "The Sharpe ratio efficient frontier" (probabilistic
Sharpe ratio, minimum track record length), and 2014, "The deflated Sharpe ratio". All ratios here
are per period, of the same period throughout, and not annualised.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

EULER_MASCHERONI = 0.5772156649015329


@dataclass(frozen=True)
class SharpeSample:
    """A Sharpe ratio and what its uncertainty depends on.

    Parameters
    ----------
    sharpe : mean over standard deviation of the returns of a period.
    observations : number of returns.
    skewness, kurtosis : third and fourth standardised moment; 0 and 3 for a normal distribution.
    """

    sharpe: float
    observations: int
    skewness: float = 0.0
    kurtosis: float = 3.0

    @classmethod
    def of(cls, returns: npt.ArrayLike) -> SharpeSample:
        """The sample of simple returns, one a period; a series that never moves has ratio 0.

        >>> SharpeSample.of([0.01, -0.01, 0.03, 0.01]).sharpe
        0.6123724356957946
        """
        values = np.asarray(returns, dtype=float)
        if len(values) < 2 or np.ptp(values) == 0:
            return cls(0.0, len(values))
        deviation = values - values.mean()
        variance = float((deviation**2).mean())
        return cls(
            float(values.mean() / values.std(ddof=1)),
            len(values),
            float((deviation**3).mean() / variance**1.5),
            float((deviation**4).mean() / variance**2),
        )

    @property
    def spread(self) -> float:
        """Standard error of the ratio times the root of (observations - 1)."""
        squared = 1 - self.skewness * self.sharpe + (self.kurtosis - 1) / 4 * self.sharpe**2
        return math.sqrt(max(squared, 0.0))

    def deviations_above(self, benchmark: float) -> float:
        """How many standard errors the ratio lies above a benchmark; 0 with under two returns."""
        if self.observations < 2:
            return 0.0
        distance = (self.sharpe - benchmark) * math.sqrt(self.observations - 1)
        return distance / self.spread if self.spread > 0 else math.copysign(math.inf, distance)


def probabilistic_sharpe_ratio(sample: SharpeSample, benchmark: float = 0.0) -> float:
    """Probability that the true ratio lies above ``benchmark``, in [0, 1].

    >>> hedge_fund = SharpeSample(0.458, 24, skewness=-2.448, kurtosis=10.164)
    >>> round(probabilistic_sharpe_ratio(hedge_fund), 3)
    0.913
    """
    return float(norm.cdf(sample.deviations_above(benchmark)))


def minimum_track_record_length(
    sample: SharpeSample, benchmark: float = 0.0, confidence: float = 0.95
) -> float:
    """Number of returns with which the same ratio would be above ``benchmark`` with confidence.

    Infinite where the ratio is not above it.
    """
    if sample.sharpe <= benchmark:
        return math.inf
    needed = float(norm.ppf(confidence)) * sample.spread / (sample.sharpe - benchmark)
    return 1 + needed**2


def expected_maximum_sharpe(trials: int, variance: float) -> float:
    """Highest ratio to be expected of so many tries without any skill.

    Parameters
    ----------
    trials : number of independent tries; of tries that resemble each other there are fewer, so that
        counting all of them is the strict side. 1 gives 0.
    variance : of the ratios between tries.
    """
    if trials <= 1:
        return 0.0
    weight = EULER_MASCHERONI
    first, second = norm.ppf(1 - 1 / trials), norm.ppf(1 - 1 / (trials * math.e))
    return math.sqrt(variance) * float((1 - weight) * first + weight * second)


def variance_by_chance(observations: int) -> float:
    """Variance of the ratio of so many returns without skill, by Lo 2002: one over their number.

    >>> variance_by_chance(101)
    0.01
    """
    return 1 / max(observations - 1, 1)


def deflated_sharpe_ratio(sample: SharpeSample, trials: int, variance: float) -> float:
    """Probability that the true ratio lies above what ``trials`` tries give without skill.

    >>> best = SharpeSample(2.5 / 250**0.5, 1250, skewness=-3, kurtosis=10)
    >>> round(deflated_sharpe_ratio(best, trials=100, variance=0.5 / 250), 4)
    0.9004
    """
    return probabilistic_sharpe_ratio(sample, expected_maximum_sharpe(trials, variance))
