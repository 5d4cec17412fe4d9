"""Time of day and of week as points on a circle."""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.candles import timeframe_seconds


def calendar_features(date: pd.Series, timeframe: str) -> dict[str, pd.Series]:
    """Sine and cosine of the hour (timeframes up to 1h) and of the weekday (below one day).

    ``date`` is the candle's opening time in UTC; known before the candle closes. All in [-1, 1].
    """
    features: dict[str, pd.Series] = {}
    seconds = timeframe_seconds(timeframe)
    hour = date.dt.hour + date.dt.minute / 60
    if seconds <= 3600:
        features |= _circle("hour", hour / 24)
    if seconds < 86400:
        features |= _circle("weekday", (date.dt.day_of_week + hour / 24) / 7)
    return features


def _circle(name: str, turn: pd.Series) -> dict[str, pd.Series]:
    angle = 2 * np.pi * turn
    return {f"{name}_sine": np.sin(angle), f"{name}_cosine": np.cos(angle)}
