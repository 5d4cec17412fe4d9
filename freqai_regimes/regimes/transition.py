"""The grace period: a new regime counts only once it has lasted."""

from __future__ import annotations

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
