"""The bid-ask spread, estimated from candles where no order book is stored."""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.features.trailing_window import trailing_mean


def corwin_schultz(candles: pd.DataFrame, window_candles: int) -> pd.Series:
    """Spread as a fraction of the price, from highs and lows (Corwin and Schultz, 2012).

    A high is mostly bought at the ask and a low sold at the bid: the range of two candles holds the
    variance of both but the spread only once. Estimates below 0 count as 0, as in the paper; the
    mean of the last ``window_candles`` estimates is returned. Its overnight correction is left out:
    these markets do not close.

    Row t uses rows <= t; NaN for the first ``window_candles`` rows.
    """
    log_high, log_low = np.log(candles["high"]), np.log(candles["low"])
    range_squared = (log_high - log_low) ** 2
    beta = range_squared + range_squared.shift(1)
    high = np.maximum(log_high, log_high.shift(1))
    low = np.minimum(log_low, log_low.shift(1))
    gamma = (high - low) ** 2
    constant = 3 - 2 * np.sqrt(2)
    alpha = (np.sqrt(2 * beta) - np.sqrt(beta)) / constant - np.sqrt(gamma / constant)
    spread = 2 * (np.exp(alpha) - 1) / (1 + np.exp(alpha))
    estimates: pd.Series = spread.where(beta.isna(), spread.clip(lower=0.0))
    return _window_mean(estimates, window_candles)


def abdi_ranaldo(candles: pd.DataFrame, window_candles: int) -> pd.Series:
    """Spread as a fraction of the price, from close, high and low (Abdi and Ranaldo, 2017).

    ``4 (c - m)(c - m')``: the distance of a log close ``c`` from the middle ``m`` of its own
    candle's log range times that from the next one's, averaged over the window before the root, as
    in the paper's monthly estimator. Row t uses the close of t - 1 and the middle of t, so rows
    <= t; NaN for the first ``window_candles`` rows.
    """
    middle = (np.log(candles["high"]) + np.log(candles["low"])) / 2
    close = np.log(candles["close"]).shift(1)
    products: pd.Series = 4 * (close - middle.shift(1)) * (close - middle)
    spread: pd.Series = _window_mean(products, window_candles).clip(lower=0.0) ** 0.5
    return spread


def _window_mean(values: pd.Series, window: int) -> pd.Series:
    """Mean of each full window of what begins in row 1; the same bits for any earlier history."""
    mean = trailing_mean(values.to_numpy(dtype=float), window)
    return pd.Series(mean, index=values.index).where(np.arange(len(values)) >= window)


#: Estimators by the name that settings choose them with.
ESTIMATORS = {"corwin_schultz": corwin_schultz, "abdi_ranaldo": abdi_ranaldo}
