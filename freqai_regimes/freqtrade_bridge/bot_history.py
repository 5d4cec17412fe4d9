"""What a bot that has run saw and predicted: from its live record, else from FreqAI's history."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cloudpickle
import numpy as np
import pandas as pd

from freqai_regimes.freqtrade_bridge.live_predictions import DATE, PredictionArchive
from freqai_regimes.freqtrade_bridge.live_record import SEEN, STARTED, read_live_record
from freqai_regimes.freqtrade_bridge.model_life import DECISIONS

#: How a training's window is named in the record of decisions.
WINDOW_UNTIL = re.compile(r"window until (\d{4}-\d\d-\d\d \d\d:\d\d) ")
Span = tuple[pd.Timestamp, pd.Timestamp]
#: Columns of FreqAI's history -> of a record; unknown where the prediction is not trusted.
FROM_HISTORY = {
    "model_score": "score",
    "model_probability": "probability",
    "model_pooled": "pooled",
    "model_expert": "expert",
}
NO_HISTORY = (
    "Predictions and signals are not compared: the bot kept no record (setting regimes.record) and "
    "its model folder holds no prediction history."
)
NO_SIGNALS = (
    "Signals, regimes and weights are not compared: the bot kept no record. Set regimes.record to "
    "a folder, and the next comparison sees them."
)


@dataclass(frozen=True)
class BotHistory:
    """What is known of each candle that a bot analysed.

    Attributes
    ----------
    candles : as ``Side.candles``.
    spans : times at which it ran, as far as its candles tell.
    notes : what is not known, in sentences.
    """

    candles: dict[str, pd.DataFrame] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()


def read_bot_history(
    record: Path | None, model_folder: Path | None, pairs: list[str], label: str, step: pd.Timedelta
) -> BotHistory:
    """Read what a bot left behind.

    Parameters
    ----------
    record : folder of the setting ``record``; None without.
    model_folder : FreqAI's folder of the bot's identifier; None without a model.
    label : FreqAI's name of the main label.
    step : length of a candle.
    """
    recorded = {} if record is None else read_live_record(record, pairs)
    if recorded:
        return BotHistory(recorded, _spans_of_record(recorded, step))
    predicted = {} if model_folder is None else _predicted(model_folder, pairs, label)
    if not predicted:
        return BotHistory(notes=(NO_HISTORY,))
    spans = _spans_of_predictions(predicted, step)
    candles = {pair: _with_marked(frame, spans, step) for pair, frame in predicted.items()}
    return BotHistory(candles, spans, (NO_SIGNALS,))


def recorded_pairs(record: Path | None, model_folder: Path | None) -> list[str]:
    """Pairs of which a bot left anything behind, by the names of its files."""
    folders = [record, model_folder / "live_predictions" if model_folder else None]
    files = [path for folder in folders if folder for path in folder.glob("*_*.jsonl")]
    named = {path.stem.replace("_", "/", 1).replace("+", ":") for path in files}
    pickled = {} if model_folder is None else _pickled(model_folder)
    return sorted({*named, *pickled})


def training_stops(registry: Path) -> list[pd.Timestamp]:
    """Ends of all windows that a bot trained on, by its record of decisions; [] without one."""
    found = set()
    for path in registry.glob(f"*/{DECISIONS}"):
        for line in path.read_text().splitlines():
            if match := WINDOW_UNTIL.search(line):
                found.add(pd.Timestamp(match[1], tz="UTC"))
    return sorted(found)


def first_predicted(candles: Mapping[str, pd.DataFrame]) -> pd.Timestamp | None:
    """The first candle of any pair that a model spoke about."""
    dates = [
        frame.loc[frame["model_version"] > 0, "date"]
        for frame in candles.values()
        if "model_version" in frame
    ]
    return min((found.iloc[0] for found in dates if len(found)), default=None)


def identifier_folders(models: Path, identifier: str) -> list[Path]:
    """FreqAI's folders of an identifier whose ending our settings' hash makes, newest first."""
    found = [path for path in models.glob(f"{identifier}*") if path.is_dir()]
    own = [path for path in found if path.name == identifier or path.name[len(identifier)] == "-"]
    return sorted(own, key=lambda path: path.stat().st_mtime, reverse=True)


# --- the live record ------------------------------------------------------------------------------


def _spans_of_record(recorded: dict[str, pd.DataFrame], step: pd.Timedelta) -> tuple[Span, ...]:
    seen = pd.concat([frame[[STARTED, SEEN]] for frame in recorded.values()])
    last = seen.groupby(STARTED, as_index=False)[SEEN].max()
    return tuple((row[STARTED], row[SEEN] + step / 2) for _, row in last.iterrows())


# --- FreqAI's history -----------------------------------------------------------------------------


def _predicted(folder: Path, pairs: list[str], label: str) -> dict[str, pd.DataFrame]:
    """Pair -> rows of candles that were predicted: of our archive, else of FreqAI's pickle."""
    archive = PredictionArchive(folder / "live_predictions")
    pickled = _pickled(folder)
    found = {}
    for pair in pairs:
        rows = archive.read(pair)
        if rows.empty and pair in pickled:
            rows = _really_predicted(pickled[pair])
        if len(rows) and label in rows:
            found[pair] = _as_record(rows, label)
    return found


def _pickled(folder: Path) -> dict[str, pd.DataFrame]:
    """FreqAI's ``historic_predictions.pkl`` of the user's own model folder; {} without."""
    for name in ("historic_predictions.pkl", "historic_predictions.backup.pkl"):
        path = folder / name
        if not path.is_file():
            continue
        try:
            with path.open("rb") as file:
                return dict(cloudpickle.load(file))
        except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, ValueError):
            continue  # a kill while it was written; freqtrade tries its backup, too
    return {}


def _really_predicted(history: pd.DataFrame) -> pd.DataFrame:
    """Without candles that FreqAI filled with zeros: before the start, and while it was down."""
    version = history.get("model_version", history["do_predict"])
    rows = history[version.fillna(0) != 0].copy()
    rows[DATE] = pd.to_datetime(rows[DATE], utc=True)
    return rows.drop_duplicates(DATE, keep="last").sort_values(DATE, ignore_index=True)


def _as_record(rows: pd.DataFrame, label: str) -> pd.DataFrame:
    trusted = rows["do_predict"] == 1
    columns = {
        "date": rows[DATE],
        "do_predict": rows["do_predict"],
        "prediction": rows[label].where(trusted),
        "close": rows.get("close_price"),
        "high": rows.get("high_price"),
        "low": rows.get("low_price"),
    }
    for name, kept in FROM_HISTORY.items():
        if name in rows:
            columns[kept] = rows[name].where(trusted)
    if "model_version" in rows:
        columns["model_version"] = rows["model_version"]
    known = {name: values for name, values in columns.items() if values is not None}
    return pd.DataFrame(known).reset_index(drop=True)


def _spans_of_predictions(
    predicted: dict[str, pd.DataFrame], step: pd.Timedelta
) -> tuple[Span, ...]:
    """Runs of candles without a hole; FreqAI predicts one candle before it begins to keep them."""
    every = pd.concat([frame["date"] for frame in predicted.values()]).drop_duplicates()
    dates = pd.DatetimeIndex(every.sort_values())
    begins = np.flatnonzero(np.r_[True, np.diff(dates) > step.to_timedelta64()])
    ends = np.r_[begins[1:], len(dates)] - 1
    pairs = zip(dates[begins], dates[ends], strict=True)
    return tuple((first, last + 3 * step / 2) for first, last in pairs)


def _with_marked(frame: pd.DataFrame, spans: tuple[Span, ...], step: pd.Timedelta) -> pd.DataFrame:
    """Add the candle that FreqAI marks after each start and does not keep."""
    first, last = frame["date"].iloc[0], frame["date"].iloc[-1]
    marked = [start - step for start, _ in spans if first - step <= start - step <= last]
    rows = pd.DataFrame({"date": pd.DatetimeIndex(marked), "do_predict": 0})
    rows = rows[~rows["date"].isin(frame["date"])]
    whole = pd.concat([frame, rows.astype({"date": frame["date"].dtype})], ignore_index=True)
    return whole.sort_values("date", ignore_index=True)
