"""Which pairs share a model, and one name for the same feature of each of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.candles import nanoseconds
from freqai_regimes.freqtrade_bridge.window_fit import TrainingRows, pooled_rows
from freqai_regimes.windows.options import WindowSettings
from freqai_regimes.windows.span import TrainingSpan

logger = logging.getLogger(__name__)

SECOND = 1_000_000_000
#: What ``nanoseconds`` makes of NaT.
NOT_KNOWN = np.iinfo(np.int64).min


@dataclass(frozen=True)
class PoolMembers:
    """Whose rows a window learned from.

    Attributes
    ----------
    rows : pair -> its rows in the window.
    left_out : pair -> why it gave none; it is predicted by the others' model all the same.
    """

    rows: dict[str, int]
    left_out: dict[str, str]


class Pools:
    """The pairs of a bot, in groups that share one model."""

    def __init__(self, config: dict[str, Any], settings: WindowSettings) -> None:
        self._whitelist = sorted(config["exchange"]["pair_whitelist"])
        others = config["freqai"]["feature_parameters"].get("include_corr_pairlist") or []
        self._others = {_spelled(pair) for pair in others}
        self._one_for_all = settings.pool == "all"

    @property
    def count(self) -> int:
        """How many pools there are."""
        return 1 if self._one_for_all else len(self._whitelist)

    def of(self, pair: str) -> tuple[str, ...]:
        """Pairs that share the pair's model, by name: the order of the whitelist has no effect."""
        if self._one_for_all and pair in self._whitelist:
            return tuple(self._whitelist)
        return (pair,)

    def renamed(self, frame: pd.DataFrame, pair: str) -> pd.DataFrame:
        """The frame with names of features that are the same for every pair of its pool.

        FreqAI writes a pair's own name into the names of its features. A pair that all others have
        among their features too (``include_corr_pairlist``) keeps its columns under that name as
        well, since FreqAI leaves them out of its own frame.
        """
        if not self._one_for_all:
            return frame
        own = f"_{_spelled(pair)}_"
        names = {str(name): str(name).replace(own, "_") for name in frame if own in str(name)}
        renamed = frame.rename(columns=names)
        if _spelled(pair) not in self._others:
            return renamed
        seen_by_others = {old: new for old, new in names.items() if "%" in old and "%%" not in old}
        copies = renamed[list(seen_by_others.values())].set_axis(list(seen_by_others), axis=1)
        return pd.concat([renamed, copies], axis=1)


def _spelled(pair: str) -> str:
    """A pair as FreqAI writes it into names of features."""
    return pair.replace(":", "")


class RowsInTime:
    """Rows to learn from in time order, cut into windows by date and by when labels were known."""

    def __init__(self, rows: TrainingRows) -> None:
        self._rows = rows
        self._opened = nanoseconds(rows.workings["date"])
        known_at = nanoseconds(rows.workings["known_at"])
        self._known_at = np.where(known_at == NOT_KNOWN, np.iinfo(np.int64).max, known_at)

    def window(self, span: TrainingSpan, known_by: int) -> TrainingRows:
        """Rows whose label was known once the last candle before ``known_by`` had closed.

        ``known_by`` is in epoch seconds.
        """
        ends = np.array([span.start, span.stop]) * SECOND
        first, last = self._opened.searchsorted(ends).tolist()
        places = np.flatnonzero(self._known_at[first:last] < known_by * SECOND)
        chosen: slice | npt.NDArray[np.intp] = first + places
        if places.size == 0 or places[-1] == places.size - 1:
            # As nearly always: the last rows alone are left out, and nothing is copied.
            chosen = slice(first, first + places.size)
        rows = self._rows
        return TrainingRows(
            rows.features.iloc[chosen], rows.label.iloc[chosen], rows.workings.iloc[chosen]
        )


def together(parts: Mapping[str, TrainingRows]) -> TrainingRows:
    """Rows of all pairs in time order; of equal dates in the order of their names."""
    ordered = [parts[pair] for pair in sorted(parts)]
    return ordered[0] if len(ordered) == 1 else pooled_rows(ordered)


def members(
    rows: TrainingRows, pool: Sequence[str], left_out: Mapping[str, str] = {}
) -> PoolMembers:
    """Count each pair's rows in a window; ``left_out`` are those that could not be prepared."""
    if len(pool) == 1 and len(rows.workings):
        return PoolMembers({pool[0]: len(rows.workings)}, {})
    counted = rows.workings["pair"].value_counts()
    have = {pair: int(counted[pair]) for pair in pool if pair in counted.index}
    missing = {pair: left_out.get(pair, "too little history") for pair in pool if pair not in have}
    return PoolMembers(have, missing)
