"""Looks closer where two sides of a replay differ: the same candles with the future cut off."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from freqai_regimes.cli.replay_run import ReplayRun, on_cut_history
from freqai_regimes.parity.compare import compare
from freqai_regimes.parity.comparison import Comparison
from freqai_regimes.parity.side import Side

#: Candles of a pair that are computed again: the first that differ, and some of the later ones.
MOST_CANDLES = 12


def compared(run: ReplayRun, live: Side, backtest: Side) -> Comparison:
    """Compare; where something differs that may not, once more with what cut history gives."""
    first = compare(live, backtest)
    wanted = {
        pair: moments
        for pair in backtest.features
        if len(moments := _candles_that_differ(live, backtest, pair))
    }
    if first.passed or not wanted:
        return first
    return compare(live, dataclasses.replace(backtest, cut=on_cut_history(run, wanted)))


def _candles_that_differ(live: Side, backtest: Side, pair: str) -> list[int]:
    """Opening seconds of candles whose features are not the same on both sides."""
    if pair not in live.features:
        return []
    one, other = (side.features[pair].set_index("date") for side in (live, backtest))
    dates = one.index.intersection(other.index)
    names = [name for name in one if name in other]
    left, right = one.loc[dates, names].to_numpy(), other.loc[dates, names].to_numpy()
    same = (left == right) | (np.isnan(left.astype(float)) & np.isnan(right.astype(float)))
    found: pd.DatetimeIndex = dates[~same.all(axis=1)]
    if len(found) > MOST_CANDLES:
        later = np.linspace(MOST_CANDLES // 2, len(found) - 1, MOST_CANDLES // 2).astype(int)
        found = found[[*range(MOST_CANDLES // 2), *later]]
    return sorted({int(moment.timestamp()) for moment in found})
