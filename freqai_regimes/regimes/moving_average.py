"""Regime from the distance to a long moving average and the price change over a span."""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.features.full_window import full_window_mean
from freqai_regimes.regimes.band import reach
from freqai_regimes.regimes.hysteresis import held_state
from freqai_regimes.regimes.probabilities import certain, doubtful


def moving_average_regime(
    close: pd.Series,
    *,
    average_candles: int,
    average_band: float,
    change_candles: int,
    change_band: float,
    inner_band: float | None = None,
    soft: bool = False,
) -> pd.DataFrame:
    """Bull above the band with a rising price, bear below it with a falling one, else sideways.

    Parameters
    ----------
    close : closing prices of closed candles.
    average_candles : length of the simple moving average.
    average_band : fraction; 0.02 asks for 2 % above (below) the average.
    change_candles : span of the price change that must agree; 0 leaves this condition out.
    change_band : fraction that the change must exceed.
    inner_band : once entered, a bull (bear) state lasts until the distance to the average is no
        longer above (below) this, whatever the change is; None: until one of both conditions ends.
    soft : the probability of bull (bear) is the lesser of how far distance and change reach into
        their bands (see ``regimes.band.reach``). Otherwise it is 1 for the state.

    Returns
    -------
    ``REGIME_COLUMNS``, same index. Row t uses closes <= t; NaN until both windows are full.
    """
    distance = close / full_window_mean(close, average_candles) - 1
    change = close / close.shift(change_candles) - 1
    rises, falls = change > change_band, change < -change_band
    if change_candles == 0:
        rises = falls = pd.Series(True, index=close.index)
    bull, bear = (distance > average_band) & rises, (distance < -average_band) & falls
    stays, stays_below = bull, bear
    if inner_band is not None:
        stays, stays_below = distance > inner_band, distance < -inner_band
    known = distance.notna() & change.notna()
    state = held_state(bull, bear, stays, stays_below, known)
    if not soft:
        return certain(state)
    up, down = reach(distance, average_band), reach(-distance, average_band)
    if change_candles > 0:
        up = pd.Series(np.minimum(up, reach(change, change_band)))
        down = pd.Series(np.minimum(down, reach(-change, change_band)))
    return doubtful(state, bull=up, bear=down)
