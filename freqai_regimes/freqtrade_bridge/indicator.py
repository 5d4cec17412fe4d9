"""The strategy's ``signal_sets``: scores once, the traded rule anew with each of its thresholds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from freqtrade.strategy import DecimalParameter

from freqai_regimes.features.engine import generate_features
from freqai_regimes.settings import Settings
from freqai_regimes.signal_sets import threshold_rule
from freqai_regimes.signal_sets.engine import compute_signals, traded_rule, wanted_columns
from freqai_regimes.signals import signal_weight

#: Columns of the model begin so; those of a candle that may not be trusted are unknown.
MODEL = "model_"
STEPS_OF_A_RANGE = 1000


class Indicator:
    """The steps of one strategy.

    Parameters
    ----------
    settings : with ``signal_sets``; with entry ``signal`` the last of them is what is traded.
    timeframe : of the base candles.
    """

    def __init__(self, settings: Settings, timeframe: str) -> None:
        self.settings = settings
        self.timeframe = timeframe
        self.rule: threshold_rule.Options | None = None
        self.scores = settings.signal_sets
        if settings.entry == "signal":
            self.rule, self.scores = traded_rule(self.scores), self.scores[:-1]

    def thresholds(self) -> dict[str, DecimalParameter]:
        """Freqtrade's parameters of the traded rule, in its spaces buy and sell; {} without one."""
        if self.rule is None:
            return {}
        names = ["buy_threshold", "sell_threshold"]
        names += [f"{name}_2" for name in names] if len(self.rule.columns) == 2 else []
        return {name: _parameter(self.rule, name) for name in names}

    def with_scores(self, frame: pd.DataFrame, joined: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Add what every step makes but the traded rule; row t uses rows <= t.

        ``joined`` gives the candles with the columns of ``sources``; it is asked only where a step
        names a column that the frame has not, which is then sought among the features.
        """
        if not self.scores and self.rule is None:
            return frame
        entries = self.settings.signal_sets
        given = frame.assign(**self._trusted(frame))
        if any(name not in given for name in wanted_columns(entries)):
            features = generate_features(
                joined(),
                self.settings.feature_sets,
                timeframe=self.timeframe,
                base_timeframe=self.timeframe,
                train_features=[],
            )
            given = pd.concat([given, features[features.columns.difference(given.columns)]], axis=1)
        made = compute_signals(given, self.scores)
        if self.rule is not None:  # asked for here, where a missing column is told in one line
            compute_signals(pd.concat([given, made], axis=1), [self.rule])
            needed = [name for name in self.rule.columns if name not in {*frame, *made}]
            made = pd.concat([made, given[needed]], axis=1)
        return pd.concat([frame, made], axis=1)

    def with_rule(self, frame: pd.DataFrame, thresholds: Mapping[str, float]) -> pd.DataFrame:
        """Set the traded rule's columns and the ``weight`` that follows; row t uses row t alone."""
        assert self.rule is not None
        rule = self.rule.model_copy(update=dict(thresholds))
        signals = threshold_rule.compute(frame.assign(**self._trusted(frame)), rule)
        buy, sell = (signals[name] for name in self.rule.names)
        size = frame["signal_long"].where(buy == 1, frame["signal_short"])
        weight = signal_weight(buy, sell, frame["regime"], size, self.settings)
        return frame.assign(**signals, weight=weight)

    def _trusted(self, frame: pd.DataFrame) -> dict[str, pd.Series]:
        trusted = frame.get("do_predict", pd.Series(np.nan, index=frame.index)) == 1
        columns = [name for name in map(str, frame) if name.startswith(MODEL)]
        return {name: frame[name].where(trusted) for name in columns}


def _parameter(rule: threshold_rule.Options, name: str) -> DecimalParameter:
    low, high = rule.searched(name)
    decimals = max(3, math.ceil(math.log10(STEPS_OF_A_RANGE / (high - low))))
    return DecimalParameter(
        low, high, default=getattr(rule, name), decimals=decimals, space=name.split("_")[0]
    )
