"""The row that a look adds to FreqAI's history of predictions, made in one step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen

_PRICES = {"high_price": "high", "low_price": "low", "close_price": "close"}


def prediction_row(
    history: pd.DataFrame,
    predictions: pd.DataFrame,
    do_predict: npt.NDArray[np.int_],
    kitchen: FreqaiDataKitchen,
    candles: pd.DataFrame,
) -> pd.DataFrame | None:
    """The newest prediction as FreqAI's ``append_model_predictions`` would add it.

    FreqAI writes each of its values into the whole history, one by one.

    Returns
    -------
    One row with the columns and types of the history; None for whatever is not usual, which is
    for FreqAI: a first or repeated candle, skipped ones, values that are no numbers, other columns.
    """
    if not _is_next(history, candles):
        return None
    values = dict.fromkeys(history, 0.0)
    said = {name: predictions[name].iloc[-1] for name in predictions}
    for name in predictions:
        said[f"{name}_mean"] = kitchen.data["labels_mean"].get(name)
        said[f"{name}_std"] = kitchen.data["labels_std"].get(name)
    said["do_predict"] = do_predict[-1]
    said |= kitchen.data["extra_returns_per_train"] or {}
    last = candles[list(_PRICES.values())].iloc[-1]
    said |= {name: last[column] for name, column in _PRICES.items()}
    numbers = all(isinstance(value, (int, float, np.number)) for value in said.values())
    if not numbers or not said.keys() <= values.keys():
        return None
    values |= said
    del values["date_pred"]
    row = pd.DataFrame([list(values.values())], columns=list(values), dtype=float)
    place = list(history).index("date_pred")
    row.insert(place, "date_pred", candles["date"].iloc[-1:].reset_index(drop=True))
    return row


def _is_next(history: pd.DataFrame, candles: pd.DataFrame) -> bool:
    """Whether the candles end one candle after a history of numbers and dates."""
    if history.empty or len(candles) < 2 or "date_pred" not in history:
        return False
    dates, known = candles["date"], history["date_pred"]
    kinds = history.dtypes.drop("date_pred")
    return bool(
        known.dtype == dates.dtype
        and (kinds == np.dtype(float)).all()
        and dates.iloc[-2] <= known.iloc[-1] < dates.iloc[-1]
        and history.columns.is_unique
    )
