"""What the options of every feature generator share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class FeatureOptions(BaseModel):
    """Options of one entry of ``feature_sets``; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prefix: str = Field("", description="put before the name of each column of this entry")
    timeframe: str | None = Field(None, description="candles it works on; null: base candles")
