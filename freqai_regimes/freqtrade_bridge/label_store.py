"""Labels computed once a pair on the whole frame, shown to shorter ones as they were known."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from freqai_regimes.errors import CandleError
from freqai_regimes.labels.engine import LabelSet, compute_labels
from freqai_regimes.labels.labelled import Labelled


class LabelStore:
    """Keeps a pair's labels by date.

    FreqAI asks for the labels of ever longer prefixes of a backtest's frame, twice a window; a
    label masked by ``known_at`` equals the one computed on the prefix alone.
    """

    def __init__(self, label_sets: Sequence[LabelSet]) -> None:
        self.label_sets = label_sets
        self._kept: dict[str, Labelled] = {}

    def keep(self, pair: str, frame: pd.DataFrame) -> None:
        """Compute and keep the labels of the pair's whole frame."""
        labelled = compute_labels(frame, self.label_sets)
        dates = pd.DatetimeIndex(frame["date"])
        self._kept[pair] = Labelled(
            labelled.values.set_axis(dates), labelled.known_at.set_axis(dates), labelled.kind
        )

    def known(self, pair: str, frame: pd.DataFrame) -> Labelled:
        """Labels of the frame's rows, as they were once its last candle had closed.

        Without a kept frame of the pair (live, where each frame is another) they are computed.

        Raises
        ------
        CandleError
            If the frame has candles that the kept one has not.
        """
        kept = self._kept.get(pair)
        if kept is None or frame.empty:
            return compute_labels(frame, self.label_sets)
        dates = pd.DatetimeIndex(frame["date"])
        if not dates.equals(kept.values.index):
            places = kept.values.index.get_indexer(dates)
            if (places < 0).any():
                raise CandleError(
                    f"Labels of {pair} were computed on other candles than are asked for: "
                    f"{dates[places < 0][0]} is not among them. Run it again."
                )
            kept = Labelled(kept.values.iloc[places], kept.known_at.iloc[places], kept.kind)
        masked = kept.masked(dates[-1])
        index = frame.index
        return Labelled(masked.values.set_axis(index), masked.known_at.set_axis(index), masked.kind)
