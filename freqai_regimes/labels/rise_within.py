"""Whether the price rises by an amount within a number of candles after an entry."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from freqai_regimes.labels.first_crossing import first_above, just_below
from freqai_regimes.labels.labelled import Labelled
from freqai_regimes.labels.options import LabelOptions
from freqai_regimes.labels.resolution import ColumnName, column, resolve


class Options(LabelOptions):
    """Options of rise within.

    Source 002's target is ``rise=25, unit="price", entry="own_open"``: 25 dollars in 15 minutes.
    """

    label: Literal["rise_within"]
    window_candles: int = Field(15, ge=1, description="candles looked at, from the entry's on")
    rise: float = Field(
        0.001, gt=0, allow_inf_nan=False, description="rise that is enough, in the unit"
    )
    unit: Literal["fraction", "price"] = Field(
        "fraction", description="part of the entry price, or an amount in the quote currency"
    )
    entry: Literal["next_open", "own_open"] = Field(
        "next_open",
        description="open after the row, where a signal can trade; or the row's own open, which is "
        "past when its features are known: the row's own high then answers for the future",
    )
    name: ColumnName | None = Field(None, description="of the column; null: rise_RISE_WINDOW")


def compute(candles: pd.DataFrame, options: Options) -> Labelled:
    """1 if a high of the window is at or above entry price plus rise, else 0.

    The window is t+1 ... t+w with entry at the open of t+1, or t ... t+w-1 with entry at the open
    of t. Known at the close of the candle that gets there, at the latest of the window's last; NaN
    before. Kind: binary.

    Of the newest w rows only those with a yes are known early: keep that in mind when the
    newest rows are few.

    Raises
    ------
    SettingsError
        If the candles lack open or high.
    """
    wait = int(options.entry == "next_open")
    entry = pd.Series(column(candles, "open", "rise_within")).shift(-wait).to_numpy()
    wanted = entry + options.rise if options.unit == "price" else entry * (1 + options.rise)
    start = np.arange(len(candles)) + wait
    high = column(candles, "high", "rise_within")
    reached = first_above(high, just_below(wanted), start, options.window_candles)
    risen = reached < len(candles)
    value = np.where(np.isnan(entry), np.nan, risen)
    known = np.where(risen, reached, start + options.window_candles - 1)
    name = options.name or f"rise_{options.rise:g}_{options.window_candles}"
    return resolve(candles, {name: (value, known)}, {name: "binary"})


def horizon_candles(options: Options) -> int:
    """Most candles after the row until its label is known."""
    return options.window_candles - (options.entry == "own_open")
