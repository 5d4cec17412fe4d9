"""The forward return: how far the price moves over a horizon, plain or in units of volatility."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from freqai_regimes.features.volatility import ewma_volatility
from freqai_regimes.labels.first_crossing import Floats
from freqai_regimes.labels.labelled import Labelled
from freqai_regimes.labels.options import LabelOptions
from freqai_regimes.labels.resolution import ColumnName, column, resolve

Entry = Literal["next_open", "close"]


class Options(LabelOptions):
    """Options of the forward return.

    Source 004's target in percent is ``form="simple", unit="percent", entry="close"``.
    """

    label: Literal["forward_return"]
    horizon_candles: int = Field(24, ge=1, description="candles from entry to the end of the move")
    form: Literal["log", "simple"] = Field("log", description="log(end/start) or end/start - 1")
    unit: Literal["volatility", "fraction", "percent"] = Field(
        "volatility", description="standard deviations over the horizon, 0.02 or 2 for a 2 % rise"
    )
    entry: Entry = Field(
        "next_open",
        description="open after the candle, where a signal can trade, or the candle's own close",
    )
    volatility_half_life_candles: int = Field(
        48, ge=1, description="of the volatility that is the unit; used with unit volatility only"
    )
    clip: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="limit on both sides, in the unit; null: none"
    )
    name: ColumnName | None = Field(None, description="of the column; null: forward_return_HORIZON")


def compute(candles: pd.DataFrame, options: Options) -> Labelled:
    """Forward return of each row, known at the close of the candle that ends the move.

    Row t moves from the open of t+1 to the open of t+1+h, or from the close of t to that of t+h.
    NaN while that candle is not there and, in units of volatility, where there is no volatility yet
    or it is zero. Kind: regression.

    Raises
    ------
    SettingsError
        If the candles lack open or close.
    """
    horizon = options.horizon_candles
    growth = future_growth(candles, horizon, options.entry)
    value = np.log(growth) if options.form == "log" else growth - 1
    if options.unit == "percent":
        value = 100 * value
    elif options.unit == "volatility":
        value = value / horizon_unit(candles, options.volatility_half_life_candles, horizon)
    if options.clip is not None:
        value = value.clip(-options.clip, options.clip)
    name = options.name or f"forward_return_{horizon}"
    known = np.arange(len(candles)) + horizon_candles(options)
    return resolve(candles, {name: (value, known)}, {name: "regression"})


def horizon_candles(options: Options) -> int:
    """Candles after the row until its label is known."""
    return options.horizon_candles + (options.entry == "next_open")


def future_growth(candles: pd.DataFrame, horizon_candles: int, entry: Entry) -> Floats:
    """Price after the horizon over the price at entry; NaN where either is not in the data."""
    if entry == "close":
        prices = pd.Series(column(candles, "close", "forward_return"))
        return (prices.shift(-horizon_candles) / prices).to_numpy()
    prices = pd.Series(column(candles, "open", "forward_return"))
    return (prices.shift(-1 - horizon_candles) / prices.shift(-1)).to_numpy()


def horizon_unit(
    candles: pd.DataFrame, half_life_candles: int, horizon_candles: int, least: float = 0.0
) -> Floats:
    """Standard deviation of a move over the horizon, from the volatility known at each row.

    At least ``least``; NaN before there is a volatility, and where it would be 0.
    """
    close = pd.Series(column(candles, "close", "volatility"))
    volatility = ewma_volatility(close, half_life_candles).to_numpy()
    unit = np.maximum(volatility * np.sqrt(horizon_candles), least)
    return np.where(unit > 0, unit, np.nan)


def forward_return(
    candles: pd.DataFrame, volatility: pd.Series, horizon_candles: int, clip: float
) -> pd.DataFrame:
    """Label of row t: log(open[t+1+h] / open[t+1]) / (volatility[t] * sqrt(h)), limited to +-clip.

    A signal of row t is known at its close and traded at the next open, so the move from open t to
    open t+1 is not in the label. For a volatility that the caller has already; see ``compute``.

    Parameters
    ----------
    candles : ``date`` and ``open``, sorted, one row a candle.
    volatility : standard deviation of log returns per candle, known at row t.
    horizon_candles : h >= 1.
    clip : limit in standard deviations.

    Returns
    -------
    Frame, same index: ``label`` (NaN, never 0, while unresolved) and ``known_at``, the date of
    candle t+1+h, whose close makes the label certain (NaT while unresolved). A date and not a row
    number, because the same candle has different row numbers in backtest and live.
    """
    move = np.log(future_growth(candles, horizon_candles, "next_open"))
    unit = (volatility * np.sqrt(horizon_candles)).replace(0.0, np.nan)
    return pd.DataFrame(
        {
            "label": (pd.Series(move, index=candles.index) / unit).clip(-clip, clip),
            "known_at": candles["date"].shift(-1 - horizon_candles),
        },
        index=candles.index,
    )
