"""What the strategy sees of each prediction beside its value: interval, probability, who spoke."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.intervals.adaptive import adapted_intervals
from freqai_regimes.intervals.options import IntervalOptions

#: Our columns, and FreqAI's that they come from; NaN where the prediction is not trusted.
SHOWN = {
    "probability": "model_probability",
    "pooled": "model_pooled",
    "expert": "model_expert",
}


def with_certainty(
    frame: pd.DataFrame, outcome: pd.Series, known_at: pd.Series, options: IntervalOptions
) -> pd.DataFrame:
    """Add ``prediction_lower``, ``prediction_upper``, ``probability``, ``pooled`` and ``expert``.

    Row t uses predictions made up to t and outcomes known by its close: after misses the interval
    is wider than the model's own.

    Parameters
    ----------
    frame : a pair's candles with ``prediction``, ``do_predict`` and FreqAI's ``model_*`` columns.
    outcome, known_at : the label of each candle and when it is known, as known by the last one.
    """
    trusted, nothing = frame["prediction"].notna().to_numpy(), np.full(len(frame), np.nan)

    def where_trusted(column: str) -> npt.NDArray[np.float64]:
        said = frame[column].to_numpy(dtype=float) if column in frame else nothing
        return np.where(trusted, said, np.nan)

    stated = pd.DataFrame(
        {
            "date": frame["date"],
            "prediction": frame["prediction"],
            "lower": where_trusted("model_lower"),
            "upper": where_trusted("model_upper"),
            "outcome": outcome.to_numpy(),
            "known_at": known_at.array,
        }
    )
    adapted = adapted_intervals(stated, options)
    return frame.assign(
        prediction_lower=adapted["lower"],
        prediction_upper=adapted["upper"],
        **{name: where_trusted(column) for name, column in SHOWN.items()},
    )
