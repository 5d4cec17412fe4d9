"""The shape of one candle: where it closed and how wide it was, and how strongly it trends."""

from __future__ import annotations

import numpy as np
import pandas as pd
import talib


def candle_shape_features(candles: pd.DataFrame, volatility: pd.Series) -> dict[str, pd.Series]:
    """Close location and range of each candle, with the usual RSI and ADX of 14.

    Returns
    -------
    ``close_location`` in [-1, 1] (0 for a candle without range); ``range``, the log range in units
    of ``volatility``; ``rsi`` in [-1, 1] and ``adx`` in [0, 1], rescaled from 0..100 (Wilder 1978).
    Row t uses candles <= t. RSI and ADX are recursive: 200 candles of warm-up make them equal to
    1e-6 whatever came before.
    """
    width = candles["high"] - candles["low"]
    location = (2 * candles["close"] - candles["high"] - candles["low"]) / width.where(width > 0)
    return {
        "close_location": location.where(width != 0, 0.0),
        "rsi": talib.RSI(candles["close"], 14) / 50 - 1,
        "adx": talib.ADX(candles["high"], candles["low"], candles["close"], 14) / 100,
        "range": np.log(candles["high"] / candles["low"]) / volatility.replace(0.0, np.nan),
    }
