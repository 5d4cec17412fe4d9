"""Time of day and of week as points on a circle."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from freqai_regimes.features.options import FeatureOptions


def calendar_features(date: pd.Series, *, hour: bool, weekday: bool) -> dict[str, pd.Series]:
    """Sine and cosine of the time of day and of the week, in [-1, 1].

    ``date`` is the candle's opening time in UTC; known before the candle closes.
    """
    features: dict[str, pd.Series] = {}
    hours = date.dt.hour + date.dt.minute / 60
    if hour:
        features |= _circle("hour", hours / 24)
    if weekday:
        features |= _circle("weekday", (date.dt.day_of_week + hours / 24) / 7)
    return features


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


def _circle(name: str, turn: pd.Series) -> dict[str, pd.Series]:
    angle = 2 * np.pi * turn
    return {f"{name}_sine": np.sin(angle), f"{name}_cosine": np.cos(angle)}
