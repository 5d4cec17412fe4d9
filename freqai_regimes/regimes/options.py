"""When the market counts as bull, bear or sideways: the ``regime`` part of the settings."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.errors import CandleError


class RegimeSettings(BaseModel):
    """When the market counts as bull, bear or sideways (see ``regimes.moving_average``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timeframe: str = Field("4h", description="candles on which the regime is decided")
    resample_from: str | None = Field(
        None, description="finer timeframe to build those candles from where there are none stored"
    )
    average_candles: int = Field(300, ge=2, description="length of the long moving average")
    shorter_average_candles: int | None = Field(
        None, ge=2, description="used, and said so, where history is too short for the long one"
    )
    average_band: float = Field(0.02, ge=0, lt=1, description="fraction around the average")
    change_candles: int = Field(180, ge=0, description="span of the price change; 0 leaves it out")
    change_band: float = Field(0.0, ge=0, lt=1, description="fraction the change must exceed")
    confirmation_candles: int = Field(6, ge=1, description="a new state must last this long")

    @field_validator("timeframe", "resample_from")
    @classmethod
    def _is_a_timeframe(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                timeframe_seconds(value)
            except CandleError as error:
                raise ValueError(str(error)) from error
        return value

    @model_validator(mode="after")
    def _windows_fit(self) -> Self:
        step = timeframe_seconds(self.timeframe)
        if self.resample_from is not None and step % timeframe_seconds(self.resample_from):
            raise ValueError(
                f"resample_from {self.resample_from} does not divide timeframe {self.timeframe}"
            )
        shorter = self.shorter_average_candles
        if shorter is not None and shorter >= self.average_candles:
            raise ValueError("shorter_average_candles must be below average_candles")
        return self
