"""Profit, stop and time barriers around an entry, scaled by volatility: which is crossed first.

Not a label itself: ``triple_barrier`` and ``meta_label`` read their answers from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from freqai_regimes.labels.first_crossing import Floats, Rows, first_above, first_below
from freqai_regimes.labels.first_touch import Ties, first_of_two
from freqai_regimes.labels.forward_return import Entry, horizon_unit
from freqai_regimes.labels.options import LabelOptions
from freqai_regimes.labels.resolution import column


class BarrierOptions(LabelOptions):
    """What labels with barriers share."""

    horizon_candles: int = Field(
        24, ge=1, description="candles after the row until the time barrier, the last one's close"
    )
    profit: float | None = Field(
        1.0,
        gt=0,
        allow_inf_nan=False,
        description="distance of the profit barrier in standard deviations over the horizon; "
        "null: none",
    )
    stop: float | None = Field(
        1.0, gt=0, allow_inf_nan=False, description="the same for the stop barrier; null: none"
    )
    volatility_half_life_candles: int = Field(
        48, ge=1, description="of the volatility that scales the barriers"
    )
    least_deviation: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="a standard deviation over the horizon below this fraction counts as this",
    )
    entry: Entry = Field(
        "next_open",
        description="open after the candle, where a signal can trade, or the candle's own close",
    )
    path: Literal["high_low", "close"] = Field(
        "high_low", description="what crosses a barrier: highs and lows, or closes only"
    )
    ties: Ties = Field(
        "pessimistic",
        description="both barriers crossed inside one candle: the stop, the profit (optimistic) or "
        "no label (drop)",
    )


@dataclass(frozen=True)
class Outcome:
    """How each row's position ends.

    Attributes
    ----------
    barrier : 1 profit, -1 stop, 0 time; NaN for a dropped tie, without entry, volatility or side.
    settled_at : row whose close settles it; beyond the data while open.
    gain : simple return to the close at the time barrier, positive if the side was right; NaN if
        that candle is not in the data.
    """

    barrier: Floats
    settled_at: Rows
    gain: Floats


def first_barrier(
    candles: pd.DataFrame, options: BarrierOptions, side: Floats, label: str
) -> Outcome:
    """Follow a position of each row until its first barrier.

    Parameters
    ----------
    side : 1 long, -1 short, one for each row; 0 or NaN: no position.
    label : who asks, for errors.

    Notes
    -----
    The barriers lie at entry * (1 +- multiple * deviation), deviation being the volatility per
    candle at the row times sqrt(horizon). They must be crossed, not only touched, from the candle
    after the row on.
    """
    close = column(candles, "close", label)
    high, low = (
        (column(candles, "high", label), column(candles, "low", label))
        if options.path == "high_low"
        else (close, close)
    )
    entry = close
    if options.entry == "next_open":
        entry = pd.Series(column(candles, "open", label)).shift(-1).to_numpy()
    horizon, rows = options.horizon_candles, len(candles)
    deviation = horizon_unit(
        candles, options.volatility_half_life_candles, horizon, options.least_deviation
    )
    profit, stop = (np.inf if part is None else part for part in (options.profit, options.stop))
    upper = entry * (1 + np.where(side > 0, profit, stop) * deviation)
    lower = entry * (1 - np.where(side > 0, stop, profit) * deviation)
    following = np.arange(1, rows + 1)
    above = first_above(high, upper, following, horizon)
    below = first_below(low, lower, following, horizon)
    won, lost = np.where(side > 0, above, below), np.where(side > 0, below, above)
    first = np.minimum(won, lost)
    crossed = first < rows
    barrier = np.where(crossed, 2 * first_of_two(won, lost, rows, options.ties) - 1, 0.0)
    nobody = np.isnan(entry) | np.isnan(deviation) | np.isnan(side) | (side == 0)
    last_close = pd.Series(close).shift(-horizon).to_numpy()
    return Outcome(
        barrier=np.where(nobody, np.nan, barrier),
        settled_at=np.where(crossed, first, following + horizon - 1),
        gain=side * (last_close / entry - 1),
    )
