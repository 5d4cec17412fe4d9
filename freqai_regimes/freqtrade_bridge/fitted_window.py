"""What was fitted on one window, before FreqAI sees it."""

from __future__ import annotations

from dataclasses import dataclass

from freqai_regimes.experts import RegimeExperts
from freqai_regimes.freqtrade_bridge.window_fit import TrainingRows


@dataclass(frozen=True)
class FittedWindow:
    """A candidate, and what it was made from.

    Attributes
    ----------
    pairs : all pairs that it will predict.
    stop : end of the window in epoch seconds; nothing known later was learned from.
    rows : what it learned from, validation rows included.
    """

    pairs: tuple[str, ...]
    stop: int
    rows: TrainingRows
    bundle: RegimeExperts
