"""FreqAI's model base, mended where it fails in silence; one self-contained model a window."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from freqtrade.configuration import TimeRange
from freqtrade.exceptions import OperationalException
from freqtrade.exchange import timeframe_to_seconds
from freqtrade.freqai.data_drawer import FreqaiDataDrawer
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen
from freqtrade.freqai.freqai_interface import IFreqaiModel
from freqtrade.strategy import IStrategy

from freqai_regimes.experts import RegimeExperts
from freqai_regimes.freqtrade_bridge.window_fit import (
    fit_rows,
    predict_frame,
    tell_freqai,
    training_rows,
)
from freqai_regimes.freqtrade_bridge.window_log import WindowLog, candles_fingerprint
from freqai_regimes.settings import Settings, parse_settings

logger = logging.getLogger(__name__)

SECONDS_PER_DAY = 86400
#: FreqAI options that would leak, or that belong to pipelines this model does not have.
REFUSED_FEATURE_PARAMETERS = {
    "shuffle_after_split": "it mixes past and future",
    "reverse_train_test_order": "it trains on the future of its validation rows",
    "principal_component_analysis": "the model keeps its features by name",
    "use_SVM_to_remove_outliers": "outlier removal reorders rows",
    "use_DBSCAN_to_remove_outliers": "outlier removal reorders rows",
    "DI_threshold": "the model has no dissimilarity index",
    "noise_standard_deviation": "it makes runs differ",
}


class RegimeDataDrawer(FreqaiDataDrawer):
    """FreqAI's store of candles, with one kind of UTC.

    FreqAI 2026.9 loads history with one UTC object and appends candles that carry another; the
    ``date`` column of a timeframe becomes ``object`` at its first new candle, merges between
    timeframes fail and with them each live training. History whose dates are converted to
    ``datetime.timezone.utc``, which new candles carry, keeps the column a datetime.
    """

    def load_all_pair_histories(self, timerange: TimeRange, dk: FreqaiDataKitchen) -> None:
        """Load the stored candles of every pair and timeframe, their dates in one kind of UTC."""
        super().load_all_pair_histories(timerange, dk)
        for frames in self.historic_data.values():
            for frame in frames.values():
                frame["date"] = frame["date"].dt.tz_convert(UTC)


class RegimeModelBase(IFreqaiModel):
    """Trains one ``RegimeExperts`` per window and pair, and lets no failed window pass unseen."""

    def __init__(self, config: dict[str, Any], **kwargs: Any) -> None:
        refuse_config(config)
        super().__init__(config=config, **kwargs)
        self.dd = RegimeDataDrawer(Path(self.full_path), self.config)
        self.settings: Settings = parse_settings(config)
        self.window_log = WindowLog(self.full_path / "backtesting_predictions")
        self._failure = ""
        self._stops: dict[str, list[int]] = {}
        self._failed_stop: dict[str, int] = {}
        self._window_stop: dict[str, int] = {}

    # --- the fit and the prediction -------------------------------------------------------------

    def train(
        self, unfiltered_df: pd.DataFrame, pair: str, dk: FreqaiDataKitchen, **kwargs: Any
    ) -> RegimeExperts:
        """Fit pooled model and experts on one window (rows whose label was known inside it)."""
        try:
            return self._fit_window(unfiltered_df, dk)
        except Exception as error:
            words = " ".join(str(error).split())
            self._failure = f"{type(error).__name__}: {words}"
            raise

    def _fit_window(self, frame: pd.DataFrame, dk: FreqaiDataKitchen) -> RegimeExperts:
        rows = training_rows(frame, dk, self._window_stop.get(dk.pair) if dk.live else None)
        bundle = fit_rows(rows, self.settings, self.model_training_parameters)
        tell_freqai(dk, rows)
        if not dk.live:
            self.window_log.write_fit(dk.model_filename, bundle.report)
        return bundle

    def predict(
        self, unfiltered_df: pd.DataFrame, dk: FreqaiDataKitchen, **kwargs: Any
    ) -> tuple[pd.DataFrame, npt.NDArray[np.int_]]:
        """The label's prediction and ``MODEL_COLUMNS``; ``do_predict`` 0 where a feature is NaN."""
        return predict_frame(self.model, unfiltered_df, dk)

    def fit(self, data_dictionary: dict[str, Any], dk: FreqaiDataKitchen, **kwargs: Any) -> Any:
        """Not used: ``train`` fits the whole bundle at once (the host demands the method)."""
        raise OperationalException("RegimeModelBase trains in train(); fit() is never called.")

    # --- backtest: no stale prediction, no failed window ------------------------------------------

    def start_backtesting(
        self,
        dataframe: pd.DataFrame,
        metadata: dict[str, Any],
        dk: FreqaiDataKitchen,
        strategy: IStrategy,
    ) -> FreqaiDataKitchen:
        """FreqAI's own loop, after dropping predictions that were made from other candles."""
        pair = metadata["pair"]
        begins, needed = dataframe["date"].iloc[0], dk.training_timeranges[0].startdt
        if begins > needed:
            raise OperationalException(
                f"Too little history of {pair}: its candles begin on {begins:%Y-%m-%d %H:%M}, the "
                f"first training window on {needed:%Y-%m-%d %H:%M}. Load candles from before that, "
                "begin the timerange later, or lower freqai.train_period_days."
            )
        sources = self._candle_sources(pair)
        fingerprint = candles_fingerprint(
            [dataframe, *(strategy.dp.get_pair_dataframe(*source) for source in sources)]
        )
        self.window_log.refresh(pair, fingerprint)
        self._stops[pair] = [int(window.stopts) for window in dk.training_timeranges]
        return super().start_backtesting(dataframe, metadata, dk, strategy)

    def _candle_sources(self, pair: str) -> list[tuple[str, str]]:
        """Pairs and timeframes that predictions are made from, beside the pair's base candles."""
        base, regime = self.config["timeframe"], self.settings.regime
        features = [base, *self.ft_params["include_timeframes"]]
        wanted = [*features, regime.timeframe, *filter(None, [regime.resample_from])]
        sources = {(pair, timeframe) for timeframe in wanted}
        for other in self.ft_params.get("include_corr_pairlist", []):
            sources |= {(other, timeframe) for timeframe in features}
        return sorted(sources - {(pair, base)})

    def window_notes(self, pair: str) -> list[dict[str, Any]]:
        """What each training window of the pair had and did, in time order (backtest only)."""
        return self.window_log.read(pair, self._stops.get(pair, []))

    def _append_null_backtesting_predictions(
        self, dk: FreqaiDataKitchen, dataframe_backtest: pd.DataFrame
    ) -> None:
        """Called by FreqAI for a window whose training failed: stop, or count it and go on."""
        begins = dataframe_backtest["date"].iloc[0]
        if self.settings.on_failed_window == "stop":
            raise OperationalException(
                f"Training of {dk.pair} for the window from {begins:%Y-%m-%d %H:%M} failed: "
                f"{self._failure} (To count failed windows and go on without a prediction, set "
                'regimes.on_failed_window to "count".)'
            )
        super()._append_null_backtesting_predictions(dk, dataframe_backtest)
        dk.backtesting_results_path.unlink()
        self.window_log.write_failure(dk.model_filename, f"from {begins}: {self._failure}")

    # --- live: windows on candle boundaries, one try a candle -------------------------------------

    def start_live(
        self,
        dataframe: pd.DataFrame,
        metadata: dict[str, Any],
        strategy: IStrategy,
        dk: FreqaiDataKitchen,
    ) -> FreqaiDataKitchen:
        """FreqAI's own step; a pair off the whitelist, with a trade open, gets no prediction."""
        if metadata["pair"] not in dk.all_pairs:
            frame = dk.use_strategy_to_populate_indicators(
                strategy, prediction_dataframe=dataframe, pair=metadata["pair"]
            )
            self.dd.return_null_values_to_strategy(frame, dk)
            return dk
        if metadata["pair"] not in self.train_queue:  # it was off the whitelist (/blacklist)
            self.train_queue.append(metadata["pair"])
        return super().start_live(dataframe, metadata, strategy, dk)

    def extract_data_and_train_model(
        self,
        new_trained_timerange: TimeRange,
        pair: str,
        strategy: IStrategy,
        dk: FreqaiDataKitchen,
        data_load_timerange: TimeRange,
    ) -> None:
        """Train on a window that ends where the last closed candle did, as the backtest does.

        A training that fails leaves the old model in place and is tried again at the next candle
        (FreqAI would try again every second).
        """
        for timerange in (new_trained_timerange, data_load_timerange):
            timerange.startts -= timerange.startts % self.base_tf_seconds
            timerange.stopts -= timerange.stopts % self.base_tf_seconds
        stop = new_trained_timerange.stopts
        if self._failed_stop.get(pair) == stop:
            return
        self._window_stop[pair] = stop
        try:
            super().extract_data_and_train_model(
                new_trained_timerange, pair, strategy, dk, data_load_timerange
            )
        except Exception:
            self._failed_stop[pair] = stop
            raise


def refuse_config(config: dict[str, Any]) -> None:
    """Refuse FreqAI settings that leak, that this model lacks, or that cut candles in two.

    Raises
    ------
    OperationalException
        One line: the setting, what was got, what is allowed.
    """
    freqai = config["freqai"]
    for name, why in REFUSED_FEATURE_PARAMETERS.items():
        if freqai["feature_parameters"].get(name):
            raise OperationalException(
                f"freqai.feature_parameters.{name} cannot be used here: {why}. Remove it."
            )
    if freqai.get("data_split_parameters", {}).get("shuffle"):
        raise OperationalException(
            "freqai.data_split_parameters.shuffle mixes past and future. Set it to false."
        )
    if freqai.get("continual_learning"):
        raise OperationalException(
            "freqai.continual_learning trains on what later validates. Set it to false."
        )
    window = int(freqai["backtest_period_days"] * SECONDS_PER_DAY)
    candle = timeframe_to_seconds(config["timeframe"])
    if window <= 0 or window % candle:
        raise OperationalException(
            f"freqai.backtest_period_days {freqai['backtest_period_days']} is {window} seconds, "
            f"not a whole number of {config['timeframe']} candles ({candle} s). Use "
            f"{max(1, round(window / candle)) * candle / SECONDS_PER_DAY + 1e-7:.7f} or another "
            "multiple."
        )
    _refuse_changing_pairs(config)
    coins = Counter(pair.split("/")[0] for pair in config["exchange"]["pair_whitelist"])
    twice = sorted(coin for coin, count in coins.items() if count > 1)
    if twice:
        raise OperationalException(
            f"Several pairs of {', '.join(twice)} in the whitelist: FreqAI keeps models by coin, "
            "they would overwrite each other. Keep one pair a coin."
        )


def _refuse_changing_pairs(config: dict[str, Any]) -> None:
    """Refuse pair lists of which FreqAI would train nothing, without a word."""
    method = config.get("pairlists", [{"method": "StaticPairList"}])[0]["method"]
    if method != "StaticPairList":
        raise OperationalException(
            f"The pair list {method} changes its pairs, FreqAI trains fixed ones. Put "
            "StaticPairList first in 'pairlists' (filters may follow), or set freqai.enabled to "
            "false."
        )
    for pair in config["exchange"]["pair_whitelist"]:
        if set(pair) & set("*?[](){}|^$+\\"):
            raise OperationalException(
                f"{pair!r} in the whitelist is a pattern, FreqAI trains pairs by name. Write each "
                "pair out, or set freqai.enabled to false."
            )
