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
from freqai_regimes.experts import Asked, RegimeExperts, Target, Window, fit_experts
from freqai_regimes.experts.fit import is_stacked
from freqai_regimes.experts.regime_models import REGIMES
from freqai_regimes.features.engine import TRAINED
from freqai_regimes.freqtrade_bridge.code_version import code_version
from freqai_regimes.labels.engine import label_kinds
from freqai_regimes.learners.engine import column_name
from freqai_regimes.regimes.probabilities import PROBABILITIES, REGIME_COLUMNS
from freqai_regimes.settings import Settings

#: Columns that reach the strategy beside the label's prediction, one value a row. The models of
#: further labels and learners bring ``model_<label>_<learner>`` each.
MODEL_COLUMNS = (
    "model_pooled",
    "model_expert",
    "model_score",
    "model_lower",
    "model_upper",
    "model_probability",
    "model_version",
)
#: Names of columns of further labels in FreqAI's frames, and of when each is known.
FURTHER = "further_"
#: The regime in FreqAI's list of features (it leaves out rows without one).
REGIME_FEATURES = [TRAINED + name for name in REGIME_COLUMNS]
FURTHER_LABEL, FURTHER_KNOWN_AT = FURTHER + "label_{}", FURTHER + "known_at_{}"
_SHARES = [PROBABILITIES[code] for code in REGIMES]


@dataclass(frozen=True)
class TrainingRows:
    """What a window has to learn from: rows in time order, of one pair or of several.

    Attributes
    ----------
    features : the columns that train, by name; no NaN.
    label : the main label; no NaN.
    workings : same index: ``date``, ``known_at``, ``regime`` and its probabilities,
        ``volatility`` and ``pair``, and two columns for each further label.
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
    wanted = ["date", "known_at", "regime", *_SHARES, "volatility"]
    further = [str(name) for name in frame if str(name).startswith(FURTHER)]
    workings = frame.loc[features.index, [*wanted, *further]].assign(pair=dk.pair)
    return TrainingRows(features, labels.iloc[:, 0], workings)


def pooled_rows(parts: Sequence[TrainingRows]) -> TrainingRows:
    """Rows of several pairs in time order (of equal dates, in the order of the parts)."""
    workings = pd.concat([part.workings for part in parts], ignore_index=True)
    order = workings["date"].array.argsort(kind="stable")
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
        window_of(rows, settings),
        settings=settings,
        parameters=parameters,
        package_version=__version__,
    )


def fit_elsewhere(
    rows: TrainingRows, *, settings: Settings, parameters: dict[str, Any], code: str
) -> RegimeExperts | str:
    """``fit_rows`` for a worker of a cluster: models, or why there are none.

    ``code`` is the ``code_version`` of the process that asks: another one would not give its bits.
    """
    if code_version() != code:
        return (
            f"the worker has other code or libraries ({code_version()}, here {code}): install the "
            "same on all machines (docs/scale.md)"
        )
    try:
        return fit_rows(rows, settings, parameters)
    except Exception as error:
        return one_line(error)


def one_line(error: Exception) -> str:
    """What went wrong, on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def window_of(rows: TrainingRows, settings: Settings) -> Window:
    """The rows as the experts take them; labels that were not known by then are not there.

    The regime is no feature: it reaches the models as the choice of experts alone.
    """
    workings = rows.workings
    kinds = label_kinds(settings.label_sets)
    main = Target(
        settings.train_label, kinds[settings.train_label], rows.label, workings["known_at"]
    )
    last = workings["known_at"].max()
    targets = [main]
    for name in settings.train_labels:
        known_at = workings[FURTHER_KNOWN_AT.format(name)]
        known = known_at <= last
        values = workings[FURTHER_LABEL.format(name)].where(known)
        targets.append(Target(name, kinds[name], values, known_at.where(known)))
    return Window(
        rows.features.drop(columns=REGIME_FEATURES, errors="ignore"),
        workings["regime"],
        workings["date"],
        workings["pair"],
        tuple(targets),
        workings["volatility"],
        workings[_SHARES],
    )


def asked_rows(rows: TrainingRows, chosen: npt.NDArray[np.intp]) -> Asked:
    """Some of the rows as a bundle is asked for them."""
    workings = rows.workings.iloc[chosen]
    return Asked(
        rows.features.iloc[chosen],
        workings["regime"],
        workings[_SHARES].to_numpy(dtype=float),
        workings["date"],
        workings["pair"],
        workings["volatility"],
    )


def further_columns(settings: Settings) -> list[str]:
    """Names of the columns of further labels and learners that every prediction has."""
    learners = [column_name(learner) for learner in settings.learners]
    pairs = [(label, learner) for label in settings.all_train_labels for learner in learners]
    further = pairs if is_stacked(settings) else pairs[1:]
    return [f"model_{label}_{learner}" for label, learner in further]


def tell_freqai(dk: FreqaiDataKitchen, rows: TrainingRows, settings: Settings) -> None:
    """Set what FreqAI's saving and its live history expect of a training, for one pair's rows.

    Live raises KeyError from the second candle on unless each numeric column has mean and std.
    """
    name, values = str(rows.label.name), rows.label.to_numpy(dtype=float)
    dk.feature_pipeline, dk.label_pipeline = Pipeline([]), Pipeline([])
    extra = dict.fromkeys([*MODEL_COLUMNS, *further_columns(settings)], 0.0)
    dk.data["labels_mean"] = {name: float(values.mean()), **extra}
    dk.data["labels_std"] = {name: float(values.std(ddof=1)), **extra}


def show_last_row(dk: FreqaiDataKitchen, rows: TrainingRows) -> None:
    """Set what FreqAI saves of a training's rows beside its model: one row shows what they were."""
    dk.data_dictionary["train_features"] = rows.features.iloc[-1:]
    dk.data_dictionary["train_dates"] = rows.workings["date"].iloc[-1:]


def predict_frame(
    model: RegimeExperts, frame: pd.DataFrame, dk: FreqaiDataKitchen
) -> tuple[pd.DataFrame, npt.NDArray[np.int_]]:
    """The label's prediction, ``MODEL_COLUMNS`` and one column for each further model.

    ``do_predict`` is 0 where a feature is NaN.
    """
    dk.find_features(frame)
    features = _known_or_zero(frame, dk)
    shares = frame[_SHARES].to_numpy(dtype=float)
    pair = pd.Series(dk.pair, index=frame.index)
    answer = model.predict(
        Asked(features, frame["regime"], shares, frame["date"], pair, frame["volatility"])
    )
    predictions = pd.DataFrame(
        {
            dk.label_list[0]: answer["prediction"],
            "model_pooled": answer["pooled"],
            "model_expert": answer["expert"].astype(float),
            "model_score": answer["score"],
            "model_lower": answer["lower"],
            "model_upper": answer["upper"],
            "model_probability": answer["probability"],
            "model_version": model.report.trained_until.timestamp(),
            **{f"model_{name}": answer[name] for _, name in model.further},
        }
    )
    dk.DI_values = np.zeros(len(predictions))
    return predictions, dk.do_predict


def _known_or_zero(frame: pd.DataFrame, dk: FreqaiDataKitchen) -> pd.DataFrame:
    """Features to predict from, as ``filter_features`` gives them, in a third of its time.

    What is NaN or infinite is 0, and its row's ``do_predict``.
    """
    names = [str(name) for name in dk.training_features_list]
    values = frame[names].to_numpy(dtype=float)
    known = np.isfinite(values)
    dk.do_predict = known.all(axis=1).astype(int)
    return pd.DataFrame(np.where(known, values, 0.0), columns=names, index=frame.index)
