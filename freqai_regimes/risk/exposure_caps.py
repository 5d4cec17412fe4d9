"""How much more may be held: caps by pair, by side, and over pairs that move together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field


class CapSettings(BaseModel):
    """Most that may be held, as fractions of the money; null: no cap."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pair: float | None = Field(None, gt=0, description="value of one pair's position")
    side: float | None = Field(None, gt=0, description="value of all longs, or of all shorts")
    correlated: float | None = Field(
        None, gt=0, description="value of positions that gain and lose together with the new one"
    )
    correlation: float = Field(
        0.7, gt=0, le=1, description="correlation of returns from which pairs count as together"
    )
    correlation_candles: int = Field(200, ge=10, description="closed candles it is measured on")

    @property
    def is_on(self) -> bool:
        """Whether any cap is set."""
        return any(cap is not None for cap in (self.pair, self.side, self.correlated))


@dataclass(frozen=True)
class Holding:
    """A position beside the one that is wanted.

    Attributes
    ----------
    value : in stake currency, positive for longs and negative for shorts.
    correlation : of its pair's returns with the wanted pair's; NaN: unknown, counts as together.
    """

    pair: str
    value: float
    correlation: float


@dataclass(frozen=True)
class Room:
    """Value that may be added, in stake currency (infinite without a cap), and what limits it."""

    value: float
    reason: str


def room(
    pair: str, is_short: bool, holdings: Sequence[Holding], money: float, caps: CapSettings
) -> Room:
    """The tightest cap on what may be added to a pair's position, never below 0.

    >>> held = [Holding("ETH/USDT", 60.0, 0.9), Holding("SOL/USDT", -20.0, 0.9)]
    >>> room("BTC/USDT", False, held, 100.0, CapSettings(side=0.9, correlated=0.7))
    Room(value=10.0, reason='cap correlated')
    """
    sign = -1 if is_short else 1
    own = sum(abs(each.value) for each in holdings if each.pair == pair)
    side = sum(abs(each.value) for each in holdings if each.value * sign > 0)
    together = sum(
        abs(each.value)
        for each in holdings
        if each.pair == pair or _moves_together(each, sign, caps.correlation)
    )
    rooms = [
        Room(max(cap * money - used, 0.0), f"cap {name}")
        for name, cap, used in (
            ("pair", caps.pair, own),
            ("side", caps.side, side),
            ("correlated", caps.correlated, together),
        )
        if cap is not None
    ]
    return min(rooms, key=lambda each: each.value, default=Room(float("inf"), "no cap"))


def _moves_together(holding: Holding, sign: int, threshold: float) -> bool:
    """Whether a holding gains when the wanted position does: by correlation, and by side."""
    if np.isnan(holding.correlation):
        return True
    return bool(holding.correlation * np.sign(holding.value) * sign >= threshold)


def correlation(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> float:
    """Pearson correlation of the log returns of two series of closes at the same moments.

    NaN where there are fewer than ten returns or a price that never moves.
    """
    if len(first) != len(second) or len(first) < 11:
        return float("nan")
    moves = np.diff(np.log(first)), np.diff(np.log(second))
    spreads = moves[0].std(), moves[1].std()
    if min(spreads) == 0:
        return float("nan")
    return float(np.corrcoef(*moves)[0, 1])
