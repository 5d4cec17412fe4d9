"""Returns of an account by day, from the profits of trades as they are closed."""

from __future__ import annotations

import numpy as np
import pandas as pd

DAYS_PER_YEAR = 365


def daily_returns(
    closed: pd.Series,
    profit: pd.Series,
    first: pd.Timestamp,
    last: pd.Timestamp,
    starting_balance: float,
) -> pd.Series:
    """Simple return of each day (UTC) from ``first`` to ``last``, both included.

    Parameters
    ----------
    closed : when each trade was closed, UTC.
    profit : what it gave, in stake currency; same index.
    starting_balance : in stake currency, above 0.

    Returns
    -------
    Series by day; 0 on days without a closed trade. What is open shows on the day it is closed.
    A day that begins with nothing left returns 0.
    """
    days = pd.date_range(first.normalize(), last.normalize(), freq="D")
    gained = profit.astype(float).groupby(pd.DatetimeIndex(closed).normalize()).sum()
    gained = gained.reindex(days, fill_value=0.0)
    before = starting_balance + gained.cumsum() - gained
    return (gained / before.where(before > 0)).fillna(0.0).astype(np.float64)
