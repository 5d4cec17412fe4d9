"""Which level the price crosses first: the wanted one, or the opposite one within a tolerance."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from freqai_regimes.labels.first_crossing import Floats, Rows, first_above, first_below
from freqai_regimes.labels.labelled import Labelled
from freqai_regimes.labels.options import LabelOptions
from freqai_regimes.labels.resolution import ColumnName, column, refuse_wrong_names, resolve

Ties = Literal["pessimistic", "optimistic", "drop"]
Threshold = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Options(LabelOptions):
    """Options of first touch; one label for each threshold."""

    label: Literal["first_touch"]
    side: Literal["high", "low"] = Field("high", description="level that is wanted: above or below")
    thresholds: tuple[Threshold, ...] = Field(
        (0.01,), min_length=1, description="distance of the wanted level as a fraction"
    )
    tolerance: float = Field(
        0.2,
        ge=0,
        allow_inf_nan=False,
        description="distance of the opposite level as a part of the threshold; 0: any move beyond "
        "the reference price the other way loses",
    )
    horizon_candles: int = Field(60, ge=1, description="candles after the row that are looked at")
    ties: Ties = Field(
        "pessimistic",
        description="both levels crossed inside one candle: 0, 1 (optimistic) or no label (drop)",
    )
    reference: str = Field("close", description="column that the levels are measured from")
    up: str = Field("high", description="column that crosses the upper level")
    down: str = Field("low", description="column that crosses the lower level")
    names: tuple[ColumnName, ...] | None = Field(
        None, description="one for each threshold; null: SIDE_first_THRESHOLD_HORIZON"
    )

    @model_validator(mode="after")
    def _names_fit(self) -> Options:
        refuse_wrong_names(self.names, len(self.thresholds), "thresholds")
        if len(set(self.thresholds)) != len(self.thresholds):
            raise ValueError(f"thresholds repeat in {self.thresholds}: state each once")
        return self


def compute(candles: pd.DataFrame, options: Options) -> Labelled:
    """1 if a candle of t+1 ... t+h crosses the wanted level before the opposite one, else 0.

    For side high and threshold q the wanted level is reference * (1 + q), the opposite one
    reference * (1 - q * tolerance); side low mirrors. A level must be crossed, not only touched.
    Known at the close of the candle that first crosses either level, at the latest at t+h; NaN
    before, and where the reference is NaN. A missing high or low crosses nothing. Kind: binary.

    Rows decided early are those that moved early: of the newest h rows of a training set only the
    fast ones are known.

    The same as ``highlow2`` of the Intelligent Trading Bot with ties optimistic, except that its
    unresolved rows are no instead of NaN, and that it refuses a tolerance of 0.

    Raises
    ------
    SettingsError
        If the candles lack one of the three columns.
    """
    reference, up, down = (
        column(candles, name, "first_touch")
        for name in (options.reference, options.up, options.down)
    )
    found = {
        name: _one_threshold(reference, up, down, threshold, options)
        for name, threshold in zip(_names(options), options.thresholds, strict=True)
    }
    return resolve(candles, found, dict.fromkeys(found, "binary"))


def horizon_candles(options: Options) -> int:
    """Most candles after the row until its labels are known."""
    return options.horizon_candles


def _names(options: Options) -> tuple[str, ...]:
    return options.names or tuple(
        f"{options.side}_first_{threshold:g}_{options.horizon_candles}"
        for threshold in options.thresholds
    )


def _one_threshold(
    reference: Floats, up: Floats, down: Floats, threshold: float, options: Options
) -> tuple[Floats, Rows]:
    """Values and the rows that settle them."""
    against = round(threshold * options.tolerance, 12)  # 0.003 * 0.1 as people read it
    rise, fall = (threshold, against) if options.side == "high" else (against, threshold)
    following = np.arange(1, len(reference) + 1)
    horizon = options.horizon_candles
    above = first_above(up, reference * (1 + rise), following, horizon)
    below = first_below(down, reference * (1 - fall), following, horizon)
    wanted, opposite = (above, below) if options.side == "high" else (below, above)
    value = first_of_two(wanted, opposite, len(reference), options.ties)
    value[np.isnan(reference)] = np.nan
    touched = np.minimum(wanted, opposite)
    end = following + horizon - 1
    return value, np.where(touched < len(reference), touched, end)


def first_of_two(wanted: Rows, opposite: Rows, never: int, ties: Ties) -> Floats:
    """1 where ``wanted`` comes first, else 0; a row equal to ``never`` is one that never comes."""
    tie = (wanted == opposite) & (wanted < never)
    value = (wanted < opposite).astype(float)
    value[tie] = {"pessimistic": 0.0, "optimistic": 1.0, "drop": np.nan}[ties]
    return value
