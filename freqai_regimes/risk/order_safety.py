"""How an order whose answer got lost is looked for: live trading only."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class OrderSettings(BaseModel):
    """Orders with ids of their own, written down before they are sent, and asked for when lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    safe: bool = Field(
        True, description="off: freqtrade's own way, an order without answer is lost"
    )
    request_window_seconds: float = Field(
        10.0, gt=0, le=60, description="so long a request under way may still be taken (recvWindow)"
    )
    patience_seconds: float = Field(
        60.0, gt=0, le=600, description="so long an exchange that does not answer is asked"
    )
    pause_seconds: float = Field(1.0, gt=0, le=10, description="between two questions")
    compare_minutes: float = Field(
        5.0, gt=0, le=1440, description="exchange and trade database are compared so often"
    )
