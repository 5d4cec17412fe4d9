"""What the options of every label share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class LabelOptions(BaseModel):
    """Options of one entry of ``label_sets``; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
