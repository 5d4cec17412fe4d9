"""The loss of hyperopt: a Sharpe ratio less what so many epochs give by chance."""

from __future__ import annotations

import pandas as pd

from freqai_regimes.evaluation.daily_returns import daily_returns
from freqai_regimes.evaluation.deflated_sharpe import (
    SharpeSample,
    expected_maximum_sharpe,
    variance_by_chance,
)


def deflated_sharpe_loss(
    trades: pd.DataFrame,
    first: pd.Timestamp,
    last: pd.Timestamp,
    starting_balance: float,
    epochs: int,
    variance: float | None = None,
) -> float:
    """Minus the number of standard errors by which the daily ratio beats the best of chance.

    The normal probability of that number is the deflated Sharpe ratio; unlike it, the number goes
    on falling where the probability is 0 or 1 to the last digit, which a search needs.

    Parameters
    ----------
    trades : closed ones, with ``close_date`` (UTC) and ``profit_abs``.
    first, last : of the backtest's candles, UTC.
    epochs : number of tries.
    variance : of the daily ratios between them; None: that of ratios without skill, 1 / (days - 1).
    """
    days = daily_returns(trades["close_date"], trades["profit_abs"], first, last, starting_balance)
    sample = SharpeSample.of(days)
    if variance is None:
        variance = variance_by_chance(sample.observations)
    return -sample.deviations_above(expected_maximum_sharpe(epochs, variance))
