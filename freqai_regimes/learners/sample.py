"""Rows to learn from, in time order, with what a learner may need to know about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from freqai_regimes.errors import TrainingError
from freqai_regimes.learners.binned_rows import BinnedPart

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RowOrder:
    """Which candle each row is: what a learner of windows needs, and no other.

    Attributes
    ----------
    date : opening time of each row's candle, datetime64 without zone (UTC), shape (rows,).
    pair : name or number of each row's pair, shape (rows,).
    candle : length of a candle; rows of one pair this far apart are consecutive.
    """

    date: npt.NDArray[np.datetime64]
    pair: npt.NDArray[Any]
    candle: np.timedelta64

    def part(self, chosen: npt.NDArray[Any]) -> RowOrder:
        """Only the chosen rows (positions or mask)."""
        return RowOrder(self.date[chosen], self.pair[chosen], self.candle)


@dataclass(frozen=True)
class Sample:
    """Rows of features and what came of them.

    Attributes
    ----------
    rows : features in the order that predictions will have too, shape (rows, columns). A learner
        of single rows refuses NaN and infinite values; a learner of windows leaves those windows
        out.
    target : in the label's unit, or the class as a number (binary 0, 1; three-class -1, 0, 1),
        shape (rows,). NaN: the row is history for windows that end later, never learnt from.
    weight : how much each row counts, shape (rows,); None: all the same.
    order : see ``RowOrder``; None where single rows are learnt.
    binned : where these rows lie in a window whose features are binned once for many fits; None:
        trees bin these rows by themselves.
    """

    rows: Floats
    target: Floats
    weight: Floats | None = None
    order: RowOrder | None = None
    binned: BinnedPart | None = None

    def __post_init__(self) -> None:
        length = len(self.target)
        sizes = [len(self.rows), *(len(part) for part in (self.weight,) if part is not None)]
        if self.order is not None:
            sizes += [len(self.order.date), len(self.order.pair)]
        if self.rows.ndim != 2 or any(size != length for size in sizes):
            raise TrainingError(
                f"Rows of shape {self.rows.shape}, {length} targets, weights and dates of lengths "
                f"{sizes[1:]}: they must belong to the same rows."
            )

    def __len__(self) -> int:
        return len(self.target)

    def part(self, chosen: npt.NDArray[Any]) -> Sample:
        """Only the chosen rows (positions or mask), in their order."""
        return Sample(
            self.rows[chosen],
            self.target[chosen],
            None if self.weight is None else self.weight[chosen],
            None if self.order is None else self.order.part(chosen),
            None if self.binned is None else self.binned.part(chosen),
        )

    def with_target(self) -> Sample:
        """Without the rows that are history only; itself if there are none."""
        known = ~np.isnan(self.target)
        return self if known.all() else self.part(known)
