"""Generator ``cross_asset``: how a pair moves in relation to the market's leader."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from freqai_regimes.features.full_window import (
    full_window_covariance,
    full_window_mean,
    full_window_variance,
)
from freqai_regimes.features.input_columns import require_columns
from freqai_regimes.features.options import FeatureOptions
from freqai_regimes.features.volatility import ewma_volatility
from freqai_regimes.features.volatility import window_candles as volatility_warm_up_candles


class Options(FeatureOptions):
    """Windows of n candles over the log returns r of the pair and m of the leader.

    ======================  ======================================================================
    ``relative_return_n``   sum of r - m over the window, in standard deviations of the pair's own
                            move over n candles (``features.volatility.ewma_volatility``)
    ``volatility_ratio_n``  natural logarithm of root mean square r over that of m
    ``correlation_n``       of r and m, in [-1, 1] (Pearson)
    ``beta_n``              covariance of r and m over the variance of m (Sharpe 1963)
    ======================  ======================================================================

    The leader itself, compared with its own candles, has 0, 0, 1 and 1.
    """

    generator: Literal["cross_asset"] = "cross_asset"
    leader_prefix: str = Field(
        "btc_", min_length=1, description="before the names of the leader's columns: btc_close"
    )
    windows_candles: tuple[Annotated[int, Field(ge=2, le=525_600)], ...] = Field(
        min_length=1, description="lengths n of the windows"
    )
    volatility_half_life_candles: int = Field(
        21, ge=1, le=100_000, description="of the unit of moves"
    )

    @field_validator("windows_candles")
    @classmethod
    def _nothing_twice(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(value)) < len(value):
            raise ValueError(f"got {list(value)}: name each only once")
        return value


def generate(candles: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Compute the relation to the leader over each window.

    The leader's close stands in the candles under its prefix, joined as of the time it was known:
    in row t the one of a candle that had closed by then. Joining is not done here.

    Returns
    -------
    Float columns named as in ``Options``, same index; all free of scale. Row t uses rows <= t. NaN
    while a window fills or holds a close of either that is missing or not positive (of the window
    of ``relative_return_n`` only the ends count, and all candles of its unit), and where the
    formula has no value: nothing moved (the pair for ``relative_return_n``, the leader for
    ``beta_n``, either for the other two).

    Raises
    ------
    SettingsError
        If the pair's close or the leader's is missing.
    """
    leader = f"{options.leader_prefix}close"
    require_columns(
        "cross_asset",
        ["close", leader],
        candles.columns,
        f"Add the leader as a source of kind pair with prefix {options.leader_prefix!r}, or set "
        "leader_prefix to the prefix of the source that there is.",
    )
    close, market_close = _positive(candles["close"]), _positive(candles[leader])
    own, market = pd.Series(np.log(close)), pd.Series(np.log(market_close))
    volatility = ewma_volatility(close, options.volatility_half_life_candles)
    columns: dict[str, pd.Series] = {}
    for window in options.windows_candles:
        unit = (volatility * np.sqrt(window)).replace(0.0, np.nan)
        ahead = own.diff(window) - market.diff(window)
        columns[f"relative_return_{window}"] = ahead / unit
        columns |= _comoving(own.diff(), market.diff(), window)
    return pd.DataFrame(columns, index=candles.index)


def warm_up_candles(options: Options) -> int:
    """Rows before the first value that no longer depends on how much history came before."""
    unit = volatility_warm_up_candles(options.volatility_half_life_candles)
    return max(unit, *options.windows_candles)


def price_unit_columns(options: Options) -> list[str]:
    """None: all are ratios of returns."""
    return []


def _comoving(own: pd.Series, market: pd.Series, window: int) -> dict[str, pd.Series]:
    """Ratio, correlation and slope of two columns of returns."""
    covariance = full_window_covariance(own, market, window)
    own_spread = _positive(full_window_variance(own, window))
    market_spread = _positive(full_window_variance(market, window))
    own_square = _positive(full_window_mean(own**2, window))
    market_square = _positive(full_window_mean(market**2, window))
    correlation: pd.Series = covariance / np.sqrt(own_spread * market_spread)
    return {
        f"volatility_ratio_{window}": pd.Series(np.log(own_square / market_square) / 2),
        f"correlation_{window}": correlation.clip(-1.0, 1.0),
        f"beta_{window}": covariance / market_spread,
    }


def _positive(values: pd.Series) -> pd.Series:
    return values.astype(float).where(values > 0)
