"""Windows of consecutive candles of one pair, each ending at the row that is to be predicted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from freqai_regimes.errors import TrainingError
from freqai_regimes.learners.sample import Floats, RowOrder, Sample


@dataclass(frozen=True)
class Windows:
    """Complete windows, kept as rows and the place where each window ends.

    Attributes
    ----------
    rows : features, pair by pair in time order, shape (rows, columns).
    ends : where in ``rows`` each window ends, shape (windows,).
    source : which row of the caller that is, shape (windows,).
    length : candles of a window.
    """

    rows: Floats
    ends: npt.NDArray[np.intp]
    source: npt.NDArray[np.intp]
    length: int

    def __len__(self) -> int:
        return len(self.ends)

    def part(self, chosen: npt.NDArray[Any]) -> Windows:
        """Only the chosen windows (positions or mask)."""
        return replace(self, ends=self.ends[chosen], source=self.source[chosen])

    def places(self) -> npt.NDArray[np.intp]:
        """Where in ``rows`` each candle of each window lies, shape (windows, length)."""
        return self.ends[:, np.newaxis] + np.arange(1 - self.length, 1)


@dataclass(frozen=True)
class WindowSample:
    """Windows to learn from; target and weight as in ``Sample``, one a window."""

    windows: Windows
    target: Floats
    weight: Floats | None

    def __len__(self) -> int:
        return len(self.target)

    def part(self, chosen: npt.NDArray[Any]) -> WindowSample:
        """Only the chosen windows (positions or mask)."""
        weight = None if self.weight is None else self.weight[chosen]
        return WindowSample(self.windows.part(chosen), self.target[chosen], weight)


def complete_windows(rows: Floats, order: RowOrder | None, length: int) -> Windows:
    """Find the rows that end a whole window of consecutive candles with finite features.

    A gap, another pair or an unknown feature breaks a window: the rows after it have none until
    ``length`` candles have passed again.

    Raises
    ------
    TrainingError
        Without an order, or if a pair has two rows of one date.
    """
    if order is None:
        raise TrainingError(
            f"A learner of {length} consecutive candles needs the date and the pair of each row "
            "(Sample.order): hand them over, or choose a learner of single rows."
        )
    _, pair = np.unique(order.pair, return_inverse=True)
    sorting = np.lexsort((order.date, pair))
    pair, date = pair[sorting], order.date[sorting]
    same_pair, step = pair[1:] == pair[:-1], np.diff(date)
    if (same_pair & (step == np.timedelta64(0))).any():
        raise TrainingError("A pair has two rows of one date: a window needs one row a candle.")
    whole = np.isfinite(rows[sorting]).all(axis=1)
    goes_on = np.concatenate([[False], same_pair & (step == order.candle)])[: len(rows)]
    place = np.arange(len(rows))
    # A window may begin after the last unknown row, or at the last row that does not go on.
    after_unknown = np.maximum.accumulate(np.where(whole, 0, place + 1))
    begins = np.maximum(np.maximum.accumulate(np.where(goes_on, 0, place)), after_unknown)
    ends = np.flatnonzero(place - begins + 1 >= length)
    return Windows(np.ascontiguousarray(rows[sorting]), ends, sorting[ends], length)


def window_sample(sample: Sample, length: int) -> WindowSample:
    """Windows that end at a row with a known target; the other rows are history.

    Raises
    ------
    TrainingError
        As ``complete_windows``.
    """
    windows = complete_windows(sample.rows, sample.order, length)
    windows = windows.part(~np.isnan(sample.target[windows.source]))
    weight = None if sample.weight is None else sample.weight[windows.source]
    return WindowSample(windows, sample.target[windows.source], weight)
