"""FreqAI's model base, mended where it fails in silence; one self-contained model a window."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from freqtrade.configuration import TimeRange
from freqtrade.exceptions import OperationalException
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen
from freqtrade.freqai.freqai_interface import IFreqaiModel
from freqtrade.strategy import IStrategy

from freqai_regimes.experts import RegimeExperts
from freqai_regimes.freqtrade_bridge.backtest_candles import BacktestCandles
from freqai_regimes.freqtrade_bridge.cadence import retrain_in_whole_candles
from freqai_regimes.freqtrade_bridge.data_drawer import RegimeDataDrawer
from freqai_regimes.freqtrade_bridge.data_kitchen import RegimeDataKitchen
from freqai_regimes.freqtrade_bridge.fitted_window import FittedWindow
from freqai_regimes.freqtrade_bridge.live_training import last_candle_has_come, train_live
from freqai_regimes.freqtrade_bridge.longer_history import (
    LongerHistory,
    first_needed,
    lengthen_history,
)
from freqai_regimes.freqtrade_bridge.market_sources import MarketSources
from freqai_regimes.freqtrade_bridge.model_life import ModelLife
from freqai_regimes.freqtrade_bridge.model_watch import ModelWatch
from freqai_regimes.freqtrade_bridge.pooled_training import Pools
from freqai_regimes.freqtrade_bridge.refused_config import refuse_config
from freqai_regimes.freqtrade_bridge.served_model import ServedModel
from freqai_regimes.freqtrade_bridge.walk_forward import WalkForward
from freqai_regimes.freqtrade_bridge.window_fit import TrainingRows, fit_rows, predict_frame
from freqai_regimes.freqtrade_bridge.window_log import WindowLog, candles_fingerprint
from freqai_regimes.model_life.registry import ROOT
from freqai_regimes.settings import Settings, parse_settings
from freqai_regimes.windows.span import TrainingSpan, training_span

logger = logging.getLogger(__name__)


class RegimeModelBase(IFreqaiModel):
    """Trains one ``RegimeExperts`` a window and pool, and lets no failed window pass unseen."""

    def __init__(self, config: dict[str, Any], **kwargs: Any) -> None:
        refuse_config(config)
        retrain_in_whole_candles(config)
        super().__init__(config=config, **kwargs)
        self.dd = RegimeDataDrawer(Path(self.full_path), self.config)
        self.settings: Settings = parse_settings(config)
        self.pools = Pools(config, self.settings.windows)
        root = Path(config["user_data_dir"]) / ROOT / self.identifier
        self.life = ModelLife(self.settings, root, self.base_tf_seconds)
        self.watch = ModelWatch(self)
        self.window_log = WindowLog(self.full_path / "backtesting_predictions")
        self.live = False
        self._stops: dict[str, list[int]] = {}
        self._served: dict[tuple[str, ...], set[str]] = {}
        self._failed_stop: dict[str, int] = {}
        self.in_use = threading.RLock()  # held in a look: new models take over between two

    def start(
        self, dataframe: pd.DataFrame, metadata: dict[str, Any], strategy: IStrategy
    ) -> pd.DataFrame:
        """FreqAI's own entry, after making sure that expanding windows have their history."""
        windows = self.settings.windows
        if windows.span == "expanding" and not isinstance(strategy.dp, LongerHistory):
            lengthen_history(strategy, self.settings, self.dd)
        answer: pd.DataFrame = super().start(dataframe, metadata, strategy)
        return answer

    # --- the fit and the prediction -------------------------------------------------------------

    def span(self, window: TimeRange) -> TrainingSpan:
        """Candles whose rows train the model of FreqAI's window."""
        days = self.freqai_info["train_period_days"]
        whole = training_span(self.settings.windows, days, window.stopts)
        edge = self.ft_params.get("buffer_train_data_candles", 0) * self.base_tf_seconds
        return TrainingSpan(whole.start + edge, whole.stop - edge)

    def fit_rows(self, rows: TrainingRows) -> RegimeExperts:
        """Fit pooled model and experts on a window's rows; called from several threads at once."""
        return fit_rows(rows, self.settings, self.model_training_parameters)

    def hand_over(
        self, fitted: FittedWindow, champion: Callable[[], RegimeExperts | None]
    ) -> ServedModel:
        """What FreqAI gets for a window: every fitted bundle passes here, in backtest and live.

        Called once a window and pool, in the order of time, whatever the order of the fits.

        Parameters
        ----------
        fitted : the candidate, its pairs, its rows and the end of its window.
        champion : in a backtest, finds what has predicted until now (None before the first that
            may be trusted); live, the registry knows it.

        Returns
        -------
        The candidate if the gate lets it in, else the champion; without one, untrusted.
        """
        if self.live:
            return self.life.admit_live(fitted)
        served = self.life.admit(fitted, champion)
        if self.save_backtest_models:
            self.life.keep_backtested(fitted, served)
        return served

    def predictions_of(
        self, served: ServedModel, frame: pd.DataFrame, dk: FreqaiDataKitchen
    ) -> tuple[pd.DataFrame, npt.NDArray[np.int_]]:
        """Predictions for candles of the kitchen's pair, and which may be trusted."""
        predicted, rows = predict_frame(served.bundle, self.pools.renamed(frame, dk.pair), dk)
        if not served.trusted:
            rows = dk.do_predict = np.zeros_like(rows)
        return predicted, rows

    def predict(
        self, unfiltered_df: pd.DataFrame, dk: FreqaiDataKitchen, **kwargs: Any
    ) -> tuple[pd.DataFrame, npt.NDArray[np.int_]]:
        """The label's prediction and ``MODEL_COLUMNS``; ``do_predict`` 0 where a feature is NaN."""
        return self.predictions_of(self.model, unfiltered_df, dk)

    def train(
        self, unfiltered_df: pd.DataFrame, pair: str, dk: FreqaiDataKitchen, **kwargs: Any
    ) -> Any:
        """Not used: windows are fitted for all pairs of a pool (the host demands the method)."""
        raise OperationalException("RegimeModelBase trains pools; train() is never called.")

    def fit(self, data_dictionary: dict[str, Any], dk: FreqaiDataKitchen, **kwargs: Any) -> Any:
        """Not used either."""
        raise OperationalException("RegimeModelBase trains pools; fit() is never called.")

    # --- backtest: no stale prediction, no failed window ------------------------------------------

    def start_backtesting(
        self,
        dataframe: pd.DataFrame,
        metadata: dict[str, Any],
        dk: FreqaiDataKitchen,
        strategy: IStrategy,
    ) -> FreqaiDataKitchen:
        """Train and predict the windows of the pair's pool, once for all its pairs."""
        pair = metadata["pair"]
        pool = self.pools.of(pair)
        self.pair_it += 1
        first = int(dk.training_timeranges[0].startts)
        candles = BacktestCandles(strategy.dp, self.config, pair, dataframe, first)
        walk = WalkForward(self, strategy, pool, candles, dk)
        if pair in self._served.get(pool, {pair}):  # the pool's first pair, or a second run
            walk.refuse_too_little_history()
            frames = [candles.of(*source) for source in self._candle_sources(pool)]
            others = self._source_frames(pool, dataframe["date"].iloc[-1], strategy)
            fingerprint = candles_fingerprint([*frames, *others])
            if self.settings.life.gate.enabled:  # who is champion depends on who came before
                fingerprint += f" from {dk.training_timeranges[0].stopts}"
            for each in pool:
                self.window_log.refresh(each, fingerprint)
            walk.run(len(self._served.keys() | {pool}))
            self._served[pool] = set()
        self._served[pool].add(pair)
        self._stops[pair] = [int(window.stopts) for window in dk.training_timeranges]
        dk.full_df = walk.predictions(pair)
        self.backtesting_fit_live_predictions(dk)
        dk.fill_predictions(dataframe)
        return dk

    def _candle_sources(self, pairs: tuple[str, ...]) -> list[tuple[str, str]]:
        """Pairs and timeframes that the pairs' predictions are made from."""
        base, regime = self.config["timeframe"], self.settings.regime
        features = [base, *self.ft_params["include_timeframes"]]
        wanted = [*features, regime.timeframe, *filter(None, [regime.resample_from])]
        sources = {(pair, timeframe) for pair in pairs for timeframe in wanted}
        for other in self.ft_params.get("include_corr_pairlist", []):
            sources |= {(other, timeframe) for timeframe in features}
        return sorted(sources)

    def _source_frames(
        self, pairs: tuple[str, ...], last: pd.Timestamp, strategy: IStrategy
    ) -> list[pd.DataFrame]:
        """What was known of the entries of ``sources`` when the last candle had closed."""
        close = last + pd.Timedelta(seconds=self.base_tf_seconds)
        sources: MarketSources = strategy.sources
        wanted = dict.fromkeys([*pairs, *self.ft_params.get("include_corr_pairlist", [])])
        return [f for pair in wanted for f in sources.frames(pair, strategy.dp, close)]

    def window_notes(self, pair: str) -> list[dict[str, Any]]:
        """What each training window of the pair had and did, in time order (backtest only)."""
        return self.window_log.read(pair, self._stops.get(pair, []))

    # --- live: windows on candle boundaries, one try a candle -------------------------------------

    def start_live(
        self,
        dataframe: pd.DataFrame,
        metadata: dict[str, Any],
        strategy: IStrategy,
        dk: FreqaiDataKitchen,
    ) -> FreqaiDataKitchen:
        """FreqAI's own step; a pair off the whitelist, with a trade open, gets no prediction."""
        self.dk = dk = RegimeDataKitchen(self.config, True, metadata["pair"])
        if metadata["pair"] not in dk.all_pairs:
            frame = dk.use_strategy_to_populate_indicators(
                strategy, prediction_dataframe=dataframe, pair=metadata["pair"]
            )
            self.dd.return_null_values_to_strategy(frame, dk)
            return dk
        if metadata["pair"] not in self.train_queue:  # it was off the whitelist (/blacklist)
            self.train_queue.append(metadata["pair"])
        champion = self.life.serving(self.pools.of(metadata["pair"])).champion
        if champion is not None:
            self.dd.take_over(metadata["pair"], champion)
        return super().start_live(dataframe, metadata, strategy, dk)

    def build_strategy_return_arrays(
        self, dataframe: pd.DataFrame, dk: FreqaiDataKitchen, pair: str, trained_timestamp: int
    ) -> None:
        """FreqAI's own step, then a look at the model; a look that fails changes nothing."""
        super().build_strategy_return_arrays(dataframe, dk, pair, trained_timestamp)
        try:
            self.watch.look(pair, dataframe)
        except Exception as error:
            logger.exception("The model of %s cannot be watched.", pair)
            self.life.alarm((pair,), f"cannot be watched: {' '.join(str(error).split())}")

    def train_next(self, pair: str) -> None:
        """Put a pair first in FreqAI's queue."""
        if pair in self.train_queue:
            self.train_queue.remove(pair)
        self.train_queue.appendleft(pair)

    def extract_data_and_train_model(
        self,
        new_trained_timerange: TimeRange,
        pair: str,
        strategy: IStrategy,
        dk: FreqaiDataKitchen,
        data_load_timerange: TimeRange,
    ) -> None:
        """Train the pair's pool on a window that ends where the last closed candle did.

        The backtest's windows end there too. A training that fails leaves the old model in place
        and is tried again at the next candle (FreqAI would try again every second).
        """
        for timerange in (new_trained_timerange, data_load_timerange):
            timerange.startts -= timerange.startts % self.base_tf_seconds
            timerange.stopts -= timerange.stopts % self.base_tf_seconds
        stop = new_trained_timerange.stopts
        first = first_needed(self.config, self.settings.windows, stop)
        data_load_timerange.startts = min(data_load_timerange.startts, first)
        if self._failed_stop.get(pair) == stop:
            return
        pool = self.pools.of(pair)
        if self.life.is_pinned(pool):
            self.life.note(pool, "pin", "not trained: the champion is pinned")
            self.dd.stamp(pool, stop)
            return
        if not last_candle_has_come(self, pool, stop):
            return
        try:
            train_live(self, strategy, pool, new_trained_timerange, data_load_timerange)
        except Exception as error:
            self._failed_stop |= dict.fromkeys(pool, stop)
            words = " ".join(str(error).split())
            self.life.alarm(pool, f"training failed, the old model goes on: {words}")
            raise
