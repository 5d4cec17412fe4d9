"""Average true range, as a fraction of the price."""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.features.trailing_window import trailing_mean


def average_range(candles: pd.DataFrame, length: int) -> pd.Series:
    """Mean of the last ``length`` true ranges, over the close.

    A plain mean (Wilder, 1978, smooths without end): a value then depends on ``length + 1`` candles
    and is the same in backtest and live. Row t uses rows <= t; NaN before.
    """
    before = candles["close"].shift(1)
    high = candles["high"].where(candles["high"] > before, before)
    low = candles["low"].where(candles["low"] < before, before)
    true_range = (high - low).where(before.notna())
    mean = pd.Series(trailing_mean(true_range.to_numpy(dtype=float), length), candles.index)
    return mean.where(np.arange(len(mean)) >= length) / candles["close"]
