"""Freqtrade's strategy base: each hook hands a frame to the package and takes columns back."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from typing import Any

import pandas as pd
from freqtrade.enums import OPTIMIZE_MODES, TRADE_MODES, RunMode

from freqai_regimes.candles import check_candles, refuse_long_gaps
from freqai_regimes.freqtrade_bridge.freqai_hooks import FreqaiHooks, without_workings
from freqai_regimes.freqtrade_bridge.indicator import Indicator
from freqai_regimes.freqtrade_bridge.live_record import LiveRecord
from freqai_regimes.freqtrade_bridge.model_settings import (
    check_features,
    check_learners,
    name_models,
    refuse_short_warm_up,
    without_model,
)
from freqai_regimes.freqtrade_bridge.one_clear_line import one_clear_line
from freqai_regimes.freqtrade_bridge.record import CandleRecord, as_kept
from freqai_regimes.freqtrade_bridge.rest_api import refuse_open_api
from freqai_regimes.freqtrade_bridge.risk_callbacks import RiskCallbacks
from freqai_regimes.freqtrade_bridge.shown_prediction import with_certainty
from freqai_regimes.freqtrade_bridge.socket_candles import socket_cautions
from freqai_regimes.freqtrade_bridge.target_weight import TargetWeight
from freqai_regimes.freqtrade_bridge.trade_signals import TradeSignals
from freqai_regimes.labels.engine import compute_labels
from freqai_regimes.settings import Settings, parse_settings
from freqai_regimes.signal_sets.engine import cautions

logger = logging.getLogger(__name__)


class RegimeStrategyBase(FreqaiHooks, RiskCallbacks):
    """Regime decides the direction, volatility the size; the model may veto or shrink, or trade.

    Subclasses only name themselves: freqtrade loads a class that is defined in the strategy file.
    Settings come from the ``regimes`` section of the configuration.
    """

    INTERFACE_VERSION = 3
    minimal_roi: dict[str, float] = {"0": 100}  # noqa: RUF012 (freqtrade's own declaration)
    stoploss = -0.30
    process_only_new_candles = True
    position_adjustment_enable = True
    max_entry_position_adjustment = -1

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        with one_clear_line():
            if config.get("runmode") in TRADE_MODES:
                refuse_open_api(config)
            self.settings: Settings = parse_settings(config)
            startup = config.get("startup_candle_count") or self.startup_candle_count
            refuse_short_warm_up(self.settings, config["timeframe"], startup, self.model_is_on)
        if not self.model_is_on:
            self.settings = without_model(self.settings, control=not self.uses_model)
        for sentence in (*cautions(self.settings.signal_sets), *socket_cautions(config)):
            logger.warning(sentence)
        with one_clear_line():
            self.prepare_risk()
        self.prepare_hooks()
        self._prepare_frame(config)
        if self.model_is_on:
            with one_clear_line():
                check_features(self.settings, config)
                check_learners(self.settings)
            name_models(self.settings, config, self.regime_rule)

    def _prepare_frame(self, config: dict[str, Any]) -> None:
        """Set up what adds columns to the frame; thresholds are hyperopt's, so they stand here."""
        settings, timeframe = self.settings, config["timeframe"]
        self.can_short = config.get("trading_mode", "spot") != "spot"
        self.indicator = Indicator(settings, timeframe)
        for name, parameter in self.indicator.thresholds().items():
            setattr(self, name, parameter)
        self.target = TargetWeight(settings, timeframe, self.costs, can_short=self.can_short)
        self.signals = TradeSignals(settings, self.indicator.rule, can_short=self.can_short)
        self.record = CandleRecord.open(settings, type(self).__name__, config)
        record = self.record
        self.live_record = None if record is None else LiveRecord(record.folder, record.signals)

    @property
    def plot_config(self) -> dict[str, Any]:
        """What FreqUI and plot-dataframe draw below the price."""
        return {
            "main_plot": {},
            "subplots": {
                "regime": {
                    "regime": {"color": "#666666"},
                    "regime_bull": {"color": "#0072b2"},
                    "regime_bear": {"color": "#d55e00"},
                },
                "weight": {"weight": {"color": "#1f77b4"}},
                "score": {"score": {"color": "#9467bd"}},
                "prediction": {"prediction": {"color": "#ff7f0e"}},
            },
        }

    @property
    def _uses_features(self) -> bool:
        """Whether features are computed at all: for the model, or for ``signal_sets`` without."""
        return self.model_is_on or bool(self.settings.signal_sets)

    # --- freqtrade's hooks -----------------------------------------------------------------------

    def informative_pairs(self) -> list[tuple[str, str, str]]:
        """Candles of the regime's timeframe, where it is not the base one, and of sources."""
        timeframes = self.market_state.timeframes(self.config["timeframe"])
        regime = [(pair, tf, "") for pair in self.dp.current_whitelist() for tf in timeframes]
        regime += self.costs.informative_pairs(self.dp.current_whitelist())
        return regime + (self.sources.informative_pairs() if self._uses_features else [])

    def analyze(self, pairs: list[str]) -> None:
        """Look at the newest candle of all pairs, all with the models that were there before.

        FreqAI's own models, given as ``--freqaimodel``, have no such lock.
        """
        with getattr(self.freqai, "in_use", nullcontext()) if self.model_is_on else nullcontext():
            super().analyze(pairs)

    def populate_indicators(
        self, dataframe: pd.DataFrame, metadata: dict[str, Any]
    ) -> pd.DataFrame:
        """Regime, volatility, prediction and the target weight of each closed candle."""
        pair = metadata["pair"]
        with one_clear_line():
            self._check_candles(dataframe, pair)
            if self.model_is_on:
                dataframe = without_workings(self.freqai.start(dataframe, metadata, self))
            frame = self.target.with_prediction(self._with_market_state(dataframe, pair))
            if self.model_is_on:
                frame = self._with_certainty(frame, pair)
            frame = self.target.with_weight(frame, pair)
            frame = self._with_scores(frame, pair)
            if self.dp.runmode != RunMode.HYPEROPT:
                frame = self._with_rule(frame)
            self.note_inputs(pair, frame)
            if self.record is not None and self.dp.runmode in OPTIMIZE_MODES:
                self._record(self.record, frame, pair)
        return frame

    def populate_entry_trend(
        self, dataframe: pd.DataFrame, metadata: dict[str, Any]
    ) -> pd.DataFrame:
        """Entries where the target weight is large enough, tagged with what speaks for them.

        Hyperopt sets other thresholds and asks again, on columns that were computed once.
        """
        dataframe = self._with_rule(dataframe)
        for name, values in self.signals.entries(dataframe).items():
            dataframe[name] = values
        dataframe["enter_tag"] = self.signals.entry_tags(dataframe)
        return dataframe

    def populate_exit_trend(
        self, dataframe: pd.DataFrame, metadata: dict[str, Any]
    ) -> pd.DataFrame:
        """Exits on a change of regime, a prediction that has turned, or the rule's other side."""
        for name, values in self.signals.exits(dataframe).items():
            dataframe[name] = values
        dataframe["exit_tag"] = self.signals.exit_tags(dataframe)
        if self.live_record is not None and self.dp.runmode in TRADE_MODES:
            self.live_record.append(metadata["pair"], self._as_kept(dataframe))
        self.tell_candle(metadata["pair"], dataframe)
        return dataframe

    # --- the frame -------------------------------------------------------------------------------

    def _check_candles(self, frame: pd.DataFrame, pair: str) -> None:
        timeframe = self.config["timeframe"]
        name = f"{pair} {timeframe}"
        check_candles(frame, name)
        refuse_long_gaps(frame, timeframe, name, self.settings.longest_gap_hours)

    def _with_certainty(self, frame: pd.DataFrame, pair: str) -> pd.DataFrame:
        """Add the interval around each prediction, its probability, and who spoke."""
        labels, name = self.labels.known(pair, frame), self.settings.train_label
        return with_certainty(
            frame, labels.values[name], labels.known_at[name], self.settings.intervals
        )

    def _with_scores(self, frame: pd.DataFrame, pair: str) -> pd.DataFrame:
        """Add what the steps of ``signal_sets`` make."""
        timeframe = self.config["timeframe"]
        return self.indicator.with_scores(
            frame, lambda: self.sources.join(frame, pair, timeframe, self.dp)
        )

    def _with_rule(self, frame: pd.DataFrame) -> pd.DataFrame:
        """With entry ``signal``: what the rule says by its present thresholds, and the weight."""
        if self.indicator.rule is None:
            return frame
        names = self.indicator.thresholds()
        frame = self.indicator.with_rule(frame, {n: getattr(self, n).value for n in names})
        return frame if self.can_short else frame.assign(weight=frame["weight"].clip(lower=0.0))

    def _as_kept(self, frame: pd.DataFrame) -> pd.DataFrame:
        return as_kept(frame, self.settings.train_label, self.config["timeframe"])

    def _record(self, record: CandleRecord, frame: pd.DataFrame, pair: str) -> None:
        outcome = compute_labels(frame, self.settings.label_sets).values[self.settings.train_label]
        decided = self.signals.entries(frame) | self.signals.exits(frame)
        record.write(
            pair,
            self._as_kept(frame).assign(outcome=outcome, **decided),
            self._first_traded(frame),
            self.freqai.window_notes(pair) if self.model_is_on else [],
            self.market_state.notes(),
        )
