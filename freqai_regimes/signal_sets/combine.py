"""Step ``combine``: how much speaks for up and how much for down, as one score."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from freqai_regimes.features.option_lists import Names
from freqai_regimes.signal_sets.options import Name, SignalOptions


class Options(SignalOptions):
    """Two columns, for up and for down, usually in [0, 1] each, become one score."""

    generator: Literal["combine"]
    columns: Names = Field(min_length=2, max_length=2, description="what speaks for up, for down")
    name: Name = Field(description="column that is made")
    rule: Literal["difference", "relative", "signed_maximum"] = Field(
        "difference",
        description="up - down; (up - down) / (up + down); the larger of both, down negative",
    )
    coefficient: float = Field(1.0, allow_inf_nan=False, description="the result is multiplied by")
    constant: float = Field(0.0, allow_inf_nan=False, description="added after that")
    clip: bool = Field(True, description="keep the score in [-1, 1]")

    @field_validator("coefficient")
    @classmethod
    def _not_zero(cls, value: float) -> float:
        if value == 0:
            raise ValueError("0 leaves nothing of the score")
        return value


def compute(frame: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Column ``name``; row t uses row t alone; NaN where one of both columns is.

    ``relative`` of nothing for both sides, 0/0, is 0: neutral. ``signed_maximum`` of two equal
    sides is up's.
    """
    up, down = (frame[column].astype(float) for column in options.columns)
    if options.rule == "difference":
        score = up - down
    elif options.rule == "relative":
        both = up + down
        score = (2 * up / both.where(both != 0) - 1).mask((up == 0) & (down == 0), 0.0)
    else:
        score = pd.Series(np.where(up >= down, up, -down), index=frame.index)
    score = score.where(up.notna() & down.notna()) * options.coefficient + options.constant
    return (score.clip(-1.0, 1.0) if options.clip else score).to_frame(options.name)


def warm_up_candles(options: Options) -> int:
    """None: a row needs no other."""
    return 0


def caution(options: Options) -> str | None:
    """Return what can cut a score off, for columns in [0, 1]; None if nothing can.

    >>> step = {"generator": "combine", "columns": ["up", "down"], "name": "score"}
    >>> caution(Options(**step))
    >>> caution(Options(**step, coefficient=1.5, constant=-0.05))
    'signal_sets: score can reach 1.55 and is cut off at 1: lower coefficient or constant'
    """
    most = abs(options.coefficient) + abs(options.constant)
    if most <= 1:
        return None
    what = "is cut off at 1" if options.clip else "clip is off"
    return (
        f"signal_sets: {options.name} can reach {most:g} and {what}: lower coefficient or constant"
    )
