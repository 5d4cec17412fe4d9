"""The windows of a backtest whose predictions are on the disk, where FreqAI keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from freqtrade.configuration import TimeRange

from freqai_regimes.candles import nanoseconds
from freqai_regimes.freqtrade_bridge.data_kitchen import RegimeDataKitchen
from freqai_regimes.freqtrade_bridge.window_log import replaced_whole


@dataclass(frozen=True)
class TrainingWindow:
    """What FreqAI plans: a range to train on and the range that is predicted after it.

    Attributes
    ----------
    number : place among all windows of the backtest, from 0.
    stop : end of the training range, epoch seconds.
    """

    number: int
    stop: int
    train: TimeRange
    predicted: TimeRange


class StoredWindows:
    """Predictions by pair and window, one file each, written whole or not at all.

    A file is read once, and not at all where it was written here.

    Parameters
    ----------
    candles : by pair, of the base timeframe; dates rise.
    windows : of the backtest, by their number.
    """

    def __init__(
        self,
        config: dict[str, Any],
        candles: Mapping[str, pd.DataFrame],
        windows: Sequence[TrainingWindow],
    ) -> None:
        self._dates = {pair: frame["date"] for pair, frame in candles.items()}
        self._rows = {pair: _predicted_rows(dates, windows) for pair, dates in self._dates.items()}
        self._kitchens = {pair: RegimeDataKitchen(config, False, pair) for pair in candles}
        self._known: dict[tuple[str, int], pd.DataFrame] = {}

    def kitchen(self, pair: str, window: TrainingWindow | None = None) -> RegimeDataKitchen:
        """The pair's kitchen, told which window it is about."""
        kitchen = self._kitchens[pair]
        if window is not None:
            kitchen.set_new_model_names(pair, window.stop)
        return kitchen

    def rows(self, pair: str, window: TrainingWindow) -> slice:
        """Which of the pair's candles the window predicts, by their place."""
        return self._rows[pair][window.number]

    def is_finished(self, window: TrainingWindow) -> bool:
        """Whether all its pairs have their predictions."""
        return all(self.read(pair, window) is not None for pair in self._dates)

    def read(self, pair: str, window: TrainingWindow) -> pd.DataFrame | None:
        """Predictions of all candles of a pair in the window; None if they are not there."""
        if (pair, window.number) in self._known:
            return self._known[pair, window.number]
        rows = self.rows(pair, window)
        if rows.start == rows.stop:
            return pd.DataFrame({"date": self._dates[pair].iloc[rows]})
        path = self._path(pair, window)
        if not path.is_file():
            return None
        found = pd.read_feather(path)
        if len(found) != rows.stop - rows.start or "date" not in found:
            return None
        return self._known.setdefault((pair, window.number), found)

    def write(self, pair: str, window: TrainingWindow, predictions: pd.DataFrame) -> None:
        """Keep them."""
        with replaced_whole(self._path(pair, window)) as partial:
            _write_feather(predictions, partial)
        self._known[pair, window.number] = predictions

    def all_of(self, pair: str, windows: list[TrainingWindow]) -> pd.DataFrame:
        """Predictions of the pair's candles in all windows; zeros where a window failed."""
        parts = []
        for window in windows:
            found = self.read(pair, window)
            if found is None:
                dates = self._dates[pair].iloc[self.rows(pair, window)]
                found = pd.DataFrame({"date": dates, "do_predict": 0})
            if len(found):
                parts.append(found)
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"date": []})

    def _path(self, pair: str, window: TrainingWindow) -> Path:
        kitchen = self._kitchens[pair]
        kitchen.set_new_model_names(pair, window.stop)
        folder = kitchen.full_path / kitchen.backtest_predictions_folder
        return Path(folder / f"{kitchen.model_filename}_prediction.feather")


def _predicted_rows(dates: pd.Series, windows: Sequence[TrainingWindow]) -> list[slice]:
    """Places of the candles that open in ``[start, stop)`` of each window's predicted range."""
    spans = [(window.predicted.startts, window.predicted.stopts) for window in windows]
    ends = np.array(spans, dtype=np.int64) * 1_000_000_000
    return [slice(*places) for places in nanoseconds(dates).searchsorted(ends).tolist()]


def _write_feather(frame: pd.DataFrame, path: Path) -> None:
    """Write what ``to_feather`` does but its description of the frame: in half of its time."""
    batch = pa.record_batch({str(name): frame[name] for name in frame})
    packed = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    content = pa.BufferOutputStream()
    with pa.ipc.new_file(content, batch.schema, options=packed) as writer:
        writer.write_batch(batch)
    path.write_bytes(content.getvalue())
