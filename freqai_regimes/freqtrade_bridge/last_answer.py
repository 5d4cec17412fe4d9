"""What was computed of a frame, kept until another frame comes: one look asks several times."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import pandas as pd


class LastAnswer:
    """Keeps the newest answer of each name, with the frames that it was computed from.

    A candle of a coarser timeframe closes once in many looks of the bot, and FreqAI and the
    strategy ask for the same regime in each: what has not changed is not computed again. Frames
    are compared value by value, so an answer is never given for other candles.
    """

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[tuple[pd.DataFrame, ...], pd.DataFrame]] = {}

    def of(
        self, name: Hashable, given: tuple[pd.DataFrame, ...], make: Callable[[], pd.DataFrame]
    ) -> pd.DataFrame:
        """The answer for these frames; ``make`` computes it, from nothing else that changes.

        Returns
        -------
        A frame of its own for each caller, who may change it.
        """
        kept = self._kept.get(name)
        if kept is None or not all(map(pd.DataFrame.equals, kept[0], given)):
            kept = tuple(frame.copy() for frame in given), make()
            self._kept[name] = kept
        return kept[1].copy()
