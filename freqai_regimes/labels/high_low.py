"""How high and how low the price goes within a horizon, as numbers and as yes or no."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from freqai_regimes.labels.first_crossing import Floats
from freqai_regimes.labels.labelled import Kind, Labelled
from freqai_regimes.labels.options import LabelOptions
from freqai_regimes.labels.resolution import column, resolve

Threshold = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Options(LabelOptions):
    """Options of high-low; the defaults are the fixed grid of the Intelligent Trading Bot."""

    label: Literal["high_low"]
    horizon_candles: int = Field(60, ge=1, description="candles after the row that are looked at")
    thresholds: tuple[Threshold, ...] = Field(
        (0.001, 0.002, 0.003, 0.004, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03),
        description="sizes of moves as fractions, asked upwards and downwards; may be empty",
    )
    crossing_from: float = Field(
        0.0075,
        ge=0,
        description="thresholds from here on ask whether any candle gets that far; smaller ones "
        "whether all stay within. 0: all ask for a crossing; 1 or more: all for staying within",
    )
    unit: Literal["fraction", "percent"] = Field(
        "fraction", description="of the two numbers; thresholds are always fractions"
    )
    ratio: bool = Field(False, description="also high_to_low: 1 only highs, -1 only lows")
    prefix: str = Field("", pattern=r"^[A-Za-z0-9_.+-]*$", description="put before each name")

    @field_validator("thresholds")
    @classmethod
    def _no_repeats(cls, thresholds: tuple[float, ...]) -> tuple[float, ...]:
        if len(set(thresholds)) != len(thresholds):
            raise ValueError(f"thresholds repeat in {thresholds}: state each once")
        return thresholds


def compute(candles: pd.DataFrame, options: Options) -> Labelled:
    """Highest high and lowest low of the candles t+1 ... t+h against the close of t.

    Columns: ``high_max_h`` (at least 0) and ``low_min_h`` (a fall counted positive, at least 0),
    both regression; for each threshold ``high_T`` and ``low_T``, binary, T in tenths of a percent
    with at least two digits (0.01 is ``high_10``, 0.005 ``high_05``); ``high_to_low_h`` in [-1, 1]
    if asked for, NaN where the price never left the close. The small thresholds ask the opposite
    question, see ``crossing_from``: ``high_05`` is 1 if all highs stay within 0.5 %.

    All columns of row t are known at the close of t+h, also a yes that a crossing settles earlier:
    were it known earlier, the newest rows would hold yes only. Before, NaN (the Intelligent Trading
    Bot says no there).

    Raises
    ------
    SettingsError
        If the candles lack high, low or close.
    """
    high, low = _extremes(candles, options.horizon_candles)
    horizon, prefix = options.horizon_candles, options.prefix
    size = 100.0 if options.unit == "percent" else 1.0
    up, down = np.maximum(high, 0.0), np.maximum(-low, 0.0)
    values = {f"{prefix}high_max_{horizon}": size * up}
    values |= {f"{prefix}high_{_digits(t)}": _answer(high, t, options) for t in options.thresholds}
    values[f"{prefix}low_min_{horizon}"] = size * down
    values |= {f"{prefix}low_{_digits(t)}": _answer(-low, t, options) for t in options.thresholds}
    numbers = [f"{prefix}high_max_{horizon}", f"{prefix}low_min_{horizon}"]
    if options.ratio:
        numbers.append(f"{prefix}high_to_low_{horizon}")
        whole = np.where(up + down > 0, up + down, np.nan)
        values[numbers[-1]] = 2 * up / whole - 1
    kind: dict[str, Kind] = {name: "regression" if name in numbers else "binary" for name in values}
    known = np.arange(len(candles)) + horizon
    return resolve(candles, {name: (value, known) for name, value in values.items()}, kind)


def horizon_candles(options: Options) -> int:
    """Candles after the row until its labels are known."""
    return options.horizon_candles


def _extremes(candles: pd.DataFrame, horizon: int) -> tuple[Floats, Floats]:
    """Relative distance of the highest high and the lowest low of the next candles."""
    close = column(candles, "close", "high_low")
    high = pd.Series(column(candles, "high", "high_low")).rolling(horizon).max().shift(-horizon)
    low = pd.Series(column(candles, "low", "high_low")).rolling(horizon).min().shift(-horizon)
    return (high.to_numpy() - close) / close, (low.to_numpy() - close) / close


def _answer(distance: Floats, threshold: float, options: Options) -> Floats:
    """1 or 0: whether the distance crosses a large threshold, or stays within a small one."""
    crossing = threshold >= options.crossing_from
    answer = distance >= threshold if crossing else distance <= threshold
    return np.where(np.isnan(distance), np.nan, answer)


def _digits(threshold: float) -> str:
    """Tenths of a percent with two digits or more.

    >>> _digits(0.01), _digits(0.005), _digits(0.0125)
    ('10', '05', '12.5')
    """
    whole, _, rest = f"{1000 * threshold:g}".partition(".")
    return whole.zfill(2) + (f".{rest}" if rest else "")
