"""FreqAI's hooks: features, regime and labels of closed candles, as each one's rows knew them."""

from __future__ import annotations

from typing import Any

import pandas as pd
from freqtrade.configuration import TimeRange
from freqtrade.enums import OPTIMIZE_MODES, TRADE_MODES
from freqtrade.strategy import IStrategy

from freqai_regimes.features.engine import TRAINED, generate_features
from freqai_regimes.features.volatility import ewma_volatility
from freqai_regimes.freqtrade_bridge.label_store import LabelStore
from freqai_regimes.freqtrade_bridge.last_answer import LastAnswer
from freqai_regimes.freqtrade_bridge.market_sources import MarketSources
from freqai_regimes.freqtrade_bridge.market_state import MarketState
from freqai_regimes.freqtrade_bridge.one_clear_line import one_clear_line
from freqai_regimes.freqtrade_bridge.target_weight import LABEL
from freqai_regimes.freqtrade_bridge.window_fit import (
    FURTHER,
    FURTHER_KNOWN_AT,
    FURTHER_LABEL,
)
from freqai_regimes.regimes.probabilities import REGIME_COLUMNS
from freqai_regimes.regimes.rule import regime_of
from freqai_regimes.settings import Settings

#: Columns that the hooks add and the strategy computes again from the whole frame.
WORKINGS = (*REGIME_COLUMNS, "volatility", "known_at")


class FreqaiHooks(IStrategy):
    """The part of the strategy that FreqAI asks: what a model learns from, and what it learns."""

    settings: Settings
    labels: LabelStore
    market_state: MarketState
    sources: MarketSources

    #: The rule for the regime of closed candles; a control arm sets its own.
    regime_rule = staticmethod(regime_of)

    def prepare_hooks(self) -> None:
        """Set up what the hooks need, once the settings are known."""
        self.labels = LabelStore(self.settings.label_sets)
        self.market_state = MarketState(self.settings.regime, self.regime_rule)
        self.sources = MarketSources(self.settings, self.config)
        self._coarser = LastAnswer()

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

    def _with_market_state(self, frame: pd.DataFrame, pair: str) -> pd.DataFrame:
        with one_clear_line():
            regime = self.market_state.regime(
                frame, pair, self.config["timeframe"], self.dp, self._first_traded(frame)
            )
        half_life = self.settings.volatility.half_life_candles
        volatility = ewma_volatility(frame["close"], half_life)
        answer = {name: regime[name].to_numpy() for name in REGIME_COLUMNS}
        return frame.assign(**answer, volatility=volatility)

    def _first_traded(self, frame: pd.DataFrame) -> pd.Timestamp:
        """Opening time of the first candle that may trade: the range's start, or now when live."""
        row = -1
        if self.dp.runmode not in TRADE_MODES:
            start = TimeRange.parse_timerange(self.config.get("timerange")).startts
            if start:
                return pd.Timestamp(start, unit="s", tz="UTC")
            row = min(self.startup_candle_count, len(frame) - 1)
        return pd.Timestamp(frame["date"].iloc[row])


def without_workings(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop what FreqAI leaves behind where it trained, but not where it found stored predictions.

    Columns are then the same either way, as freqtrade's own analyses want them to be.
    """
    columns = map(str, frame)
    return frame.drop(
        columns=[
            name for name in columns if "/" in name or name in WORKINGS or name.startswith(FURTHER)
        ]
    )
