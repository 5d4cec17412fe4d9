"""The choice of training windows, as settings."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class WindowSettings(BaseModel):
    """Which pairs share a training window, how far back it reaches, how many are fitted at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pool: Literal["all", "pair"] = Field(
        "pair", description="all: one model learns from all pairs; pair: each pair has its own"
    )
    span: Literal["rolling", "expanding"] = Field(
        "rolling",
        description="rolling: train_period_days; expanding: from the anchor on, at least that long",
    )
    anchor: date | None = Field(
        None, description="first day of expanding windows; null: each pair's first stored candle"
    )
    longest_days: int | None = Field(
        None, ge=1, description="expanding windows are cut to this length; null: no limit"
    )
    workers: int | None = Field(
        None, ge=1, description="windows of a backtest fitted at once; null: as many as cores free"
    )
    backend: Literal["threads", "dask"] = Field(
        "threads", description="where windows of a backtest are fitted: here, or on a Dask cluster"
    )
    scheduler: str | None = Field(
        None, description="address of the Dask scheduler, as tcp://10.0.0.5:8786"
    )

    @model_validator(mode="after")
    def _fields_belong_together(self) -> Self:
        if self.span == "rolling" and (self.anchor is not None or self.longest_days is not None):
            raise ValueError("anchor and longest_days belong to span expanding")
        if (self.backend == "dask") != (self.scheduler is not None):
            raise ValueError("backend dask and the address of its scheduler belong together")
        return self
