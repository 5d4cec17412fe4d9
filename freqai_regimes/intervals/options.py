"""What a user may set about the intervals around predictions."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class IntervalOptions(BaseModel):
    """Conformal intervals of regression predictions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    coverage: float = Field(
        0.8, ge=0.5, lt=1, description="share of outcomes that the interval is to hold"
    )
    scale: Literal["none", "volatility", "residuals"] = Field(
        "none",
        description="what widens an interval: nothing, the candle's volatility (labels in other "
        "units than volatility), or a model of how large residuals are",
    )
    step: float = Field(0.05, ge=0, le=1, description="how fast misses widen intervals; 0: never")
    memory_outcomes: int = Field(
        200, ge=10, le=5000, description="past outcomes that the widening looks back on"
    )
