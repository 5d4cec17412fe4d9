"""What is told, and when: the ``messages`` part of the settings."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from freqai_regimes.messages.bands import BandOptions


class MessageSettings(BaseModel):
    """Messages through freqtrade's own Telegram, webhooks and Discord (dry-run and live).

    They arrive where ``allow_custom_messages`` is true in the section of telegram, webhook or
    discord.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    score: Literal["off", "bands", "icons"] = Field(
        "off", description="of each closed candle: bands (edge, sign, text) or a row of icons"
    )
    score_column: str = Field("score", min_length=1, description="column that is told")
    secondary_column: str | None = Field(None, description="told beside it, by bands only")
    bands: BandOptions = BandOptions()
    quiet_below: float = Field(0.2, ge=0, le=1, description="icons: silent below this score")
    icon_step: float = Field(0.05, gt=0, le=1, description="icons: one more for each step beyond")
    transactions: bool = Field(
        False, description="profit of a closed position beside freqtrade's own exit message"
    )
    regime_changes: bool = Field(True, description="tell when a pair's regime changes")
    daily_digest: bool = Field(True, description="after midnight UTC: the day before")
    weekly_digest: bool = Field(True, description="on Mondays: the week and the last four weeks")
    most_a_minute: int = Field(15, ge=1, le=60, description="more than these wait their turn")
    picture_candles: int | None = Field(
        None, ge=20, le=2000, description="with a score message: a PNG of so many candles"
    )
    send_pictures: bool = Field(
        False, description="send the PNG by Telegram's sendPhoto; else only its path is told"
    )
