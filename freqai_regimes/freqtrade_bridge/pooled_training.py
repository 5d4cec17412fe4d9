"""Which pairs share a model, and one name for the same feature of each of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.freqtrade_bridge.window_fit import TrainingRows, pooled_rows
from freqai_regimes.windows.options import WindowSettings
from freqai_regimes.windows.span import TrainingSpan

logger = logging.getLogger(__name__)


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


def rows_in(rows: TrainingRows, span: TrainingSpan, known_by: int) -> TrainingRows:
    """Rows of a window whose label was known once the last candle before ``known_by`` had closed.

    ``rows`` are in time order; ``known_by`` is in epoch seconds.
    """
    dates, known_at = rows.workings["date"].array, rows.workings["known_at"].array
    begins, ends = (int(dates.searchsorted(_moment(end))) for end in (span.start, span.stop))
    inside = slice(begins, ends)
    known = np.asarray(known_at[inside] < _moment(known_by))
    first = int(known.sum())
    if known[:first].all():  # as nearly always: the last rows alone are left out, nothing is copied
        chosen = slice(inside.start, inside.start + first)
        return TrainingRows(
            rows.features.iloc[chosen], rows.label.iloc[chosen], rows.workings.iloc[chosen]
        )
    return TrainingRows(
        rows.features.iloc[inside][known],
        rows.label.iloc[inside][known],
        rows.workings.iloc[inside][known],
    )


def _moment(seconds: int) -> pd.Timestamp:
    return pd.Timestamp(seconds, unit="s", tz="UTC")


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
