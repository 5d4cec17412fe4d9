"""Regime from the price change over a span alone."""

from __future__ import annotations

from typing import Literal

import pandas as pd
from pydantic import Field

from freqai_regimes.regimes.band import band_regime
from freqai_regimes.regimes.rule_options import BandOptions


class Options(BandOptions):
    """Bull where the price rose by more than the band over the span, bear where it fell so."""

    rule: Literal["price_change"]
    change_candles: int = Field(180, ge=1, description="span of the change; 180 of 4h are 30 days")
    band: float = Field(0.05, ge=0, lt=1, description="change beyond which it is bull or bear")
    inner_band: float | None = Field(
        None, ge=0, lt=1, description="change at which it is left again; null: at band"
    )


def judge(candles: pd.DataFrame, options: Options, *, soft: bool = False) -> pd.DataFrame:
    """``REGIME_COLUMNS`` by ``close[t] / close[t - change_candles] - 1``.

    Row t uses closes <= t; NaN for the first ``change_candles`` rows. For ``soft`` and the bands
    see ``regimes.band``.
    """
    change = candles["close"] / candles["close"].shift(options.change_candles) - 1
    return band_regime(change, options.band, options.inner_band, soft=soft)


def warm_up_candles(options: Options) -> int:
    """Closed candles of which the last one knows its regime."""
    return options.change_candles + 1
