"""What the options of every step of ``signal_sets`` share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

#: A column made by a step; letters, digits and underscores, so that it is one word everywhere.
Name = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")]


class SignalOptions(BaseModel):
    """Options of one entry of ``signal_sets``; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
