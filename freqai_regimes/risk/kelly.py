"""Kelly's share of the money from the probability of a gain, taken in part and capped."""

from __future__ import annotations

import pandas as pd


def kelly_share(
    probability: pd.Series, payoff: float, fraction: float, most: float = 1.0
) -> pd.Series:
    """Share of the money that maximises its growth (Kelly, 1956), times ``fraction``, capped.

    Parameters
    ----------
    probability : calibrated probability that the trade gains; an uncalibrated one bets too much.
    payoff : mean gain over mean loss.
    fraction : part of the full share that is taken; the full one assumes that all is known.
    most : upper bound.

    Returns
    -------
    Shares in [0, ``most``]; 0 where the odds are against the trade or the probability is unknown.

    >>> kelly_share(pd.Series([0.6, 0.5, 0.4]), 1.0, 0.5).round(6).tolist()
    [0.1, 0.0, 0.0]
    """
    share = probability - (1 - probability) / payoff
    return (fraction * share).clip(lower=0.0, upper=most).fillna(0.0)
