"""Whether a shadow, predicting the same candles as the champion, takes its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

#: Fewer blocks do not tell how large their spread is.
FEWEST_BLOCKS = 10
#: Expected size of a true difference, in units of the spread of one block.
_EFFECT = 0.5


class ShadowOptions(BaseModel):
    """Candidates that passed the gate predict beside the champion before they replace it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(False, description="false: a candidate that passed is champion at once")
    level: float = Field(
        0.05, gt=0, lt=0.5, description="chance of a verdict between equals, however long one looks"
    )
    longest_candles: int = Field(
        300, ge=20, description="known outcomes after which the better one of the two stays"
    )


@dataclass(frozen=True)
class ShadowDecision:
    """What becomes of a shadow, and why."""

    verdict: Literal["promote", "drop", "wait"]
    reason: str


def judge_shadow(
    champion_loss: npt.NDArray[np.float64],
    shadow_loss: npt.NDArray[np.float64],
    horizon_candles: int,
    options: ShadowOptions,
) -> ShadowDecision:
    """Look at all losses since the shadow began; looking at each candle costs nothing.

    The mixture sequential probability ratio test (Robbins 1970; Johari, Koomen, Pekelis and Walsh
    2022) on means of blocks one horizon long, whose labels hardly overlap: equal models are told
    apart, ever, with probability ``level``. Its spread is estimated from the blocks, so the first
    ``FEWEST_BLOCKS`` bring no verdict.

    Parameters
    ----------
    champion_loss, shadow_loss : of the same candles, oldest first, outcomes known; shape (rows,).
    """
    rows = len(champion_loss)
    gain = champion_loss - shadow_loss
    count = rows // horizon_candles
    blocks = gain[: count * horizon_candles].reshape(count, horizon_candles).mean(axis=1)
    mean = float(gain.mean()) if rows else 0.0
    words = f"mean loss {-mean:+.4g} against the champion's, {rows} outcomes"
    if count >= FEWEST_BLOCKS and _ratio(blocks) >= 1 / options.level:
        verdict: Literal["promote", "drop"] = "promote" if blocks.mean() > 0 else "drop"
        return ShadowDecision(verdict, f"sequential test: {words}")
    if rows >= options.longest_candles:
        return ShadowDecision("promote" if mean > 0 else "drop", f"time is up: {words}")
    return ShadowDecision("wait", words)


def _ratio(blocks: npt.NDArray[np.float64]) -> float:
    """Likelihood of a difference, normally distributed around 0, over that of none."""
    count, spread = len(blocks), float(blocks.std(ddof=1))
    if spread <= 0:
        return 1.0
    scaled = float(blocks.mean()) / spread
    prior = _EFFECT**2
    exponent = count**2 * prior * scaled**2 / (2 * (1 + count * prior))
    return float(np.exp(min(exponent, 700.0)) / np.sqrt(1 + count * prior))
