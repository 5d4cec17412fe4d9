"""Rows of a window, binned once for all the trees that are fitted on parts of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]

#: Not fixed by the binning, and different from part to part.
_OF_A_PART = {"min_child_samples"}


class BinnedRows:
    """Rows that may be fitted on; LightGBM's bins of their features are found once.

    The edges of the bins are quantiles of features, labels have no part in them: a part that is
    left out of a fit (a purged stretch) tells the fit nothing but where its features lie.

    Parameters
    ----------
    rows : features of the whole window, shape (rows, columns).
    train : positions of those that may be fitted on, rising; no other row is looked at.
    """

    def __init__(self, rows: Rows, train: Positions) -> None:
        self._rows = rows
        self._train = train
        self._binned: dict[str, lightgbm.Dataset] = {}

    def part(self, position: Positions, parameters: dict[str, Any]) -> lightgbm.Dataset:
        """Training rows at these positions in the window, rising, without labels."""
        place = np.searchsorted(self._train, position)
        whole = self._whole({**parameters, "feature_pre_filter": False})
        part = whole.subset(place.tolist())
        return part.construct()

    def _whole(self, parameters: dict[str, Any]) -> lightgbm.Dataset:
        named = {name: value for name, value in parameters.items() if name not in _OF_A_PART}
        key = json.dumps(named, sort_keys=True, default=str)
        if key not in self._binned:
            rows = np.ascontiguousarray(self._rows[self._train])
            empty = np.zeros(len(rows), dtype=np.float32)
            self._binned[key] = lightgbm.Dataset(rows, empty, params=parameters).construct()
        return self._binned[key]


@dataclass(frozen=True)
class BinnedPart:
    """Where the rows of a sample lie in rows that are binned already."""

    whole: BinnedRows
    position: Positions

    def part(self, chosen: npt.NDArray[Any]) -> BinnedPart:
        """Only the chosen rows (positions or mask)."""
        return BinnedPart(self.whole, self.position[chosen])

    def dataset(self, parameters: dict[str, Any]) -> lightgbm.Dataset:
        """The rows as LightGBM takes them, without labels."""
        return self.whole.part(self.position, parameters)
