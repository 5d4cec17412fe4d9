"""Trend and momentum over a window, in units of volatility or bounded."""

from __future__ import annotations

import numpy as np
import pandas as pd
import talib


def momentum_features(
    candles: pd.DataFrame, volatility: pd.Series, period_candles: int
) -> dict[str, pd.Series]:
    """Return, distance to the average, channel position and efficiency of a window.

    Every value depends on the last ``period_candles + 1`` candles alone, so that it is the same
    however long the loaded history is.

    Parameters
    ----------
    candles : open, high, low, close, volume; one row a candle.
    volatility : standard deviation of log returns per candle, same index.
    period_candles : the window, >= 2.

    Returns
    -------
    Named series, same index; row t uses candles <= t; NaN while the window fills or where nothing
    moved. ``return`` and ``distance`` are in standard deviations of such a move; ``channel``
    (Donchian) and the signed ``efficiency`` (Kaufman 1995: net move over path) lie in [-1, 1].
    """
    log_close = np.log(candles["close"])
    moves = log_close.diff()
    unit = (volatility * np.sqrt(period_candles)).replace(0.0, np.nan)
    highest = talib.MAX(candles["high"], period_candles)
    lowest = talib.MIN(candles["low"], period_candles)
    path = moves.abs().rolling(period_candles).sum()
    path = path.where(path > 0)
    return {
        "return": log_close.diff(period_candles) / unit,
        "distance": (log_close - talib.SMA(log_close, period_candles)) / unit,
        "channel": 2 * (candles["close"] - lowest) / (highest - lowest).replace(0.0, np.nan) - 1,
        "efficiency": log_close.diff(period_candles) / path,
    }
