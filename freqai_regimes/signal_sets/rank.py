"""Step ``rank``: where a value stands among those of the last candles, as a score in [-1, 1]."""

from __future__ import annotations

from typing import Literal

import pandas as pd
from pydantic import Field

from freqai_regimes.features.option_lists import LONGEST_WINDOW_CANDLES
from freqai_regimes.signal_sets.options import Name, SignalOptions


class Options(SignalOptions):
    """A column in any unit, such as a prediction, becomes a score without one."""

    generator: Literal["rank"]
    column: str = Field(description="its values are ranked")
    name: Name = Field(description="column that is made")
    window_candles: int = Field(
        ge=2, le=LONGEST_WINDOW_CANDLES, description="ranked among so many, itself included"
    )


def compute(frame: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Column ``name``: -1 the lowest of the window, 1 the highest, ties in the middle of theirs.

    Row t uses the last ``window_candles`` rows up to t; NaN where its value is, and while fewer
    than half of the window (and fewer than two) are known.
    """
    values = frame[options.column].astype(float)
    window = values.rolling(options.window_candles, min_periods=max(2, options.window_candles // 2))
    count = window.count().where(values.notna())
    score = (2 * window.rank() - count - 1) / (count - 1)
    return score.to_frame(options.name)


def warm_up_candles(options: Options) -> int:
    """Rows before the window is full."""
    return options.window_candles - 1
