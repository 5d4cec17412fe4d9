"""When the market counts as bull, bear or sideways: the ``regime`` part of the settings."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from freqai_regimes.candles import Timeframe, timeframe_seconds
from freqai_regimes.regimes import chop, hidden_markov, macd, price_change
from freqai_regimes.regimes.rule_options import RuleOptions


class MovingAverage(RuleOptions):
    """The rule that is set up beside the list: ``average_candles`` to ``change_band``."""

    rule: Literal["moving_average"]


RegimeRule = Annotated[
    MovingAverage | price_change.Options | macd.Options | chop.Options | hidden_markov.Options,
    Field(discriminator="rule"),
]
#: Options by the name of their rule.
RULE_OPTIONS: dict[str, type[RuleOptions]] = {
    get_args(options.model_fields["rule"].annotation)[0]: options
    for options in get_args(get_args(RegimeRule)[0])
}


class RegimeSettings(BaseModel):
    """When the market counts as bull, bear or sideways (docs/regimes.md)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timeframe: Timeframe = Field("4h", description="candles on which the regime is decided")
    resample_from: Timeframe | None = Field(
        None, description="finer timeframe to build those candles from where there are none stored"
    )
    rules: tuple[RegimeRule, ...] = Field(
        (MovingAverage(rule="moving_average"),), description="what decides; several vote"
    )
    average_candles: int = Field(300, ge=2, description="length of the long moving average")
    shorter_average_candles: int | None = Field(
        None, ge=2, description="used, and said so, where history is too short for the long one"
    )
    average_band: float = Field(0.02, ge=0, lt=1, description="fraction around the average")
    average_inner_band: float | None = Field(
        None, ge=0, lt=1, description="fraction at which a regime is left again; null: at the band"
    )
    change_candles: int = Field(180, ge=0, description="span of the price change; 0 leaves it out")
    change_band: float = Field(0.0, ge=0, lt=1, description="fraction the change must exceed")
    soft: bool = Field(
        False, description="probabilities grow with the distance inside a band, instead of 0 or 1"
    )
    confirmation_candles: int = Field(6, ge=1, description="a new state must last this long")
    minimum_dwell_candles: int = Field(1, ge=1, description="a regime, once entered, lasts so long")

    @property
    def doubts(self) -> bool:
        """Whether the probabilities say more than the regime itself does."""
        return self.soft or len(self.rules) > 1 or self.rules[0].rule == "hidden_markov"

    @field_validator("rules")
    @classmethod
    def _each_once(cls, rules: tuple[RegimeRule, ...]) -> tuple[RegimeRule, ...]:
        if not rules:
            raise ValueError(f"name at least one rule: {', '.join(sorted(RULE_OPTIONS))}")
        if len(set(rules)) < len(rules):
            raise ValueError("one of the rules stands there twice, it would have two votes")
        return rules

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
        inner = self.average_inner_band
        if inner is not None and inner > self.average_band:
            raise ValueError(f"average_inner_band {inner:g} lies outside {self.average_band:g}")
        return self
