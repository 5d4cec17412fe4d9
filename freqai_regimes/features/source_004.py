"""Generator ``source_004``: the 19 features of a published one-minute futures bot, exactly."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from freqai_regimes.features.exponential_memory import exponential_memory_candles
from freqai_regimes.features.full_window import full_window_mean, full_window_variance
from freqai_regimes.features.input_columns import require_columns
from freqai_regimes.features.options import FeatureOptions

INPUTS = ("high", "low", "close", "volume")
#: Keeps two of its quotients from dividing by zero. In units of price and of volume, as published:
#: the rsi of a coin at 1e-7, whose moves are about as small, is far from the usual one.
TINY = 1e-10


class Options(FeatureOptions):
    """The features have fixed windows and names; the names say minutes whatever the candles are."""

    generator: Literal["source_004"] = "source_004"
    with_ema_60: bool = Field(
        False, description="add ema_60, which its text names and its code leaves out"
    )


def generate(candles: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Compute the features of each candle; those in percent are so by definition of the source.

    ========================================  =====================================================
    ``ema_12``, ``ema_26`` (``ema_60``)       exponential averages of the close, from the first on
    ``ema_diff``, ``ema_diff_pct``            their difference; their ratio - 1, in percent
    ``rsi``, ``rsi_normalized``               of 14, by simple averages; (rsi - 50) / 50
    ``vwap``, ``price_to_vwap``               typical price by volume, of 60; close to it, percent
    ``spread``, ``spread_ma``                 high - low to close, in percent; its average of 15
    ``ret_1m``, ``ret_5m``, ``ret_15m``       changes of the close over 1, 5, 15 candles, percent
    ``volume_ratio``                          volume to its average of 15
    ``price_to_ma``                           close to its average of 15, percent
    ``volatility_15m``, ``volatility_60m``    standard deviation (ddof 1) of ``ret_1m``, percent
    ``acceleration``                          change of ``ret_1m``
    ``volume_price_div``                      (``volume_ratio`` - 1) * ``ret_5m``
    ========================================  =====================================================

    Returns
    -------
    Float columns, same index. Row t uses candles <= t. NaN while a window fills (the source fills
    these rows from later ones: a leak, left out here), while a window holds a missing value, and
    for ``vwap`` where nothing was traded in the window. The averages ``ema_*`` begin at the first
    row and forget it (see ``warm_up_candles``). The first difference of ``rsi`` counts as 0.

    Raises
    ------
    SettingsError
        If high, low, close or volume is missing.
    """
    require_columns("source_004", INPUTS, candles.columns)
    high, low, close, volume = (candles[column].astype(float) for column in INPUTS)
    return pd.DataFrame(
        {
            **_averages(close, options),
            **_strength(close),
            **_volume_weighted_price(high, low, close, volume),
            **_spread(high, low, close),
            **_moves(close, volume),
        }
    )


def warm_up_candles(options: Options) -> int:
    """Rows before the first value that no longer depends on how much history came before.

    To a trillionth of the distance between old and new prices, for the exponential averages.
    """
    return exponential_memory_candles(60 if options.with_ema_60 else 26)


def price_unit_columns(options: Options) -> list[str]:
    """Columns in units of price: raw averages and their difference."""
    return ["ema_12", "ema_26", "ema_diff", "vwap", *(["ema_60"] if options.with_ema_60 else [])]


def _averages(close: pd.Series, options: Options) -> dict[str, pd.Series]:
    short, long = _exponential_average(close, 12), _exponential_average(close, 26)
    columns = {
        "ema_12": short,
        "ema_26": long,
        "ema_diff": short - long,
        "ema_diff_pct": (short / long - 1) * 100,
    }
    return columns | ({"ema_60": _exponential_average(close, 60)} if options.with_ema_60 else {})


def _exponential_average(close: pd.Series, span: int) -> pd.Series:
    return close.ewm(span=span, adjust=False).mean().where(close.notna())


def _strength(close: pd.Series) -> dict[str, pd.Series]:
    moves = close.diff()
    moves.iloc[:1] = close.iloc[:1] * 0.0  # no move yet; unknown if the first close is
    gain = full_window_mean(moves.clip(lower=0.0), 14)
    loss = full_window_mean(-moves.clip(upper=0.0), 14)
    rsi = 100 - 100 / (1 + gain / (loss + TINY))
    return {"rsi": rsi, "rsi_normalized": (rsi - 50) / 50}


def _volume_weighted_price(
    high: pd.Series, low: pd.Series, close: pd.Series, volume: pd.Series
) -> dict[str, pd.Series]:
    traded = full_window_mean((high + low + close) / 3 * volume, 60)
    vwap = traded / full_window_mean(volume, 60).replace(0.0, np.nan)
    return {"vwap": vwap, "price_to_vwap": (close / vwap - 1) * 100}


def _spread(high: pd.Series, low: pd.Series, close: pd.Series) -> dict[str, pd.Series]:
    spread = (high - low) / close * 100
    return {"spread": spread, "spread_ma": full_window_mean(spread, 15)}


def _moves(close: pd.Series, volume: pd.Series) -> dict[str, pd.Series]:
    last, five = _change(close, 1), _change(close, 5)
    volume_ratio = volume / (full_window_mean(volume, 15) + TINY)
    return {
        "ret_1m": last,
        "ret_5m": five,
        "ret_15m": _change(close, 15),
        "volume_ratio": volume_ratio,
        "price_to_ma": (close / full_window_mean(close, 15) - 1) * 100,
        "volatility_15m": np.sqrt(full_window_variance(last, 15)),
        "volatility_60m": np.sqrt(full_window_variance(last, 60)),
        "acceleration": last.diff(),
        "volume_price_div": (volume_ratio - 1) * five,
    }


def _change(close: pd.Series, rows: int) -> pd.Series:
    return (close / close.shift(rows) - 1) * 100
