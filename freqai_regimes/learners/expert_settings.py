"""What a user may set about the experts; here, as settings come before the room that fits them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ExpertSettings(BaseModel):
    """How the pooled model and the experts are fitted inside one training window."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    minimum_rows: int = Field(600, ge=20, description="fewer rows than this: no expert, pooled")
    minimum_effective_rows: float = Field(
        10.0, ge=1, description="labels apart in time that those rows must amount to"
    )
    folds: int = Field(
        3, ge=2, le=20, description="purged stretches of the window on which experts are weighed"
    )
    routing: Literal["blend", "hard"] = Field(
        "blend", description="blend: experts by the probability of their regime; hard: one expert"
    )
    stacking: bool = Field(
        False, description="the prediction is a weighted mean of all learners, not the first one's"
    )
    validation_fraction: float = Field(0.2, gt=0, lt=0.9, description="last part of the window")
    early_stopping_rounds: int = Field(0, ge=0, description="0: all trees are kept")
    weight_by_uniqueness: bool = Field(
        False, description="rows whose labels overlap count less (see labels.sample_weight)"
    )
    weight_half_life_days: float | None = Field(
        None, gt=0, description="age at which a row counts half; null: age does not matter"
    )
