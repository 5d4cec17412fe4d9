"""Bands of the score: which one it is in, whether that is worth a message, and its text.

The newer format of the Intelligent Trading Bot. On purpose otherwise: a jump from one side to the
equally strong other side is told; a frequency above an hour counts minutes since midnight UTC;
empty parts leave no extra spaces.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from freqai_regimes.messages.price import coin_sign, price_text

UP, DOWN = "↑", "↓"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Band(_Part):
    """A range of the score, from its edge outwards to the next band's."""

    edge: float = Field(allow_inf_nan=False, description="from here on (below it, if negative)")
    frequency_minutes: int | None = Field(
        None, ge=1, description="told again every so many minutes; null: only when it is entered"
    )
    sign: str = Field("", description="first word of the text")
    text: str = Field("", description="words before the timeframe")
    bold: bool = Field(False, description="the whole text in asterisks")


class BandOptions(_Part):
    """The bands, and which changes between them are told."""

    positive_bands: tuple[Band, ...] = Field(
        (
            Band(edge=0.08, sign="〉〉〉📈", text="BUY ZONE", bold=True),
            Band(edge=0.04, sign="〉〉", text="strong"),
            Band(edge=0.02, sign="〉", text="weak"),
        ),
        description="of scores from their edge up, in any order",
    )
    negative_bands: tuple[Band, ...] = Field(
        (
            Band(edge=-0.02, sign="〈", text="weak"),
            Band(edge=-0.04, sign="〈〈", text="strong"),
            Band(edge=-0.08, sign="〈〈〈📉", text="SELL ZONE", bold=True),
        ),
        description="of scores below their edge, in any order",
    )
    notify_band_up: bool = Field(True, description="tell when the score enters a stronger band")
    notify_band_down: bool = Field(True, description="tell when it enters a weaker one")

    @model_validator(mode="after")
    def _edges_differ_and_lie_on_their_side(self) -> Self:
        for name, bands in (("positive", self.positive_bands), ("negative", self.negative_bands)):
            edges = sorted(band.edge for band in bands)
            if any(first == second for first, second in pairwise(edges)):
                raise ValueError(f"{name}_bands: two bands begin at the same edge")
        if any(band.edge <= 0 for band in self.positive_bands):
            raise ValueError("positive_bands: edges are above 0")
        if any(band.edge >= 0 for band in self.negative_bands):
            raise ValueError("negative_bands: edges are below 0")
        return self


@dataclass(frozen=True)
class Notice:
    """Whether a score is told.

    Attributes
    ----------
    send, reason : the decision, and in a word why.
    band : 1 the weakest positive, up; -1 the weakest negative, down; 0 none.
    arrow : ``↑`` into a stronger band or to the other side, ``↓`` into a weaker one, or nothing.
    """

    send: bool
    reason: str
    band: int
    arrow: str


def band_number(score: float, options: BandOptions) -> int:
    """Number of the band a score is in; 0 where it is in none, or missing.

    >>> [band_number(score, BandOptions()) for score in (0.12, 0.02, 0.0, -0.02, -0.021)]
    [3, 1, 0, 0, -1]
    """
    above = sum(score >= band.edge for band in options.positive_bands)
    return above or -sum(score < band.edge for band in options.negative_bands)


def decide(
    score: float, previous: int | None, closed: pd.Timestamp, options: BandOptions
) -> Notice:
    """Whether the score of a candle is worth a message.

    Parameters
    ----------
    score : of the closed candle.
    previous : band of the candle before; None for the first one, which counts as entered from both
        sides.
    closed : when the candle closed, UTC.
    """
    band = band_number(score, options)
    first, flipped = previous is None, previous is not None and previous * band < 0
    before = abs(previous or 0)
    up = first or (abs(band) > before) or (flipped and abs(band) == before)
    down = first or abs(band) < before
    arrow = UP if up else DOWN if down else ""
    chosen = _band(band, options)
    every = chosen.frequency_minutes if chosen else None
    due = every is not None and (closed.hour * 60 + closed.minute) % every == 0
    if (up and options.notify_band_up) or (down and options.notify_band_down):
        return Notice(True, "entered" if band else "left", band, arrow)
    if flipped:
        return Notice(True, "turned", band, arrow)
    return Notice(due, "due" if due else "nothing new", band, arrow)


def score_text(
    pair: str,
    close: float,
    score: float,
    notice: Notice,
    timeframe: str,
    options: BandOptions,
    *,
    secondary: float | None = None,
    tick: float | None = None,
    separator: str = ",",
) -> str:
    """The message of a score: sign, price, score, arrow, second score, words, timeframe.

    >>> notice = decide(0.12, None, pd.Timestamp("2025-06-01 12:01", tz="UTC"), BandOptions())
    >>> score_text("BTC/USDT", 74896.4, 0.12, notice, "1min", BandOptions())
    '*〉〉〉📈 ₿ 74,896 Indicator: +0.12 ↑ BUY ZONE 1min*'
    """
    band = _band(notice.band, options)
    parts = [
        band.sign if band else "",
        coin_sign(pair),
        price_text(close, tick, separator),
        f"Indicator: {score:+.2f}",
        notice.arrow,
        "" if secondary is None else f"{secondary:+.2f}",
        band.text if band else "",
        timeframe,
    ]
    text = " ".join(part for part in parts if part)
    return f"*{text}*" if band and band.bold else text


def _band(number: int, options: BandOptions) -> Band | None:
    if number == 0:
        return None
    bands = options.positive_bands if number > 0 else options.negative_bands
    return sorted(bands, key=lambda band: abs(band.edge))[abs(number) - 1]
