"""Regime from volatility and chop: sideways where the market only chops, else its direction.

Whether it chops is asked of one of three measures over a window, each beside its own past: the
threshold is a quantile of the measure's last ``quantile_candles`` values *before* the row. A
quantile of the whole sample would tell the past how quiet or wild the future is; an expanding one
would depend on where the history begins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from freqai_regimes.features.full_window import (
    full_window_mean,
    full_window_sum,
    full_window_variance,
)
from freqai_regimes.regimes.hysteresis import held_state
from freqai_regimes.regimes.probabilities import certain, doubtful
from freqai_regimes.regimes.rule_options import RuleOptions

Measure = Literal["efficiency_ratio", "atr", "bollinger_width"]


class Options(RuleOptions):
    """Sideways where the measure is low beside its past, else the direction of the window."""

    rule: Literal["chop"]
    measure: Measure = Field("efficiency_ratio", description="what tells a trend from chop")
    window_candles: int = Field(180, ge=2, description="window of the measure and the direction")
    quantile: float = Field(0.5, gt=0, lt=1, description="of its past, above which it trends")
    inner_quantile: float | None = Field(
        None, gt=0, lt=1, description="below it a trend ends; null: at quantile"
    )
    quantile_candles: int = Field(1080, ge=2, description="how much of the past: 180 days of 4h")

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.inner_quantile is not None and self.inner_quantile > self.quantile:
            raise ValueError(
                f"inner_quantile {self.inner_quantile:g} lies above quantile {self.quantile:g}"
            )
        return self


def judge(candles: pd.DataFrame, options: Options, *, soft: bool = False) -> pd.DataFrame:
    """``REGIME_COLUMNS`` by the measure and the sign of the price change over its window.

    Row t uses candles <= t; NaN until the window and the past behind it are full.

    Parameters
    ----------
    soft : the probability of a trend is the share of the past in which the measure was lower.
    """
    change = candles["close"] / candles["close"].shift(options.window_candles) - 1
    measure = MEASURES[options.measure](candles, options.window_candles).where(change.notna())
    inner = options.quantile if options.inner_quantile is None else options.inner_quantile
    before = measure.shift().rolling(options.quantile_candles)
    outer_bound, inner_bound = before.quantile(options.quantile), before.quantile(inner)
    known = measure.notna() & outer_bound.notna()
    trends, stays = measure > outer_bound, measure > inner_bound
    rises, falls = change > 0, change < 0
    state = held_state(trends & rises, trends & falls, stays & rises, stays & falls, known)
    if not soft:
        return certain(state)
    trend = share_below(measure, options.quantile_candles)
    return doubtful(state, bull=trend * rises, bear=trend * falls)


def warm_up_candles(options: Options) -> int:
    """Closed candles of which the last one knows its regime."""
    return options.window_candles + 1 + options.quantile_candles


def share_below(values: pd.Series, past_candles: int) -> pd.Series:
    """Share of the last ``past_candles`` values before a row that are below it (ties: half).

    >>> share_below(pd.Series([1.0, 3.0, 2.0, 2.0]), 2).tolist()
    [nan, nan, 0.5, 0.25]
    """
    rank = values.rolling(past_candles + 1).rank()
    return (rank - 1) / past_candles


# --- measures ------------------------------------------------------------------------------------


def efficiency_ratio(candles: pd.DataFrame, window_candles: int) -> pd.Series:
    """Kaufman's efficiency ratio (1995): way from first to last close over the way in between.

    From 0 (back where it began) to 1 (straight); 0 where the price did not move.
    """
    close = candles["close"]
    way = full_window_sum(close.diff().abs(), window_candles)
    net = (close - close.shift(window_candles)).abs()
    return (net / way.where(way > 0)).fillna(0.0).where(way.notna())


def atr(candles: pd.DataFrame, window_candles: int) -> pd.Series:
    """Average true range of the window as a fraction of the close (Wilder, 1978; plain mean)."""
    before = candles["close"].shift()
    high = candles["high"].where(candles["high"] > before, before)
    low = candles["low"].where(candles["low"] < before, before)
    return full_window_mean(high - low, window_candles) / candles["close"]


def bollinger_width(candles: pd.DataFrame, window_candles: int) -> pd.Series:
    """Width of the Bollinger bands (2 standard deviations each side, ddof 0) over their middle."""
    close = candles["close"]
    variance = full_window_variance(close, window_candles) * (1 - 1 / window_candles)
    return 4 * variance**0.5 / full_window_mean(close, window_candles)


MEASURES: dict[str, Callable[[pd.DataFrame, int], pd.Series]] = {
    "efficiency_ratio": efficiency_ratio,
    "atr": atr,
    "bollinger_width": bollinger_width,
}
