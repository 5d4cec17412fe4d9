"""Whether intervals and probabilities kept their word in a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from freqai_regimes.calibration import brier_score, expected_calibration_error
from freqai_regimes.evaluation.record import RunRecord

BINS = 5
_SHARED = {"outcome": "outcome"}
TRUSTED = {
    "probability": "probability",
    "prediction_lower": "prediction_lower",
    "prediction_upper": "prediction_upper",
    **_SHARED,
}
REFUSED = {
    "forecast_probability": "probability",
    "forecast_lower": "prediction_lower",
    "forecast_upper": "prediction_upper",
    **_SHARED,
}


@dataclass(frozen=True)
class Certainty:
    """How stated certainty and outcomes went together, over trusted and resolved predictions.

    Attributes
    ----------
    coverage : share of outcomes inside their interval; NaN without intervals.
    width : median width of the interval, in the label's unit.
    calibration_error, brier_score : of the probabilities; NaN without.
    bins : one row for each fifth of the probabilities: ``rows``, ``stated`` and ``came_true``.
    """

    coverage: float
    width: float
    calibration_error: float
    brier_score: float
    bins: pd.DataFrame


def certainty(record: RunRecord) -> Certainty | None:
    """Measure a run; None where it has no probabilities."""
    names = REFUSED if record.judges_refused else TRUSTED
    frames = [frame[list(names)] for frame in record.pairs.values() if names.keys() <= {*frame}]
    if not frames:
        return None
    rows = pd.concat(frames, ignore_index=True).rename(columns=names)
    if record.judges_refused:  # FreqAI fills with 0 where no model said anything
        rows = rows[rows["probability"] != 0.0]
    rows = rows[rows["probability"].notna() & rows["outcome"].notna()]
    if rows.empty:
        return None
    came_true = (rows["outcome"] > 0).to_numpy(dtype=float)
    stated = rows["probability"].to_numpy(dtype=float)
    bounded = rows[rows["prediction_lower"].notna()]
    inside = bounded["outcome"].between(bounded["prediction_lower"], bounded["prediction_upper"])
    fifth = pd.qcut(rows["probability"].rank(method="first"), min(BINS, len(rows)), labels=False)
    table = pd.DataFrame({"fifth": fifth, "stated": stated, "came_true": came_true})
    grouped = table.groupby("fifth")
    bins = grouped.mean().assign(rows=grouped.size()).reset_index(drop=True)
    return Certainty(
        coverage=float(inside.mean()) if len(bounded) else float("nan"),
        width=float(np.median(bounded["prediction_upper"] - bounded["prediction_lower"]))
        if len(bounded)
        else float("nan"),
        calibration_error=expected_calibration_error(stated, came_true),
        brier_score=brier_score(stated, came_true),
        bins=bins[["rows", "stated", "came_true"]],
    )
