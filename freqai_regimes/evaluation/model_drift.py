"""How each window's model did on the candles it was made for, and whether its errors grew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.evaluation.metrics import rank_correlation
from freqai_regimes.evaluation.model_windows import windows_of
from freqai_regimes.evaluation.record import RunRecord, outcome
from freqai_regimes.model_life.degradation import (
    DegradationOptions,
    Finding,
    losses_over_time,
)

DETECTOR = DegradationOptions(detector="adwin")


def realised_table(record: RunRecord) -> pd.DataFrame:
    """Rank correlation of predictions and outcomes in each window's own candles, by its end.

    Returns
    -------
    One row a training end, in time order: ``until`` (UTC), ``rows`` (predictions with an outcome,
    all pairs), ``realised`` and ``validation`` rank correlation (means where several models end
    together), ``let_in`` (whether the gate let any of them in). Candles from a window's end to the
    next one's are its own. Few candles say little: the whole run's correlation is the one to trust.
    """
    windows = [window for window in windows_of(record) if not window.get("failed")]
    ends = sorted({pd.Timestamp(str(window["trained_until"])) for window in windows})
    rows = _judged(record)
    place = np.searchsorted(pd.DatetimeIndex(ends), pd.DatetimeIndex(rows["date"]), side="right")
    table = []
    for number, end in enumerate(ends, start=1):
        own = rows[place == number]
        mine = [w for w in windows if pd.Timestamp(str(w["trained_until"])) == end]
        table.append(
            {
                "until": end,
                "rows": len(own),
                "realised": rank_correlation(own["prediction"], own["outcome"]),
                "validation": float(np.mean([_validation(window) for window in mine])),
                "let_in": any(bool(window.get("promoted", True)) for window in mine),
            }
        )
    return pd.DataFrame(table, columns=["until", "rows", "realised", "validation", "let_in"])


def loss_drift(record: RunRecord) -> dict[str, Finding]:
    """Whether squared errors changed for the worse during the run, by pair (river's ADWIN).

    Every horizon-th candle counts, so that outcomes do not overlap. Pairs without are left out.
    """
    rows, found = _judged(record), {}
    for pair, own in rows.groupby("pair"):
        losses = ((own["outcome"] - own["prediction"]) ** 2).to_numpy(dtype=float)
        found[str(pair)] = losses_over_time(losses[:: record.horizon_candles], DETECTOR)
    return found


def _judged(record: RunRecord) -> pd.DataFrame:
    """Predictions with an outcome of all pairs: ``pair``, ``date``, ``prediction``, ``outcome``."""
    parts = [
        pd.DataFrame(
            {
                "pair": pair,
                "date": frame["date"],
                "prediction": record.judged(pair),
                "outcome": outcome(frame),
            }
        )
        for pair, frame in record.pairs.items()
    ]
    return pd.concat(parts, ignore_index=True).dropna()


def _validation(window: Mapping[str, Any]) -> float:
    value = window.get("validation_rank_correlation")
    return float(value) if isinstance(value, int | float) else float("nan")
