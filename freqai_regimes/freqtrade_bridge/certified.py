"""What a configuration computes, put before the certificate: the same code that a bot runs."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from freqtrade.enums import RunMode
from freqtrade.strategy import merge_informative_pair

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.causality.finding import HISTORY, STEPS, WARM_UP
from freqai_regimes.causality.subject import BASE, Allowance, Compute, Inputs, Kind, Subject
from freqai_regimes.causality.trial import LEAST_CANDLES
from freqai_regimes.features.engine import (
    GENERATORS,
    FeatureSet,
    belongs,
    generate_features,
)
from freqai_regimes.features.volatility import window_candles
from freqai_regimes.freqtrade_bridge.certified_sources import CertifiedSources
from freqai_regimes.freqtrade_bridge.indicator import MODEL
from freqai_regimes.freqtrade_bridge.model_settings import signal_warm_up_candles
from freqai_regimes.freqtrade_bridge.strategy import RegimeStrategyBase
from freqai_regimes.freqtrade_bridge.target_weight import LABEL
from freqai_regimes.labels.engine import LabelSet, compute_labels, horizon_candles
from freqai_regimes.regimes.probabilities import REGIME_COLUMNS
from freqai_regimes.regimes.rule import warm_up_candles as regime_warm_up_candles
from freqai_regimes.settings import Settings
from freqai_regimes.signal_sets.engine import made_by, wanted_columns

PAIR = "BTC/USDT"
#: A confirmed regime lasts until another is confirmed, however long ago that was.
CONFIRMATION = tuple(
    Allowance(
        check,
        "a regime holds until another is confirmed, so a short history may know none yet",
        unknown=True,
    )
    for check in (HISTORY, STEPS, WARM_UP)
)


class StoredInputs:
    """A data provider that knows the frames of the certificate and nothing else."""

    runmode = RunMode.BACKTEST

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs

    def get_pair_dataframe(self, pair: str, timeframe: str, candle_type: str = "") -> pd.DataFrame:
        """The candles of a timeframe; empty if the certificate has none, as of funding rates."""
        known = pd.DataFrame() if candle_type else self.inputs.get(timeframe, pd.DataFrame())
        return known.copy()


def certified_subjects(
    config: dict[str, Any], settings: Settings, inputs: Inputs, sources: CertifiedSources
) -> list[Subject]:
    """Every source, feature, label, the regime, and what the strategy decides, as configured.

    Parameters
    ----------
    config : merged freqtrade configuration.
    inputs : the whole frames; which average the regime uses is chosen on them, once, as in a run.
    """
    base = config["timeframe"]
    included = [base, *config["freqai"]["feature_parameters"]["include_timeframes"]]
    subjects = sources.subjects()
    subjects += [
        _feature_subject(number, entry, timeframe, settings, inputs, sources)
        for number, entry in enumerate(settings.feature_sets)
        for timeframe in dict.fromkeys(included)
        if belongs(entry, timeframe, base)
    ]
    subjects += [_label_subject(number, e) for number, e in enumerate(settings.label_sets)]
    return subjects + _strategy_subjects(config, settings, inputs, sources)


def _feature_subject(
    number: int,
    entry: FeatureSet,
    timeframe: str,
    settings: Settings,
    inputs: Inputs,
    sources: CertifiedSources,
) -> Subject:
    generator, base = GENERATORS[entry.generator], sources.base_timeframe
    coarse = timeframe_seconds(timeframe) // timeframe_seconds(base)
    own = BASE if timeframe == base else timeframe
    lead = sources.lead_candles(entry, inputs[own], timeframe)

    def compute(inputs: Inputs) -> pd.DataFrame:
        frame = inputs[own]
        features = generate_features(
            sources.join(inputs, frame, timeframe) if lead else frame,
            [entry],
            timeframe=timeframe,
            base_timeframe=base,
            train_features=settings.train_features,
        )
        if timeframe == base:
            return features
        merged: pd.DataFrame = merge_informative_pair(
            inputs[BASE][["date"]],
            pd.concat([frame[["date"]], features], axis=1),
            base,
            timeframe,
            ffill=True,
        )
        return merged.drop(columns=["date", f"date_{timeframe}"]).set_axis(inputs[BASE].index)

    names = tuple(entry.prefix + name for name in generator.price_unit_columns(entry))
    return Subject(
        f"{number}: {entry.generator} on {timeframe}",
        "feature",
        compute,
        warm_up_candles=(generator.warm_up_candles(entry) + lead + 1) * coarse + coarse,
        price_unit_columns=names if timeframe == base else None,
    )


def _label_subject(number: int, entry: LabelSet) -> Subject:
    return Subject(
        f"{number}: {entry.label}",
        "label",
        lambda inputs: compute_labels(inputs[BASE], [entry]),
        horizon_candles=horizon_candles(entry),
    )


def _strategy_subjects(
    config: dict[str, Any], settings: Settings, inputs: Inputs, sources: CertifiedSources
) -> list[Subject]:
    """Regime, signals and decisions with the average that the history allows.

    Where that is the long one, the regime stands there with the shorter one as well: a run on less
    history uses it. A warm-up longer than the candles is not stated, so it cannot be checked.
    """
    strategy = _started(config, inputs, sources)
    volatility = window_candles(settings.volatility.half_life_candles) + 1
    regime, warm_up = _regime_subject(strategy, config, inputs)
    subjects = [regime]
    shorter = settings.regime.shorter_average_candles
    if shorter is not None and strategy.market_state.average_candles(PAIR) != shorter:
        own = {"average_candles": shorter, "shorter_average_candles": None}
        section = config["regimes"] | {"regime": config["regimes"].get("regime", {}) | own}
        less = config | {"regimes": section}
        subjects.append(_regime_subject(_started(less, inputs, sources), less, inputs)[0])
    whole = max(warm_up, volatility) + signal_warm_up_candles(settings)
    parts: dict[str, tuple[Kind, Compute]] = {
        "strategy": ("strategy column", lambda given: strategy.decisions(given))
    }
    made = made_by(settings.signal_sets)
    if made:
        parts["signal_sets"] = ("signal", lambda given: strategy.decide(given)[made])
    for name, (kind, compute) in parts.items():
        stated = _checkable(whole, inputs)
        subjects.append(
            Subject(name, kind, compute, warm_up_candles=stated, allowances=CONFIRMATION)
        )
    return subjects


def _started(config: dict[str, Any], inputs: Inputs, sources: CertifiedSources) -> _Certified:
    """A strategy that has chosen its average on the whole history, as a run does at its start."""
    strategy = _Certified(copy.deepcopy(config))
    strategy.given_sources = sources
    strategy.first_traded = pd.Timestamp(inputs[BASE]["date"].iloc[-1])
    strategy.decide(inputs)
    return strategy


def _regime_subject(
    strategy: _Certified, config: dict[str, Any], inputs: Inputs
) -> tuple[Subject, int]:
    """The regime, named after its average, and its warm-up in base candles."""
    regime = strategy.settings.regime
    coarse = timeframe_seconds(regime.timeframe) // timeframe_seconds(config["timeframe"])
    average = strategy.market_state.average_candles(PAIR)
    warm_up = regime_warm_up_candles(regime, average) * coarse
    subject = Subject(
        f"regime, average of {average} x {regime.timeframe}",
        "regime",
        lambda given: strategy.decide(given)[list(REGIME_COLUMNS)],
        warm_up_candles=_checkable(warm_up, inputs),
        allowances=CONFIRMATION,
    )
    return subject, warm_up


def _checkable(warm_up: int, inputs: Inputs) -> int | None:
    return warm_up if warm_up + LEAST_CANDLES <= len(inputs[BASE]) else None


#: What the strategy decides for each candle.
DECIDED = (
    "volatility",
    "expected_return",
    "weight",
    "enter_long",
    "enter_short",
    "exit_long",
    "exit_short",
)


class _Certified(RegimeStrategyBase):
    """The strategy with given predictions: each a bounded function of its own candle."""

    first_traded = pd.Timestamp(0, tz="UTC")
    given_sources: CertifiedSources

    def decide(self, inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Regime, weight, entries and exits of each base candle."""
        self.dp = StoredInputs(inputs)
        frame = inputs[BASE].copy()
        prediction = np.tanh(100 * np.log(frame["close"] / frame["open"]))
        frame[LABEL + self.settings.train_label] = prediction
        frame["model_score"] = prediction
        frame["do_predict"] = 1
        for name in wanted_columns(self.settings.signal_sets):
            if name.startswith(MODEL):
                frame[name] = prediction
        frame["prediction_lower"] = prediction - 0.5
        frame["prediction_upper"] = prediction + 0.5
        frame["probability"] = (1 + prediction) / 2
        frame = self.target.with_prediction(self._with_market_state(frame, PAIR))
        frame = self.target.with_weight(frame, PAIR)
        timeframe = self.config["timeframe"]
        frame = self.indicator.with_scores(
            frame, lambda: self.given_sources.join(inputs, frame, timeframe)
        )
        named = {"pair": PAIR}
        frame = self.populate_exit_trend(self.populate_entry_trend(frame, named), named)
        for column in ("enter_short", "exit_short"):
            if column not in frame:
                frame[column] = 0
        return frame

    def decisions(self, inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """What was decided; NaN where regime or volatility is unknown and nothing can be."""
        frame = self.decide(inputs)
        known = frame["regime"].notna() & frame["volatility"].notna()
        return frame[list(DECIDED)].where(known)

    def _first_traded(self, frame: pd.DataFrame) -> pd.Timestamp:
        return self.first_traded
