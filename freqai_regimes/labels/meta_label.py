"""Meta-label: whether the side that another rule has chosen turns out right."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from freqai_regimes.labels.barriers import BarrierOptions, first_barrier
from freqai_regimes.labels.labelled import Labelled
from freqai_regimes.labels.resolution import ColumnName, column, resolve


class Options(BarrierOptions):
    """Options of the meta-label."""

    label: Literal["meta_label"]
    side: str = Field(
        "side",
        description="column with the side: above 0 long, below 0 short, 0 or NaN no position; row "
        "t must know nothing after its own close",
    )
    least_gain: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="return that is right when time runs out must be above this, such as the costs",
    )
    name: ColumnName | None = Field(None, description="of the column; null: meta_label_HORIZON")


def compute(candles: pd.DataFrame, options: Options) -> Labelled:
    """1 if the side's position crosses its profit barrier first or ends in gain, else 0.

    Rows without a side are NaN: there is nothing to judge, and a model of when to follow the side
    must not learn from them. Known at the close of the candle that crosses a barrier, at the latest
    of t+h; NaN before, and where there is no volatility yet or it is zero. A short position's
    profit barrier lies below. See ``barriers`` for where they lie and what a tie is. Kind: binary.

    Raises
    ------
    SettingsError
        If the candles lack the column of the side, open, high, low or close.

    References
    ----------
    M. Lopez de Prado, Advances in Financial Machine Learning, Wiley 2018, section 3.6.
    """
    side = np.sign(column(candles, options.side, "meta_label"))
    outcome = first_barrier(candles, options, side, "meta_label")
    right = np.where(
        outcome.barrier == 0, outcome.gain > options.least_gain, outcome.barrier > 0
    ).astype(float)
    value = np.where(np.isnan(outcome.barrier), np.nan, right)
    name = options.name or f"meta_label_{options.horizon_candles}"
    return resolve(candles, {name: (value, outcome.settled_at)}, {name: "binary"})


def horizon_candles(options: Options) -> int:
    """Most candles after the row until its label is known."""
    return options.horizon_candles
