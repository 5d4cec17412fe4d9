"""Step ``threshold_rule``: buy where every score is high enough, sell where every one is low."""

from __future__ import annotations

from typing import Annotated, Literal

import pandas as pd
from pydantic import Field, model_validator

from freqai_regimes.features.option_lists import Names
from freqai_regimes.signal_sets.options import Name, SignalOptions

Threshold = Annotated[float, Field(allow_inf_nan=False)]
Range = tuple[Threshold, Threshold]


class Options(SignalOptions):
    """One score with its thresholds, or two scores that must agree."""

    generator: Literal["threshold_rule"]
    columns: Names = Field(min_length=1, max_length=2, description="one score, or two")
    names: tuple[Name, Name] = Field(
        ("buy_signal", "sell_signal"), description="columns that are made, 1 or 0"
    )
    buy_threshold: Threshold = Field(0.1, description="buy where the first score is at least this")
    sell_threshold: Threshold = Field(-0.1, description="sell where it is at most this")
    buy_threshold_2: Threshold = Field(0.0, description="the same for a second score")
    sell_threshold_2: Threshold = Field(0.0, description="the same for a second score")
    buy_range: Range | None = Field(
        None, description="where hyperopt looks for buy thresholds; null: 0 to 1"
    )
    sell_range: Range | None = Field(
        None, description="where hyperopt looks for sell thresholds; null: -1 to 0"
    )

    @model_validator(mode="after")
    def _thresholds_fit(self) -> Options:
        if len(set(self.names)) < 2:
            raise ValueError(f"names are {self.names[0]} twice: one is for buy, one for sell")
        for number in ("", "_2")[: len(self.columns)]:
            buy, sell = (getattr(self, f"{side}_threshold{number}") for side in ("buy", "sell"))
            if buy < sell:
                raise ValueError(
                    f"buy_threshold{number} {buy:g} lies below sell_threshold{number} {sell:g}: "
                    "scores between them would buy and sell at once"
                )
        for side, given in (("buy", self.buy_range), ("sell", self.sell_range)):
            if given is not None and not given[0] < given[1]:
                raise ValueError(f"{side}_range {list(given)}: give the lower end first")
        return self

    def searched(self, name: str) -> Range:
        """Where hyperopt looks for a threshold: the given range or the usual one, and its value.

        >>> step = {"generator": "threshold_rule", "columns": "score", "buy_threshold": 1.2}
        >>> Options(**step).searched("buy_threshold"), Options(**step).searched("sell_threshold")
        ((0.0, 1.2), (-1.0, 0.0))
        """
        buying = name.startswith("buy")
        given = self.buy_range if buying else self.sell_range
        low, high = given or ((0.0, 1.0) if buying else (-1.0, 0.0))
        value = float(getattr(self, name))
        return min(low, value), max(high, value)


def compute(frame: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Columns ``names``, 1 or 0; row t uses row t alone; a missing score neither buys nor sells."""
    scores = [frame[column].astype(float) for column in options.columns]
    buy = scores[0] >= options.buy_threshold
    sell = scores[0] <= options.sell_threshold
    if len(scores) == 2:
        buy &= scores[1] >= options.buy_threshold_2
        sell &= scores[1] <= options.sell_threshold_2
    both = dict(zip(options.names, (buy, sell), strict=True))
    return pd.DataFrame(both, index=frame.index).astype(int)


def warm_up_candles(options: Options) -> int:
    """None: a row needs no other."""
    return 0
