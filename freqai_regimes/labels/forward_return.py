"""The volatility-normalised forward return, from the open a signal can trade at to a later open."""

from __future__ import annotations

import numpy as np
import pandas as pd


def forward_return(
    candles: pd.DataFrame, volatility: pd.Series, horizon_candles: int, clip: float
) -> pd.DataFrame:
    """Label of row t: log(open[t+1+h] / open[t+1]) / (volatility[t] * sqrt(h)), limited to +-clip.

    A signal of row t is known at its close and traded at the next open, so the move from open t to
    open t+1 is not in the label.

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
    opens = candles["open"]
    move = np.log(opens.shift(-1 - horizon_candles) / opens.shift(-1))
    unit = (volatility * np.sqrt(horizon_candles)).replace(0.0, np.nan)
    return pd.DataFrame(
        {
            "label": (move / unit).clip(-clip, clip),
            "known_at": candles["date"].shift(-1 - horizon_candles),
        },
        index=candles.index,
    )
