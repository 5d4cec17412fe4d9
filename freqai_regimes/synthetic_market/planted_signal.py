"""How strongly the hidden signal must pull on prices to allow a stated rank correlation.

The hidden signal ``s_t`` is a stationary AR(1) of unit variance whose half-life is the horizon H,
``phi = 2 ** (-1 / H)``. The log return of candle t+1, in units of its own volatility and without
drift, is ``b s_t + sqrt(1 - b^2) e`` with independent standard normal ``e``. Over the next H
candles these add up to Z, jointly normal with ``s_t``, with

    Cov(s_t, Z) = b A               A = sum_{k<H} phi^k = (1 - phi^H) / (1 - phi)
    Var(Z) = H (1 - b^2) + b^2 V    V = H + 2 sum_{0<j<H} (H - j) phi^j

so that a correlation rho needs ``b^2 = rho^2 H / (A^2 - rho^2 (V - H))`` and, as b is at most 1,
rho is at most ``A / sqrt(V)``. For normal variables Pearson's rho and Spearman's rho_s are tied by
``rho = 2 sin(pi rho_s / 6)`` (Pearson, 1907).
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd


def persistence(half_life_candles: float) -> float:
    """AR(1) coefficient of a half-life.

    >>> persistence(1)
    0.5
    """
    return float(0.5 ** (1 / half_life_candles))


def greatest_strength(horizon_candles: int) -> float:
    """Greatest rank correlation that a planted signal can allow over a horizon (b = 1).

    >>> greatest_strength(1)
    1.0
    """
    total, variance = _signal_sums(horizon_candles)
    return 6 / math.pi * math.asin(min(total / math.sqrt(variance), 1) / 2)


def pull_for(strength: float, horizon_candles: int) -> float:
    """Pull b of the signal on the next candle for a rank correlation over the horizon.

    Parameters
    ----------
    strength : Spearman correlation from 0 to ``greatest_strength(horizon_candles)``.
    horizon_candles : H, at least 1.
    """
    total, variance = _signal_sums(horizon_candles)
    squared = (2 * math.sin(math.pi * strength / 6)) ** 2
    reach = total**2 - squared * (variance - horizon_candles)
    return min(math.sqrt(squared * horizon_candles / reach), 1.0)


def allowed_rank_correlation(truth: pd.DataFrame, horizon_candles: int) -> float:
    """Measure on a market's truth which Spearman correlation the planted signal allows.

    Hidden signal (in the direction in which it pulls) at the close of t against the log return from
    the open of t+1 to the open of t+1+H, each candle's part divided by its own volatility. Spells
    blur it a little, as their drift is part of the return. A label that divides by the volatility
    known at t instead stays a few percent below it.

    Parameters
    ----------
    truth : a pair's truth (``PairPath.truth`` or ``read_truth``).
    horizon_candles : H in candles of the truth; the stated strength holds for the spec's own.
    """
    scaled = truth["log_return"].to_numpy()[1:] / truth["volatility"].to_numpy()[:-1]
    summed = np.concatenate([[0.0], np.cumsum(scaled)])
    forward = summed[horizon_candles:] - summed[:-horizon_candles]
    pulling = (truth["signal"] * truth["direction"]).to_numpy()[: len(forward)]
    return float(pd.Series(pulling).corr(pd.Series(forward), method="spearman"))


def _signal_sums(horizon_candles: int) -> tuple[float, float]:
    """Compute A and V above: sum of the autocorrelations, variance of the summed signal."""
    steps = np.arange(horizon_candles)
    decay = persistence(horizon_candles) ** steps
    variance = 2 * float(((horizon_candles - steps) * decay).sum()) - horizon_candles
    return float(decay.sum()), variance
