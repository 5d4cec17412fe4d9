"""Volume against its own past, and on which side of the price moves it came."""

from __future__ import annotations

import numpy as np
import pandas as pd
import talib


def volume_features(candles: pd.DataFrame, period_candles: int) -> dict[str, pd.Series]:
    """Log volume against its average, and the share of it that rose minus the share that fell.

    Returns
    -------
    ``volume``: log ratio, NaN where a candle was not traded; ``volume_imbalance`` in [-1, 1]. Row t
    uses candles <= t; NaN while the window fills.
    """
    volume = candles["volume"].where(candles["volume"] > 0)
    average = talib.SMA(candles["volume"], period_candles)
    signed = candles["volume"] * np.sign(candles["close"] - candles["open"])
    average = average.where(average > 0)
    return {
        "volume": np.log(volume / average),
        "volume_imbalance": talib.SMA(signed, period_candles) / average,
    }
