"""Grace period and dwell: a new regime counts once it has lasted, and then stays a while."""

from __future__ import annotations

import numpy as np
import pandas as pd


def confirmed_regime(state: pd.Series, confirmation_candles: int) -> pd.Series:
    """The last state that held for ``confirmation_candles`` rows in a row.

    A pure function of the rows up to t, without memory of its own: a restarted bot, a backtest and
    a bot that ran all along agree as soon as they share one confirmed stretch.

    Returns
    -------
    Same index; NaN until the first state has been confirmed. With 1 it returns ``state``, and a row
    of unknown state keeps the last confirmed one.
    """
    run = (state != state.shift()).cumsum()
    length = state.groupby(run).cumcount() + 1
    return state.where(state.notna() & (length >= confirmation_candles)).ffill()


def dwelling_regime(state: pd.Series, minimum_dwell_candles: int) -> pd.Series:
    """The state, except that one that was entered lasts for ``minimum_dwell_candles`` rows.

    What comes in between is left out; after the dwell the state of the row counts.

    How long the present state has lasted depends on all that was before. Yet once a state has held
    for twice the dwell less one, every history that reaches back to there has it and may leave it.
    From there on, and not before, the result is known: a known row is therefore the same however
    much history came before.

    Returns
    -------
    Same index; row t uses states <= t. A row of unknown state keeps the last one. With 1 it returns
    the state, carried over unknown rows.
    """
    state = state.ffill()
    length = state.groupby((state != state.shift()).cumsum()).cumcount() + 1
    settled = state.notna() & (length >= 2 * minimum_dwell_candles - 1)
    values = state.to_list()
    result = [np.nan] * len(values)
    if settled.any():
        first = int(np.argmax(settled))
        held, entered = values[first], first - minimum_dwell_candles + 1
        for row in range(first, len(values)):
            if values[row] != held and row - entered >= minimum_dwell_candles:
                held, entered = values[row], row
            result[row] = held
    return pd.Series(result, index=state.index, dtype=float)
