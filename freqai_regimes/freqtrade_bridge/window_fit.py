"""The fit and the prediction of one window: FreqAI's frames in, its expected answers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from datasieve.pipeline import Pipeline
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen

from freqai_regimes import __version__
from freqai_regimes.experts import RegimeExperts, fit_experts
from freqai_regimes.settings import Settings

#: Columns that reach the strategy beside the label's prediction, one value a row.
MODEL_COLUMNS = ("model_pooled", "model_expert", "model_score", "model_version")


@dataclass(frozen=True)
class TrainingRows:
    """What a window has to learn from: rows in time order, of one pair or of several.

    Attributes
    ----------
    features : the columns that train, by name; no NaN.
    label : the main label; no NaN.
    workings : same index: ``date``, ``known_at``, ``regime`` and ``pair``.
    """

    features: pd.DataFrame
    label: pd.Series
    workings: pd.DataFrame


def training_rows(
    frame: pd.DataFrame, dk: FreqaiDataKitchen, stop: int | None = None
) -> TrainingRows:
    """Rows of a pair's frame whose features and label are known.

    Parameters
    ----------
    frame : what FreqAI hands to ``train``; features have been found in ``dk``.
    stop : end of the window in epoch seconds: FreqAI does not cut the frame there when live.
    """
    if stop is not None:
        frame = frame[frame["date"] < pd.Timestamp(stop, unit="s", tz="UTC")]
    features, labels = dk.filter_features(frame, dk.training_features_list, dk.label_list)
    workings = frame.loc[features.index, ["date", "known_at", "regime"]].assign(pair=dk.pair)
    return TrainingRows(features, labels.iloc[:, 0], workings)


def pooled_rows(parts: Sequence[TrainingRows]) -> TrainingRows:
    """Rows of several pairs in time order (of equal dates, in the order of the parts)."""
    workings = pd.concat([part.workings for part in parts], ignore_index=True)
    order = np.argsort(workings["date"].to_numpy(), kind="stable")
    features = pd.concat([part.features for part in parts], ignore_index=True)
    label = pd.concat([part.label for part in parts], ignore_index=True)
    return TrainingRows(
        features.iloc[order].reset_index(drop=True),
        label.iloc[order].reset_index(drop=True),
        workings.iloc[order].reset_index(drop=True),
    )


def fit_rows(rows: TrainingRows, settings: Settings, parameters: dict[str, Any]) -> RegimeExperts:
    """Fit pooled model and experts (``parameters``: FreqAI's ``model_training_parameters``)."""
    return fit_experts(
        rows.features,
        rows.label,
        rows.workings["regime"],
        rows.workings["date"],
        rows.workings["known_at"],
        settings=settings.experts,
        parameters=parameters,
        package_version=__version__,
    )


def tell_freqai(dk: FreqaiDataKitchen, rows: TrainingRows) -> None:
    """Set what FreqAI's saving and its live history expect of a training, for one pair's rows.

    Live raises KeyError from the second candle on unless each numeric column has mean and std.
    """
    name = str(rows.label.name)
    dk.feature_pipeline, dk.label_pipeline = Pipeline([]), Pipeline([])
    dk.data_dictionary["train_features"] = rows.features.tail(1)
    dk.data_dictionary["train_dates"] = rows.workings["date"].tail(1)
    extra = dict.fromkeys(MODEL_COLUMNS, 0.0)
    dk.data["labels_mean"] = {name: float(rows.label.mean()), **extra}
    dk.data["labels_std"] = {name: float(rows.label.std()), **extra}


def predict_frame(
    model: RegimeExperts, frame: pd.DataFrame, dk: FreqaiDataKitchen
) -> tuple[pd.DataFrame, npt.NDArray[np.int_]]:
    """The label's prediction and ``MODEL_COLUMNS``; ``do_predict`` 0 where a feature is NaN."""
    dk.find_features(frame)
    features, _ = dk.filter_features(frame, dk.training_features_list, training_filter=False)
    answer = model.predict(features, frame["regime"])
    predictions = pd.DataFrame(
        {
            dk.label_list[0]: answer["prediction"],
            "model_pooled": answer["pooled"],
            "model_expert": answer["expert"].astype(float),
            "model_score": answer["score"],
            "model_version": model.report.trained_until.timestamp(),
        }
    )
    dk.DI_values = np.zeros(len(predictions))
    return predictions, dk.do_predict
