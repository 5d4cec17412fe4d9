"""Generator ``source_002``: seven indicators by the formulas of a published one-minute bot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import AfterValidator, Field, model_validator

from freqai_regimes.features.exponential_memory import exponential_memory_candles
from freqai_regimes.features.full_window import full_window_mean, full_window_variance
from freqai_regimes.features.input_columns import require_columns
from freqai_regimes.features.option_lists import Windows, each_once
from freqai_regimes.features.options import FeatureOptions

Indicator = Literal[
    "cci_std",
    "ease_of_movement",
    "sma",
    "ewma",
    "bollinger",
    "force_index",
    "rate_of_change",
]
INPUTS = ("high", "low", "close", "volume")
#: The units in which ease of movement counts volume, as published.
VOLUME_UNIT = 1e8
NEED_TWO_CANDLES = {"cci_std", "ewma", "bollinger"}


class Options(FeatureOptions):
    """Indicators times windows of n candles; TP is the typical price (high + low + close) / 3.

    ====================  ========================================  ==============================
    ``cci_std``           (TP - mean of TP) / (0.015 * standard     ``cci_std_n``
                          deviation of TP, ddof 1): not the usual
                          CCI of Lambert (1980), which divides by
                          the mean absolute deviation
    ``ease_of_movement``  mean of: change of (high + low) / 2,      ``evm_n``
                          over volume / 1e8 / (high - low)
                          (Arms)
    ``sma``               mean of the close                         ``sma_n``
    ``ewma``              exponential average of the close, span    ``ewma_n``
                          n, weights summing to 1 from the start,
                          n - 1 candles or more
    ``bollinger``         mean of the close +- 2 standard           ``bb_upper_n``, ``bb_lower_n``
                          deviations (ddof 1; TA-Lib: 0)
    ``force_index``       change of the close over n candles times  ``force_index_n``
                          the volume of the last
    ``rate_of_change``    change of the close over n candles, as a  ``roc_n``
                          fraction of the close before
    ====================  ========================================  ==============================

    The source divides each column by its length over the whole data set. Later candles are in that
    length, and live it depends on the batch: a leak, which is not offered here.
    """

    generator: Literal["source_002"] = "source_002"
    indicators: Annotated[tuple[Indicator, ...], AfterValidator(each_once)] = Field(
        (
            "cci_std",
            "ease_of_movement",
            "sma",
            "ewma",
            "bollinger",
            "force_index",
            "rate_of_change",
        ),
        min_length=1,
        description="which to compute, see above",
    )
    windows_candles: Windows = Field(
        (14,), min_length=1, description="lengths n; 2 or more for deviations and ewma"
    )

    @model_validator(mode="after")
    def _windows_are_long_enough(self) -> Options:
        undefined = [name for name in self.indicators if name in NEED_TWO_CANDLES]
        if undefined and min(self.windows_candles) < 2:
            raise ValueError(
                f"{', '.join(undefined)} over 1 candle has no value: use windows_candles of 2 or "
                "more, or a separate entry for the indicators that allow 1"
            )
        return self


def generate(candles: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Compute the indicators for each window.

    Returns
    -------
    Float columns named as in ``Options``, same index. Row t uses candles <= t. NaN while a window
    fills or holds a missing value; ``cci_std`` where the typical price did not vary; ``evm_n`` as
    long as its window holds a candle without range or without volume, such as those that fill gaps.

    Raises
    ------
    SettingsError
        If high, low, close or volume is missing.
    """
    require_columns("source_002", INPUTS, candles.columns)
    prices = candles[list(INPUTS)].astype(float)
    columns: dict[str, pd.Series] = {}
    for window in options.windows_candles:
        for name in options.indicators:
            columns |= _INDICATORS[name](prices, window)
    return pd.DataFrame(columns, index=candles.index)


def warm_up_candles(options: Options) -> int:
    """Rows before the first value that no longer depends on how much history came before.

    To a trillionth of the distance between old and new prices, for ``ewma``; exact for the rest.
    """
    longest = max(options.windows_candles)
    if "ewma" in options.indicators:
        return exponential_memory_candles(longest)
    changes = {"ease_of_movement", "force_index", "rate_of_change"}
    return longest if changes & set(options.indicators) else longest - 1


def price_unit_columns(options: Options) -> list[str]:
    """Columns in units of price (``evm`` and ``force_index``: of price and volume)."""
    return [
        f"{column}_{window}"
        for window in options.windows_candles
        for name in options.indicators
        for column in _IN_UNITS[name]
    ]


def _cci_std(prices: pd.DataFrame, window: int) -> dict[str, pd.Series]:
    typical = (prices["high"] + prices["low"] + prices["close"]) / 3
    deviation = _deviation(typical, window)
    distance = typical - full_window_mean(typical, window)
    return {f"cci_std_{window}": distance / (0.015 * deviation).where(deviation > 0)}


def _ease_of_movement(prices: pd.DataFrame, window: int) -> dict[str, pd.Series]:
    width, volume = prices["high"] - prices["low"], prices["volume"]
    moved = ((prices["high"] + prices["low"]) / 2).diff()
    box = volume.where(volume > 0) / VOLUME_UNIT / width.where(width > 0)
    return {f"evm_{window}": full_window_mean(moved / box, window)}


def _sma(prices: pd.DataFrame, window: int) -> dict[str, pd.Series]:
    return {f"sma_{window}": full_window_mean(prices["close"], window)}


def _ewma(prices: pd.DataFrame, window: int) -> dict[str, pd.Series]:
    close = prices["close"]
    average = close.ewm(span=window, min_periods=window - 1).mean()
    return {f"ewma_{window}": average.where(close.notna())}


def _bollinger(prices: pd.DataFrame, window: int) -> dict[str, pd.Series]:
    average = full_window_mean(prices["close"], window)
    width = 2 * _deviation(prices["close"], window)
    return {f"bb_upper_{window}": average + width, f"bb_lower_{window}": average - width}


def _force_index(prices: pd.DataFrame, window: int) -> dict[str, pd.Series]:
    return {f"force_index_{window}": prices["close"].diff(window) * prices["volume"]}


def _rate_of_change(prices: pd.DataFrame, window: int) -> dict[str, pd.Series]:
    return {f"roc_{window}": prices["close"].diff(window) / prices["close"].shift(window)}


def _deviation(values: pd.Series, window: int) -> pd.Series:
    return pd.Series(np.sqrt(full_window_variance(values, window)))


_INDICATORS: dict[str, Callable[[pd.DataFrame, int], dict[str, pd.Series]]] = {
    "cci_std": _cci_std,
    "ease_of_movement": _ease_of_movement,
    "sma": _sma,
    "ewma": _ewma,
    "bollinger": _bollinger,
    "force_index": _force_index,
    "rate_of_change": _rate_of_change,
}
_IN_UNITS: dict[str, list[str]] = {
    "cci_std": [],
    "ease_of_movement": ["evm"],
    "sma": ["sma"],
    "ewma": ["ewma"],
    "bollinger": ["bb_upper", "bb_lower"],
    "force_index": ["force_index"],
    "rate_of_change": [],
}
