"""Regime from the distance to a long moving average and the price change over a span."""

from __future__ import annotations

import numpy as np
import pandas as pd


def moving_average_regime(
    close: pd.Series,
    *,
    average_candles: int,
    average_band: float,
    change_candles: int,
    change_band: float,
) -> pd.Series:
    """Bull above the band with a rising price, bear below it with a falling one, else sideways.

    Parameters
    ----------
    close : closing prices of closed candles.
    average_candles : length of the simple moving average.
    average_band : fraction; 0.02 asks for 2 % above (below) the average.
    change_candles : span of the price change that must agree; 0 leaves this condition out.
    change_band : fraction that the change must exceed.

    Returns
    -------
    1.0, 0.0, -1.0 or NaN, same index. Row t uses closes <= t; NaN until both windows are full.
    """
    distance = close / close.rolling(average_candles).mean() - 1
    change = close / close.shift(change_candles) - 1
    rises, falls = change > change_band, change < -change_band
    if change_candles == 0:
        rises = falls = pd.Series(True, index=close.index)
    bull, bear = (distance > average_band) & rises, (distance < -average_band) & falls
    state = np.select([bull, bear], [1.0, -1.0], default=0.0)
    return pd.Series(state, index=close.index).where(distance.notna() & change.notna())
