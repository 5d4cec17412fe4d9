"""Freqtrade's strategy base: each hook hands a frame to the package and takes columns back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import pandas as pd
from freqtrade.configuration import TimeRange
from freqtrade.enums import OPTIMIZE_MODES, TRADE_MODES, RunMode
from freqtrade.exceptions import OperationalException

from freqai_regimes.candles import check_candles, refuse_long_gaps
from freqai_regimes.errors import RegimesError
from freqai_regimes.features.engine import (
    TRAINED,
    generate_features,
)
from freqai_regimes.features.volatility import ewma_volatility, periods_per_year
from freqai_regimes.freqtrade_bridge.indicator import Indicator
from freqai_regimes.freqtrade_bridge.label_store import LabelStore
from freqai_regimes.freqtrade_bridge.last_answer import LastAnswer
from freqai_regimes.freqtrade_bridge.live_record import LiveRecord
from freqai_regimes.freqtrade_bridge.market_sources import MarketSources
from freqai_regimes.freqtrade_bridge.market_state import MarketState
from freqai_regimes.freqtrade_bridge.model_settings import (
    check_features,
    check_learners,
    name_models,
    refuse_short_warm_up,
    without_model,
)
from freqai_regimes.freqtrade_bridge.record import CandleRecord
from freqai_regimes.freqtrade_bridge.rest_api import refuse_open_api
from freqai_regimes.freqtrade_bridge.risk_callbacks import RiskCallbacks
from freqai_regimes.freqtrade_bridge.shown_prediction import with_certainty
from freqai_regimes.freqtrade_bridge.socket_candles import socket_cautions
from freqai_regimes.freqtrade_bridge.target_weight import LABEL, TargetWeight
from freqai_regimes.freqtrade_bridge.window_fit import (
    FURTHER,
    FURTHER_KNOWN_AT,
    FURTHER_LABEL,
)
from freqai_regimes.labels.engine import compute_labels
from freqai_regimes.regimes.probabilities import REGIME_COLUMNS
from freqai_regimes.regimes.rule import regime_of
from freqai_regimes.settings import Settings, parse_settings
from freqai_regimes.signal_sets.engine import cautions, made_by
from freqai_regimes.signals import (
    entries,
    entry_tags,
    exits,
    signal_exits,
)

logger = logging.getLogger(__name__)

#: First words of freqtrade's exit reason, by what decides.
EXIT_TAGS = {"regime": "regime", "edge": "reversal", "signal": "signal"}
#: Columns that the hooks of FreqAI add and the strategy computes again from the whole frame.
WORKINGS = (*REGIME_COLUMNS, "volatility", "known_at")


@contextmanager
def one_clear_line() -> Iterator[None]:
    """Turn this package's errors into the kind that freqtrade shows as one line."""
    try:
        yield
    except RegimesError as error:
        raise OperationalException(str(error)) from error


class RegimeStrategyBase(RiskCallbacks):
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
        self.can_short = config.get("trading_mode", "spot") != "spot"
        self.indicator = Indicator(self.settings, config["timeframe"])
        for name, parameter in self.indicator.thresholds().items():
            setattr(self, name, parameter)
        for sentence in (*cautions(self.settings.signal_sets), *socket_cautions(config)):
            logger.warning(sentence)
        with one_clear_line():
            self.prepare_risk()
        self.target = TargetWeight(
            self.settings, config["timeframe"], self.costs, can_short=self.can_short
        )
        self.labels = LabelStore(self.settings.label_sets)
        self.market_state = MarketState(self.settings.regime, self.regime_rule)
        self.sources = MarketSources(self.settings, config)
        self._coarser = LastAnswer()
        self.record = CandleRecord.open(self.settings, type(self).__name__, config)
        self.live_record = (
            None
            if self.record is None
            else LiveRecord(self.record.folder, made_by(self.settings.signal_sets))
        )
        if self.model_is_on:
            with one_clear_line():
                check_features(self.settings, config)
                check_learners(self.settings)
            name_models(self.settings, config, self.regime_rule)

    #: The rule for the regime of closed candles; a control arm sets its own.
    regime_rule = staticmethod(regime_of)

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

    # --- FreqAI's hooks --------------------------------------------------------------------------

    def feature_engineering_expand_basic(
        self, dataframe: pd.DataFrame, metadata: dict[str, Any], **kwargs: Any
    ) -> pd.DataFrame:
        """The entries of ``feature_sets`` that belong to this timeframe (rows use rows <= t)."""
        with one_clear_line():
            pair, timeframe = metadata["pair"], metadata["tf"]
            candles = self.sources.join(dataframe, pair, timeframe, self.dp)
            if timeframe == self.config["timeframe"]:
                features = self._features(candles, timeframe)
            else:
                features = self._coarser.of(
                    (pair, timeframe), (candles,), lambda: self._features(candles, timeframe)
                )
        return pd.concat([dataframe, features], axis=1)

    def _features(self, candles: pd.DataFrame, timeframe: str) -> pd.DataFrame:
        return generate_features(
            candles,
            self.settings.feature_sets,
            timeframe=timeframe,
            base_timeframe=self.config["timeframe"],
            train_features=self.settings.train_features,
        )

    def feature_engineering_standard(
        self, dataframe: pd.DataFrame, metadata: dict[str, Any], **kwargs: Any
    ) -> pd.DataFrame:
        """Regime and volatility of base candles; the regime also routes to its expert."""
        frame = self._with_market_state(dataframe, metadata["pair"])
        if self.dp.runmode in OPTIMIZE_MODES:
            with one_clear_line():
                self.labels.keep(metadata["pair"], frame)
        # Probabilities of a rule without doubt would only say the regime again.
        trained = REGIME_COLUMNS if self.settings.regime.doubts else REGIME_COLUMNS[:1]
        return frame.assign(**{TRAINED + name: frame[name] for name in trained})

    def set_freqai_targets(
        self, dataframe: pd.DataFrame, metadata: dict[str, Any], **kwargs: Any
    ) -> pd.DataFrame:
        """The labels, NaN while unresolved, and the dates at which they are known.

        FreqAI knows of the main one alone; the others are learnt beside it.
        """
        with one_clear_line():
            labels = self.labels.known(metadata["pair"], dataframe)
        name = self.settings.train_label
        columns = {LABEL + name: labels.values[name], "known_at": labels.known_at[name]}
        for further in self.settings.train_labels:
            columns[FURTHER_LABEL.format(further)] = labels.values[further]
            columns[FURTHER_KNOWN_AT.format(further)] = labels.known_at[further]
        return dataframe.assign(**columns)

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
                dataframe = _without_workings(self.freqai.start(dataframe, metadata, self))
            frame = self.target.with_prediction(self._with_market_state(dataframe, pair))
            if self.model_is_on:
                frame = self._with_certainty(frame, pair)
            frame = self.target.with_weight(frame, pair)
            frame = self._with_scores(frame, pair)
            if self.dp.runmode != RunMode.HYPEROPT:
                frame = self._with_rule(frame)
            self.note_inputs(pair, frame)
            if self.record is not None and self.dp.runmode in OPTIMIZE_MODES:
                self._record(frame, pair)
        return frame

    def populate_entry_trend(
        self, dataframe: pd.DataFrame, metadata: dict[str, Any]
    ) -> pd.DataFrame:
        """Entries where the target weight is large enough, tagged with what speaks for them.

        Hyperopt sets other thresholds and asks again, on columns that were computed once.
        """
        dataframe = self._with_rule(dataframe)
        enter = entries(dataframe["weight"], dataframe["score"], self.settings)
        dataframe["enter_long"] = enter["long"].astype(int)
        if self.can_short:
            dataframe["enter_short"] = enter["short"].astype(int)
        dataframe["enter_tag"] = entry_tags(self._tagged(dataframe), self.settings)
        return dataframe

    def populate_exit_trend(
        self, dataframe: pd.DataFrame, metadata: dict[str, Any]
    ) -> pd.DataFrame:
        """Exits on a change of regime, a prediction that has turned, or the rule's other side."""
        leave = self._leave(dataframe)
        dataframe["exit_long"] = leave["long"].astype(int)
        if self.can_short:
            dataframe["exit_short"] = leave["short"].astype(int)
        dataframe["exit_tag"] = self._exit_tags(dataframe, leave)
        if self.live_record is not None and self.dp.runmode in TRADE_MODES:
            self.live_record.append(metadata["pair"], self._recorded(dataframe))
        self.tell_candle(metadata["pair"], dataframe)
        return dataframe

    # --- the frame -------------------------------------------------------------------------------

    def _check_candles(self, frame: pd.DataFrame, pair: str) -> None:
        timeframe = self.config["timeframe"]
        name = f"{pair} {timeframe}"
        check_candles(frame, name)
        refuse_long_gaps(frame, timeframe, name, self.settings.longest_gap_hours)

    def _with_market_state(self, frame: pd.DataFrame, pair: str) -> pd.DataFrame:
        with one_clear_line():
            regime = self.market_state.regime(
                frame, pair, self.config["timeframe"], self.dp, self._first_traded(frame)
            )
        half_life = self.settings.volatility.half_life_candles
        volatility = ewma_volatility(frame["close"], half_life)
        answer = {name: regime[name].to_numpy() for name in REGIME_COLUMNS}
        return frame.assign(**answer, volatility=volatility)

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

    def _tagged(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame for tags; with entry ``signal`` the score is the one that is traded.

        Who spoke is named only where the prediction may be trusted.
        """
        rule = self.indicator.rule
        if "expert" in frame:
            frame = frame.assign(model_expert=frame["expert"])
        return frame if rule is None else frame.assign(score=frame[rule.columns[0]])

    def _exit_tags(self, frame: pd.DataFrame, leave: pd.DataFrame) -> pd.Series:
        """What decides, then the words of an entry on the other side; none where no score is."""
        tagged, against = self._tagged(frame), leave["short"].astype(int) - leave["long"]
        tagged = tagged.assign(
            weight=against, expected_return=tagged["expected_return"].where(against != 0)
        )
        words = (" " + entry_tags(tagged, self.settings)).where(tagged["score"].notna(), "")
        return EXIT_TAGS[self.settings.entry] + words

    def _first_traded(self, frame: pd.DataFrame) -> pd.Timestamp:
        """Opening time of the first candle that may trade: the range's start, or now when live."""
        row = -1
        if self.dp.runmode not in TRADE_MODES:
            start = TimeRange.parse_timerange(self.config.get("timerange")).startts
            if start:
                return pd.Timestamp(start, unit="s", tz="UTC")
            row = min(self.startup_candle_count, len(frame) - 1)
        return pd.Timestamp(frame["date"].iloc[row])

    def _forecast(self, frame: pd.DataFrame) -> pd.Series:
        """What the newest model said of each candle, also where no gate let it in."""
        absent = pd.Series(np.nan, index=frame.index)
        said: pd.Series = frame.get(LABEL + self.settings.train_label, absent)
        return said.where(frame.get("model_version", absent) > 0)

    def _leave(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Which candles close a position."""
        rule = self.indicator.rule
        if rule is None:
            return exits(frame["weight"], frame["expected_return"], self.settings)
        return signal_exits(*(frame[name] for name in rule.names))

    def _recorded(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame as it is kept: volatility a year, and what untrusted models said, too."""
        annual = frame["volatility"] * np.sqrt(periods_per_year(self.config["timeframe"]))
        return frame.assign(volatility=annual, forecast=self._forecast(frame))

    def _record(self, frame: pd.DataFrame, pair: str) -> None:
        assert self.record is not None
        outcome = compute_labels(frame, self.settings.label_sets).values[self.settings.train_label]
        windows: list[dict[str, Any]] = []
        if self.model_is_on:
            windows = self.freqai.window_notes(pair)
        enter = entries(frame["weight"], frame["score"], self.settings)
        leave = self._leave(frame)
        sides = ("long", "short") if self.can_short else ("long",)
        signals = {f"enter_{side}": enter[side].astype(int) for side in sides}
        signals |= {f"exit_{side}": leave[side].astype(int) for side in sides}
        self.record.write(
            pair,
            self._recorded(frame).assign(outcome=outcome, **signals),
            self._first_traded(frame),
            windows,
            self.market_state.notes(),
        )


def _without_workings(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop what FreqAI leaves behind where it trained, but not where it found stored predictions.

    Columns are then the same either way, as freqtrade's own analyses want them to be.
    """
    columns = map(str, frame)
    return frame.drop(
        columns=[
            name for name in columns if "/" in name or name in WORKINGS or name.startswith(FURTHER)
        ]
    )
