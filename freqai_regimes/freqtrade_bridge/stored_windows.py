"""The windows of a backtest whose predictions are on the disk, where FreqAI keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from freqtrade.configuration import TimeRange

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
    """

    def __init__(self, config: dict[str, Any], candles: Mapping[str, pd.DataFrame]) -> None:
        self._candles = candles
        self._kitchens = {pair: RegimeDataKitchen(config, False, pair) for pair in candles}
        self._known: dict[tuple[str, int], pd.DataFrame] = {}

    def kitchen(self, pair: str, window: TrainingWindow | None = None) -> RegimeDataKitchen:
        """The pair's kitchen, told which window it is about."""
        kitchen = self._kitchens[pair]
        if window is not None:
            kitchen.set_paths(pair, window.stop)
            kitchen.set_new_model_names(pair, window.stop)
        return kitchen

    def is_finished(self, window: TrainingWindow) -> bool:
        """Whether all its pairs have their predictions."""
        return all(self.read(pair, window) is not None for pair in self._candles)

    def read(self, pair: str, window: TrainingWindow) -> pd.DataFrame | None:
        """Predictions of all candles of a pair in the window; None if they are not there."""
        if (pair, window.number) in self._known:
            return self._known[pair, window.number]
        dates = between(self._candles[pair], window.predicted)["date"]
        if dates.empty:
            return pd.DataFrame({"date": dates})
        path = self._path(pair, window)
        if not path.is_file():
            return None
        found = pd.read_feather(path)
        if len(found) != len(dates) or "date" not in found:
            return None
        return self._known.setdefault((pair, window.number), found)

    def write(self, pair: str, window: TrainingWindow, predictions: pd.DataFrame) -> None:
        """Keep them."""
        with replaced_whole(self._path(pair, window)) as partial:
            predictions.to_feather(partial)
        self._known[pair, window.number] = predictions

    def all_of(self, pair: str, windows: list[TrainingWindow]) -> pd.DataFrame:
        """Predictions of the pair's candles in all windows; zeros where a window failed."""
        parts = []
        for window in windows:
            found = self.read(pair, window)
            if found is None:
                dates = between(self._candles[pair], window.predicted)["date"]
                found = pd.DataFrame({"date": dates, "do_predict": 0})
            if len(found):
                parts.append(found)
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"date": []})

    def _path(self, pair: str, window: TrainingWindow) -> Path:
        kitchen = self._kitchens[pair]
        kitchen.set_new_model_names(pair, window.stop)
        folder = kitchen.full_path / kitchen.backtest_predictions_folder
        return Path(folder / f"{kitchen.model_filename}_prediction.feather")


def between(frame: pd.DataFrame, span: TimeRange) -> pd.DataFrame:
    """Candles that open in ``[start, stop)``; dates rise."""
    dates = frame["date"].array
    begins, ends = (
        int(dates.searchsorted(pd.Timestamp(moment, unit="s", tz="UTC")))
        for moment in (span.startts, span.stopts)
    )
    return frame.iloc[begins:ends]
