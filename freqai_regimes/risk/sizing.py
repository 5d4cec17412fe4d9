"""Position size: volatility target, the model's bounded say, and rebalancing in a band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from freqai_regimes.risk.kelly import kelly_share


class SizeSettings(BaseModel):
    """Size of a position as factors on the share that regime, edge and volatility give it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fraction: float = Field(1.0, gt=0, le=1, description="fixed share of a pair's equal part")
    kelly: float | None = Field(
        None, gt=0, le=1, description="part of Kelly's share from 'probability'; null: off"
    )
    kelly_payoff: float = Field(1.0, gt=0, description="mean gain over mean loss")
    kelly_cap: float = Field(1.0, gt=0, le=1, description="Kelly's share at most")
    bull: float = Field(1.0, ge=0, le=1, description="factor while the market is bull")
    sideways: float = Field(1.0, ge=0, le=1, description="factor while it is sideways")
    bear: float = Field(1.0, ge=0, le=1, description="factor while it is bear")


def size_factor(
    weight: pd.Series,
    regime: pd.Series,
    probability: pd.Series,
    names: Mapping[int, str],
    settings: SizeSettings,
) -> pd.Series:
    """Factor in [0, 1] on the signed weight of each candle: fixed, by regime, by Kelly.

    ``probability`` is that of a positive return; a short gains with the rest of it. ``names`` are
    those of the regimes; an unknown regime has factor 1 (its weight is 0 where it decides). Row t
    uses row t alone.
    """
    codes = regime.to_numpy(dtype=float)
    by_regime = [getattr(settings, name) for name in names.values()]
    known = np.select([codes == code for code in names], by_regime, 1.0)
    factor = pd.Series(known, index=regime.index) * settings.fraction
    if settings.kelly is not None:
        gain = probability.where(weight >= 0, 1 - probability)
        factor *= kelly_share(gain, settings.kelly_payoff, settings.kelly, settings.kelly_cap)
    return factor


def volatility_scale(volatility: pd.Series, target_volatility: float | None) -> pd.Series:
    """Share of a sleeve that brings its volatility down to the target; at most 1 (no leverage).

    Both are annual fractions. NaN where the volatility is unknown; all ones without a target.
    """
    if target_volatility is None:
        return pd.Series(1.0, index=volatility.index)
    return (target_volatility / volatility.where(volatility > 0)).clip(upper=1.0)


def model_factor(agreement: pd.Series, tilt: float) -> pd.Series:
    """Factor in [0, 1] by which the model shrinks a position it disagrees with.

    ``agreement`` is the score in the position's direction, in [-1, 1]; NaN (no trusted prediction)
    and agreement leave the position whole; ``tilt`` 0 switches the model off.
    """
    return 1.0 + tilt * agreement.fillna(0.0).clip(-1.0, 0.0)


@dataclass(frozen=True)
class Rebalance:
    """Value to add to (positive) or take from (negative) a position, in stake currency."""

    amount: float
    reason: str


def rebalance(
    target_weight: float, position_value: float, sleeve_value: float, band: float
) -> Rebalance:
    """Trade back to the target weight only when the position has left the band around it.

    Parameters
    ----------
    target_weight : share of the sleeve, in [0, 1], without sign.
    position_value, sleeve_value : in stake currency.
    band : difference of weights, as a fraction, that is tolerated.

    >>> rebalance(0.5, 30.0, 100.0, 0.15)
    Rebalance(amount=20.0, reason='weight 0.30 to 0.50')
    >>> rebalance(0.5, 40.0, 100.0, 0.15).amount
    0.0
    """
    weight = position_value / sleeve_value
    if abs(target_weight - weight) <= band:
        return Rebalance(0.0, f"weight {weight:.2f} within {band:.2f} of {target_weight:.2f}")
    amount = target_weight * sleeve_value - position_value
    return Rebalance(amount, f"weight {weight:.2f} to {target_weight:.2f}")
