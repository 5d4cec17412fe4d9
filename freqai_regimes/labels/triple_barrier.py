"""Triple barrier: whether a rise, a fall or the end of the horizon comes first."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from freqai_regimes.labels.barriers import BarrierOptions, first_barrier
from freqai_regimes.labels.labelled import Labelled
from freqai_regimes.labels.resolution import ColumnName, resolve


class Options(BarrierOptions):
    """Options of the triple barrier."""

    label: Literal["triple_barrier"]
    at_time_barrier: Literal["zero", "sign"] = Field(
        "zero", description="label when time runs out: 0, or the sign of the return until then"
    )
    name: ColumnName | None = Field(None, description="of the column; null: triple_barrier_HORIZON")

    @model_validator(mode="after")
    def _some_answer(self) -> Options:
        if self.profit is None and self.stop is None and self.at_time_barrier == "zero":
            raise ValueError(
                "profit and stop are both null and at_time_barrier is 'zero', so every label would "
                "be 0: give a barrier, or at_time_barrier 'sign'"
            )
        return self


def compute(candles: pd.DataFrame, options: Options) -> Labelled:
    """1 if the upper barrier of a long position is crossed first, -1 if the lower one, else 0.

    Known at the close of the candle that crosses a barrier, at the latest of t+h; NaN before, and
    where there is no volatility yet or it is zero. See ``barriers`` for where the barriers lie and
    what a tie is. Kind: three_class.

    Rows decided early are those that moved early: of the newest h rows of a training set only the
    fast ones are known.

    Raises
    ------
    SettingsError
        If the candles lack open, high, low or close.

    References
    ----------
    M. Lopez de Prado, Advances in Financial Machine Learning, Wiley 2018, chapter 3. There the
    volatility is daily whatever the horizon, and paths are closes; here it is scaled to the horizon
    and paths are highs and lows unless ``path`` says otherwise.
    """
    outcome = first_barrier(candles, options, np.ones(len(candles)), "triple_barrier")
    value = outcome.barrier
    if options.at_time_barrier == "sign":
        value = np.where(value == 0, np.sign(outcome.gain), value)
    name = options.name or f"triple_barrier_{options.horizon_candles}"
    return resolve(candles, {name: (value, outcome.settled_at)}, {name: "three_class"})


def horizon_candles(options: Options) -> int:
    """Most candles after the row until its label is known."""
    return options.horizon_candles
