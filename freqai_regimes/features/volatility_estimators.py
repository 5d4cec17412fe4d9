"""Generator ``volatility``: how much the price moves per candle, by estimators of its range."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from freqai_regimes.features.full_window import full_window_mean
from freqai_regimes.features.input_columns import require_columns
from freqai_regimes.features.options import FeatureOptions

Estimator = Literal["realised", "parkinson", "garman_klass", "rogers_satchell", "atr"]
INPUTS = ("open", "high", "low", "close")


class Options(FeatureOptions):
    """Estimators times windows; each gives the column ``{estimator}_{window}``.

    The first four are the square root of the window's mean of the following, with O, H, L, C the
    logarithms of open, high, low and close, and P that of the close before. They estimate the same
    quantity, the standard deviation of a log return over one candle. In brackets the variance of
    the first over their own, on a continuous walk without drift.

    ===================  ============================================  ==========================
    ``realised``         (C - P)^2                                     close to close, the mean
                                                                       taken as zero (1)
    ``parkinson``        (H - L)^2 / (4 ln 2)                          Parkinson 1980 (4.9)
    ``garman_klass``     (H - L)^2 / 2 - (2 ln 2 - 1) (C - O)^2        Garman and Klass 1980 (7.4)
    ``rogers_satchell``  (H - C) (H - O) + (L - C) (L - O)             Rogers and Satchell 1991
                                                                       (6.0); right with drift too
    ``atr``              window's mean of max(H, P) - min(L, P)        true range of Wilder 1978
    ===================  ============================================  ==========================

    ``atr`` is the average true range relative to price. It is a range, about 1.6 times a standard
    deviation; and a plain mean, where Wilder's recursion never quite forgets its beginning.

    Prices that jump from one close to the next open are seen by ``realised`` and ``atr`` only.
    Trades are finite: the true extremes lie between them, so that the middle three come out a
    little low in thin markets. Candles that fill a gap count as moves of zero.
    """

    generator: Literal["volatility"] = "volatility"
    estimators: tuple[Estimator, ...] = Field(
        ("realised", "parkinson", "garman_klass", "rogers_satchell", "atr"),
        min_length=1,
        description="which to compute, see above",
    )
    windows_candles: tuple[Annotated[int, Field(ge=1, le=525_600)], ...] = Field(
        min_length=1, description="lengths of the windows, the row itself included"
    )

    @field_validator("estimators", "windows_candles")
    @classmethod
    def _nothing_twice(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(value)) < len(value):
            raise ValueError(f"got {list(value)}: name each only once")
        return value


def generate(candles: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Compute each estimator over each window.

    Returns
    -------
    Float columns, same index, in log units (about fractions of the price) per candle, never
    annualised; 0 where nothing moved. Row t uses candles <= t. NaN while the window fills or holds
    a price that is missing or not positive.

    Raises
    ------
    SettingsError
        If open, high, low or close is missing.
    """
    require_columns("volatility", INPUTS, candles.columns)
    prices = candles[list(INPUTS)].astype(float)
    log_prices = pd.DataFrame(np.log(prices.where(prices > 0)))
    columns = {}
    for name in options.estimators:
        each = _PER_CANDLE[name](log_prices)
        for window in options.windows_candles:
            average = full_window_mean(each, window)
            columns[f"{name}_{window}"] = average if name == "atr" else np.sqrt(average)
    return pd.DataFrame(columns, index=candles.index)


def warm_up_candles(options: Options) -> int:
    """Rows before the first value that no longer depends on how much history came before."""
    looks_back = {"realised", "atr"} & set(options.estimators)
    return max(options.windows_candles) - (0 if looks_back else 1)


def price_unit_columns(options: Options) -> list[str]:
    """None: logarithms have no scale."""
    return []


def _realised(log_prices: pd.DataFrame) -> pd.Series:
    return log_prices["close"].diff() ** 2


def _parkinson(log_prices: pd.DataFrame) -> pd.Series:
    width = log_prices["high"] - log_prices["low"]
    return width**2 / (4 * math.log(2))


def _garman_klass(log_prices: pd.DataFrame) -> pd.Series:
    width = log_prices["high"] - log_prices["low"]
    body = log_prices["close"] - log_prices["open"]
    return (width**2 / 2 - (2 * math.log(2) - 1) * body**2).clip(lower=0.0)


def _rogers_satchell(log_prices: pd.DataFrame) -> pd.Series:
    opened, high, low, close = (log_prices[name] for name in INPUTS)
    above, below = (high - close) * (high - opened), (low - close) * (low - opened)
    return (above + below).clip(lower=0.0)


def _true_range(log_prices: pd.DataFrame) -> pd.Series:
    before = log_prices["close"].shift(1)
    top = np.maximum(log_prices["high"], before)
    return pd.Series(top - np.minimum(log_prices["low"], before))


_PER_CANDLE: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "realised": _realised,
    "parkinson": _parkinson,
    "garman_klass": _garman_klass,
    "rogers_satchell": _rogers_satchell,
    "atr": _true_range,
}
