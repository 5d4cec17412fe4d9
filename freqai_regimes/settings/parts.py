"""The parts of the section that no other room states: size, exposure, the model's say, edges."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

RegimeName = Literal["bull", "sideways", "bear"]


class Part(BaseModel):
    """Unknown keys are refused, and nothing changes a value that was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class VolatilitySettings(Part):
    """Exponentially weighted volatility of closed base candles, cut off after four half-lives."""

    half_life_candles: int = Field(90, ge=1, description="15 days of 4h candles")


class ExposureSettings(Part):
    """Share of a pair's sleeve that is held, by regime; negative is short; never above 1."""

    bull: float = Field(1.0, ge=-1, le=1, description="share in bull markets")
    sideways: float = Field(0.0, ge=-1, le=1, description="share in sideways markets")
    bear: float = Field(0.0, ge=-1, le=1, description="share in bear markets; futures: -1 is short")
    target_volatility: float | None = Field(
        0.40, gt=0, description="annual, as a fraction; null: size is not scaled by volatility"
    )
    rebalance_band: float = Field(0.15, gt=0, le=1, description="change of weight that is traded")
    minimum_weight: float = Field(0.05, gt=0, le=1, description="smaller targets are not entered")


class ModelUseSettings(Part):
    """What the model may do to the regime's positions: shrink or veto them, never enlarge them."""

    tilt: float = Field(0.0, ge=0, le=1, description="0: shown only; 1: a score of -1 empties")
    veto_below_score: float | None = Field(
        None, ge=-1, le=1, description="no entry while the score is below; null: no veto"
    )


class EdgeSettings(Part):
    """Entries and exits by predicted return, fractions; entry ``signal`` uses the regimes too."""

    entry_threshold: float | None = Field(
        None, gt=0, description="fixed threshold; null: round-trip cost plus margin"
    )
    margin: float = Field(0.0, ge=0, description="added to the round-trip cost")
    bound: Literal["forecast", "lower"] = Field(
        "forecast", description="lower: the worse end of the prediction's interval must pay"
    )
    exit_threshold: float = Field(0.0, ge=0, description="leave on a prediction this far against")
    long_regimes: tuple[RegimeName, ...] = Field(
        ("bull", "sideways", "bear"), description="regimes in which longs may be entered"
    )
    short_regimes: tuple[RegimeName, ...] = Field(
        ("bull", "sideways", "bear"), description="regimes in which shorts may be entered"
    )
