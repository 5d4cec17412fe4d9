"""Hysteresis: a regime is entered at one bound and left at another one further inside."""

from __future__ import annotations

import numpy as np
import pandas as pd


def held_state(
    enter_bull: pd.Series,
    enter_bear: pd.Series,
    hold_bull: pd.Series,
    hold_bear: pd.Series,
    known: pd.Series,
) -> pd.Series:
    """State by what enters it and by what holds it once it has been entered.

    Parameters
    ----------
    enter_bull, enter_bear : rows that make the state bull or bear, whatever was before.
    hold_bull, hold_bear : rows that leave a bull (bear) state as it was; they hold wherever the
        first ones do, and never both.
    known : rows whose price is known. All are booleans of one index.

    Returns
    -------
    1.0, 0.0, -1.0, same index; row t uses rows <= t. NaN where the price is unknown, and at the
    beginning for as long as only an earlier row could tell whether the state had been entered: a
    known state is therefore the same however much history came before.

    >>> zone, beyond = pd.Series([1, 0, 1, 1, 0, 1]) == 1, pd.Series([0, 0, 1, 0, 0, 0]) == 1
    >>> never, always = zone & False, zone | True
    >>> held_state(beyond, never, zone, never, always).tolist()
    [nan, 0.0, 1.0, 1.0, 0.0, 0.0]
    """
    side = (hold_bull * 1.0 - hold_bear * 1.0).where(known)
    before = side.shift()
    decided = pd.Series(
        np.select([enter_bull, enter_bear, side == 0], [1.0, -1.0, 0.0], default=np.nan),
        index=side.index,
    ).where(known)
    crossed = decided.isna() & known & before.notna() & (side != before)
    state: pd.Series = decided.mask(crossed, 0.0).groupby((side != before).cumsum()).ffill()
    return state
