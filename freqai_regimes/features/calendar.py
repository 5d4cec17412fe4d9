"""Time of day and of week as points on a circle."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field

from freqai_regimes.candles import nanoseconds
from freqai_regimes.features.options import FeatureOptions

Floats = npt.NDArray[np.float64]


def calendar_features(date: pd.Series, *, hour: bool, weekday: bool) -> dict[str, pd.Series]:
    """Sine and cosine of the time of day and of the week, in [-1, 1].

    ``date`` is the candle's opening time in UTC; known before the candle closes.
    """
    features: dict[str, Floats] = {}
    minutes = nanoseconds(date) // 60_000_000_000
    hours = minutes // 60 % 24 + minutes % 60 / 60
    if hour:
        features |= _circle("hour", hours / 24)
    if weekday:
        day = (minutes // 1440 + 3) % 7  # 1 January 1970 was a Thursday; Monday is 0
        features |= _circle("weekday", (day + hours / 24) / 7)
    return {name: pd.Series(values, index=date.index) for name, values in features.items()}


class Options(FeatureOptions):
    """Which circles; the hour of a daily candle is always midnight and says nothing."""

    generator: Literal["calendar"]
    hour: bool = Field(True, description="time of day")
    weekday: bool = Field(True, description="time of the week")


def generate(candles: pd.DataFrame, options: Options) -> pd.DataFrame:
    """``hour_sine``, ``hour_cosine``, ``weekday_sine``, ``weekday_cosine``, as asked for."""
    features = calendar_features(candles["date"], hour=options.hour, weekday=options.weekday)
    return pd.DataFrame(features, index=candles.index)


def warm_up_candles(options: Options) -> int:
    """None are needed."""
    return 0


def price_unit_columns(options: Options) -> list[str]:
    """None."""
    return []


def _circle(name: str, turn: Floats) -> dict[str, Floats]:
    angle = 2 * np.pi * turn
    return {f"{name}_sine": np.sin(angle), f"{name}_cosine": np.cos(angle)}
