"""Stale candles: no entry into a pair whose candles stopped coming, or only repeat themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from freqai_regimes.risk.guards.decision import QUIET, GuardDecision


@dataclass(frozen=True)
class StaleCandles:
    """Trips when the newest candle is ``limit`` candles late, or as many in a row were filled in.

    Freqtrade fills holes with candles of no volume whose prices are all the close before.
    """

    limit: int
    name: ClassVar[str] = "stale_candles"

    def decide(self, late_candles: float, flat_candles: float) -> GuardDecision:
        """Judge one pair at one candle boundary.

        Parameters
        ----------
        late_candles : candles that should have closed after the newest one that is known.
        flat_candles : length of the run of filled candles that ends with the newest one.
        """
        if late_candles >= self.limit:
            return GuardDecision(True, f"the newest candle is {late_candles:.0f} candles late")
        if flat_candles >= self.limit:
            return GuardDecision(True, f"{flat_candles:.0f} candles in a row without a trade")
        return QUIET


def flat_run(candles: pd.DataFrame) -> pd.Series:
    """Length of the run of filled candles that ends at each row; 0 where there was trade.

    ``candles`` holds open, high, low, close and volume. Row t uses rows <= t.
    """
    opened, high, low, close, volume = (
        candles[name].to_numpy() for name in ("open", "high", "low", "close", "volume")
    )
    filled = (volume <= 0) & (high == low) & (opened == close)
    return run_length(pd.Series(filled, index=candles.index))


def run_length(mask: pd.Series) -> pd.Series:
    """Number of rows in a row, up to each one, for which the mask is true.

    >>> run_length(pd.Series([True, True, False, True])).tolist()
    [1, 2, 0, 1]
    """
    held = mask.to_numpy(dtype=bool)
    row = np.arange(len(held))
    last_false = np.maximum.accumulate(np.where(held, -1, row))
    return pd.Series(row - last_false, index=mask.index)
