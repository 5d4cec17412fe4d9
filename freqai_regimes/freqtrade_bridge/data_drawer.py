"""FreqAI's store of candles, mended where its dates get mixed up."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import numpy.typing as npt
import pandas as pd
import rapidjson
from datasieve.pipeline import Pipeline
from freqtrade.configuration import TimeRange
from freqtrade.exchange import timeframe_to_seconds
from freqtrade.freqai.data_drawer import (
    FEATURE_PIPELINE,
    LABEL_PIPELINE,
    METADATA,
    FreqaiDataDrawer,
)
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen
from freqtrade.strategy import IStrategy

from freqai_regimes.freqtrade_bridge.live_predictions import PredictionArchive
from freqai_regimes.freqtrade_bridge.served_model import ServedModel
from freqai_regimes.model_life.durable_file import write_durably

logger = logging.getLogger(__name__)

#: Rows by which a history may outgrow what is needed before it is cut: cutting copies it.
ROWS_BEYOND = 500


class RegimeDataDrawer(FreqaiDataDrawer):
    """FreqAI's store of candles, with one kind of UTC.

    FreqAI 2026.9 loads history with one UTC object and appends candles that carry another; the
    ``date`` column of a timeframe becomes ``object`` at its first new candle, merges between
    timeframes fail and with them each live training. History whose dates are converted to
    ``datetime.timezone.utc``, which new candles carry, keeps the column a datetime.

    ``load_from`` (epoch seconds) lets expanding windows have candles from before what FreqAI loads.
    """

    load_from: int | None = None

    # --- histories: bounded in memory, complete on disk -------------------------------------------

    @property
    def archive(self) -> PredictionArchive:
        """Every live prediction that was ever made under this identifier."""
        return PredictionArchive(self.full_path / "live_predictions")

    def load_historic_predictions_from_disk(self) -> bool:
        """FreqAI's own loading, then what was predicted after it was last saved."""
        found = bool(super().load_historic_predictions_from_disk())
        whole = self.config.get("freqai_backtest_live_models", False)
        for pair, history in self.historic_predictions.items():
            known = history.iloc[:0] if whole else history
            completed = self.archive.completed(pair, known)
            if len(completed):
                self.historic_predictions[pair] = completed
        return found

    def append_model_predictions(
        self,
        pair: str,
        predictions: pd.DataFrame,
        do_preds: npt.NDArray[np.int_],
        dk: FreqaiDataKitchen,
        strat_df: pd.DataFrame,
    ) -> None:
        """FreqAI's own step; then the row goes to disk, and memory keeps what is looked at."""
        super().append_model_predictions(pair, predictions, do_preds, dk, strat_df)
        history = self.historic_predictions[pair]
        self.archive.append(pair, history.iloc[-1])
        keep = max(len(strat_df), self.freqai_info.get("fit_live_predictions_candles", 0))
        if len(history) > keep + ROWS_BEYOND:
            self.historic_predictions[pair] = history.tail(keep).reset_index(drop=True)

    def update_historic_data(self, strategy: IStrategy, dk: FreqaiDataKitchen) -> None:
        """Append new candles, and drop those that no training window reaches back to."""
        super().update_historic_data(strategy, dk)
        if self.load_from is not None:
            return
        features = self.freqai_info["feature_parameters"]
        longest = max(map(timeframe_to_seconds, features["include_timeframes"]))
        warm_up = 2 * self.config.get("startup_candle_count", 20) * longest  # as FreqAI loads them
        needed = pd.Timedelta(days=self.freqai_info["train_period_days"] + 1, seconds=warm_up)
        with self.history_lock:
            for frames in self.historic_data.values():
                for timeframe, frame in frames.items():
                    old = int(frame["date"].searchsorted(frame["date"].iloc[-1] - needed))
                    if old > ROWS_BEYOND:
                        frames[timeframe] = frame.iloc[old:].reset_index(drop=True)

    # --- candles ----------------------------------------------------------------------------------

    def load_all_pair_histories(self, timerange: TimeRange, dk: FreqaiDataKitchen) -> None:
        """Load the stored candles of every pair and timeframe, their dates in one kind of UTC."""
        if self.load_from is not None:
            timerange.startts = min(timerange.startts, self.load_from)
        super().load_all_pair_histories(timerange, dk)
        for frames in self.historic_data.values():
            for frame in frames.values():
                frame["date"] = frame["date"].dt.tz_convert(UTC)

    # --- models -----------------------------------------------------------------------------------

    def take_over(self, pair: str, served: ServedModel) -> None:
        """Let a champion of the registry predict a pair, without FreqAI's own files."""
        if self.model_dictionary.get(pair) is served:
            return
        info = self.pair_dict[pair]
        info["model_filename"] = info["model_filename"] or "in the registry"
        info["data_path"] = info["data_path"] or str(self.full_path)
        told = {**served.told, "extra_returns_per_train": {}}
        self.meta_data_dictionary[pair] = {
            METADATA: told,
            FEATURE_PIPELINE: Pipeline([]),
            LABEL_PIPELINE: Pipeline([]),
        }
        self.model_dictionary[pair] = served

    def stamp(self, pairs: Sequence[str], trained: int) -> None:
        """Set the moment of the pairs' last training (epoch seconds), from which FreqAI counts."""
        for pair in pairs:
            self.get_pair_dict_info(pair)
            self.pair_dict[pair]["trained_timestamp"] = trained

    def load_data(self, coin: str, dk: FreqaiDataKitchen) -> Any:
        """FreqAI's own loading; files that a kill left half written mean a training, no error."""
        try:
            return super().load_data(coin, dk)
        except Exception as error:  # whatever a damaged pickle raises
            if not dk.live:
                raise
            words = " ".join(str(error).split())
            logger.error("The model files of %s cannot be read (%s): training again.", coin, words)
            self.pair_dict[coin] = self.empty_pair_dict.copy()
            return None

    # --- files that are replaced as a whole -------------------------------------------------------

    def save_drawer_to_disk(self) -> None:
        """FreqAI's list of models."""
        with self.save_lock:
            self._write(self.pair_dictionary_path, self.pair_dict)

    def save_global_metadata_to_disk(self, metadata: dict[str, Any]) -> None:
        """FreqAI's note of when it started."""
        with self.save_lock:
            self._write(self.global_metadata_path, metadata)

    def save_historic_predictions_to_disk(self) -> None:
        """What was predicted live; a backup is no longer needed, but FreqAI looks for one."""
        write_durably(self.historic_predictions_path, cloudpickle.dumps(self.historic_predictions))

    def _write(self, path: Path, content: object) -> None:
        text = rapidjson.dumps(content, default=self.np_encoder, number_mode=rapidjson.NM_NATIVE)
        write_durably(path, text.encode())
