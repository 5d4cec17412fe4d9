"""Buy, hold or sell: whether the price will have risen or fallen beyond a threshold."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from freqai_regimes.labels.forward_return import Entry, future_growth, horizon_unit
from freqai_regimes.labels.labelled import Labelled
from freqai_regimes.labels.options import LabelOptions
from freqai_regimes.labels.resolution import ColumnName, resolve


class Options(LabelOptions):
    """Options of buy, hold, sell."""

    label: Literal["buy_hold_sell"]
    horizon_candles: int = Field(24, ge=1, description="candles from entry to the end of the move")
    buy_above: float = Field(
        0.01, ge=0, allow_inf_nan=False, description="rise beyond which it is buy, in the unit"
    )
    sell_below: float = Field(
        0.01, ge=0, allow_inf_nan=False, description="fall (positive) beyond which it is sell"
    )
    unit: Literal["fraction", "volatility"] = Field(
        "fraction", description="0.01 for 1 %, or standard deviations over the horizon"
    )
    entry: Entry = Field(
        "next_open",
        description="open after the candle, where a signal can trade, or the candle's own close",
    )
    volatility_half_life_candles: int = Field(
        48, ge=1, description="of the volatility that is the unit; used with unit volatility only"
    )
    name: ColumnName | None = Field(None, description="of the column; null: buy_hold_sell_HORIZON")


def compute(candles: pd.DataFrame, options: Options) -> Labelled:
    """1 (buy), 0 (hold) or -1 (sell) by the simple return over the horizon.

    Only the end of the move counts, not what the price does on the way (see ``triple_barrier`` for
    that). Row t moves from the open of t+1 to the open of t+1+h, or from the close of t to that of
    t+h; known at the close of that candle, NaN before and where the unit is missing. A move of
    exactly the threshold is hold. Kind: three_class.

    Raises
    ------
    SettingsError
        If the candles lack open or close.
    """
    horizon = options.horizon_candles
    move = future_growth(candles, horizon, options.entry) - 1
    if options.unit == "volatility":
        move = move / horizon_unit(candles, options.volatility_half_life_candles, horizon)
    side = (move > options.buy_above).astype(float) - (move < -options.sell_below)
    value = np.where(np.isnan(move), np.nan, side)
    name = options.name or f"buy_hold_sell_{horizon}"
    known = np.arange(len(candles)) + horizon_candles(options)
    return resolve(candles, {name: (value, known)}, {name: "three_class"})


def horizon_candles(options: Options) -> int:
    """Candles after the row until its label is known."""
    return options.horizon_candles + (options.entry == "next_open")
