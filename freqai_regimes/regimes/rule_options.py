"""What the options of every rule share."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator


class RuleOptions(BaseModel):
    """Options of one entry of ``regime.rules``; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BandOptions(RuleOptions):
    """Options of a rule with a band: where a regime is entered, and where it is left again."""

    band: float
    inner_band: float | None

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.inner_band is not None and self.inner_band > self.band:
            raise ValueError(f"inner_band {self.inner_band:g} lies outside band {self.band:g}")
        return self
