"""What a served model has said of candles, so that a watch asks for new and changed ones only."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.candles import nanoseconds
from freqai_regimes.freqtrade_bridge.served_model import ServedModel

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
#: Gives the prediction of each row, and whether it may be used.
Ask = Callable[[pd.DataFrame], tuple[Floats, Flags]]


@dataclass(frozen=True)
class Said:
    """The answers of one model, a row a candle in time order, with what they were made from."""

    served: ServedModel
    moments: npt.NDArray[np.int64]
    inputs: Floats
    predicted: Floats
    usable: Flags


class KeptPredictions:
    """Keeps the answers to the last question of each name.

    For models whose answer for a row depends on that row alone: it is given again only where all
    inputs of the row are the same, to the bit.
    """

    def __init__(self) -> None:
        self._said: dict[Hashable, Said] = {}

    def of(
        self,
        name: Hashable,
        served: ServedModel,
        frame: pd.DataFrame,
        inputs: Sequence[str],
        ask: Ask,
    ) -> tuple[Floats, Flags]:
        """Prediction of each row of a frame, and whether it may be used; both of shape (rows,).

        Parameters
        ----------
        frame : candles whose ``date`` rises, with the columns ``inputs`` that predictions are made
            from; at least one.
        ask : asks ``served``, with some of the rows, index 0..n-1.
        """
        moments, given = nanoseconds(frame["date"]), frame[list(inputs)].to_numpy(dtype=float)
        predicted, usable = np.full(len(frame), np.nan), np.zeros(len(frame), dtype=bool)
        new = np.ones(len(frame), dtype=bool)
        kept = self._said.get(name)
        if kept is not None and kept.served is served:
            place = np.searchsorted(kept.moments, moments).clip(max=len(kept.moments) - 1)
            before = kept.inputs[place]
            same = (before == given) | (np.isnan(before) & np.isnan(given))
            new = ~same.all(axis=1) | (kept.moments[place] != moments)
            predicted, usable = kept.predicted[place], kept.usable[place]
        if new.any():
            predicted[new], usable[new] = ask(frame[new].reset_index(drop=True))
        self._said[name] = Said(served, moments, given, predicted, usable)
        return predicted, usable
