"""What must hold between our settings and FreqAI's before a model is trained, and its name."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from freqai_regimes.errors import SettingsError
from freqai_regimes.features.engine import ALL_TIMEFRAMES, price_unit_columns, warm_up_candles
from freqai_regimes.features.volatility import window_candles
from freqai_regimes.freqtrade_bridge.code_version import code_version
from freqai_regimes.learners import lstm
from freqai_regimes.regimes.rule import warm_up_candles as regime_warm_up_candles
from freqai_regimes.settings import Settings, settings_hash
from freqai_regimes.signal_sets import engine as signal_sets

logger = logging.getLogger(__name__)

#: Parts of the settings that a fitted model depends on.
MODEL_SETTINGS = {
    "regime",
    "volatility",
    "sources",
    "feature_sets",
    "train_features",
    "label_sets",
    "train_label",
    "train_labels",
    "learners",
    "calibration",
    "intervals",
    "windows",
    "experts",
    "life",
}
#: Settings among them that change nothing but the time it takes, or what happens live.
WITHOUT_EFFECT = {
    "windows": {"workers", "backend", "scheduler"},
    "life": {"shadow", "drift", "degradation", "triggers", "keep_versions"},
}
#: FreqAI's parameters that it depends on (a backtest also has the defaults of the others).
MODEL_PARAMETERS = (
    "include_timeframes",
    "include_corr_pairlist",
    "include_shifted_candles",
    "indicator_periods_candles",
    "buffer_train_data_candles",
)


def name_models(settings: Settings, config: dict[str, Any], rule: Callable[..., Any]) -> None:
    """Make FreqAI's identifier change with whatever the models depend on, and with that only.

    FreqAI reuses models and predictions of the same identifier, whatever they were made from. This
    package's own code is among it. Pairs that share a model are not: a bot keeps what it has when
    one is added, and a backtest compares all their candles (``WindowLog``). What cannot be seen
    here is the code behind a generator of the user's own: give it a new name, or
    change the identifier, when that code changes.
    """
    freqai = config["freqai"]
    own = settings_hash(
        settings.model_dump(include=MODEL_SETTINGS, exclude=WITHOUT_EFFECT),
        code_version(),
        f"{rule.__module__}.{rule.__qualname__}",
        config["timeframe"],
        {name: freqai["feature_parameters"].get(name) or None for name in MODEL_PARAMETERS},
        freqai.get("model_training_parameters"),
        freqai["train_period_days"],
    )
    if not freqai["identifier"].endswith(own):
        freqai["identifier"] += f"-{own}"


def refuse_short_warm_up(
    settings: Settings, timeframe: str, startup_candles: int, model_is_on: bool
) -> None:
    """Refuse fewer start-up candles than regime, volatility and features need.

    Raises
    ------
    SettingsError
        Naming the number that is needed.
    """
    needed = window_candles(settings.volatility.half_life_candles) + 1
    if settings.regime.timeframe == timeframe:
        regime = settings.regime
        needed = max(needed, regime_warm_up_candles(regime, regime.average_candles))
    if settings.signal_sets:
        needed = max(needed, signal_warm_up_candles(settings))
    if model_is_on:
        needed = max(needed, warm_up_candles(settings.feature_sets))
    if startup_candles < needed:
        raise SettingsError(
            f"startup_candle_count is {startup_candles}; regime, volatility and features need "
            f"{needed} candles before the first one that is traded. Raise it, or shorten the "
            "windows."
        )


#: What the strategy's frame holds without a model, and what only a model gives (``model_*`` too);
#: every other column of signals is a feature.
OWN_COLUMNS = {
    *("open", "high", "low", "close", "volume", "volatility"),
    *("regime", "regime_bull", "regime_sideways", "regime_bear"),
}
COLUMNS_OF_A_MODEL = {
    *("score", "expected_return", "prediction", "prediction_lower", "prediction_upper"),
    *("probability", "pooled", "expert", "model_version", "do_predict"),
}


def signal_warm_up_candles(settings: Settings) -> int:
    """Candles that ``signal_sets`` need: their steps one after the other, behind any features."""
    signals = signal_sets.warm_up_candles(settings.signal_sets)
    wanted = set(signal_sets.wanted_columns(settings.signal_sets)) - OWN_COLUMNS
    if all(map(_of_a_model, wanted)):
        return signals
    features = [e for e in settings.feature_sets if e.timeframe in (None, ALL_TIMEFRAMES)]
    return signals + warm_up_candles(features)


def without_model(settings: Settings, control: bool) -> Settings:
    """What is left to decide by where no model is on: the regime, unless signals do without one.

    ``control`` says that the strategy is a control arm, which never uses the configured signals.
    """
    wanted = signal_sets.wanted_columns(settings.signal_sets)
    lacking = control or any(map(_of_a_model, wanted))
    left: dict[str, Any] = {"signal_sets": ()} if settings.signal_sets and lacking else {}
    if settings.entry == "edge" or (settings.entry == "signal" and lacking):
        left["entry"] = "regime"
        logger.warning(
            "Entry %r needs a model; without one, the regime alone decides.", settings.entry
        )
    return settings.model_copy(update=left)


def _of_a_model(column: str) -> bool:
    return column in COLUMNS_OF_A_MODEL or column.startswith("model_")


def check_features(settings: Settings, config: dict[str, Any]) -> None:
    """Refuse features on timeframes that are not loaded; warn of those in price units.

    Raises
    ------
    SettingsError
        Naming the timeframe and where to add it.
    """
    included = config["freqai"]["feature_parameters"]["include_timeframes"]
    known = {config["timeframe"], ALL_TIMEFRAMES, None, *included}
    for entry in settings.feature_sets:
        if entry.timeframe not in known:
            raise SettingsError(
                f"feature_sets name timeframe {entry.timeframe}, FreqAI includes "
                f"{', '.join(included)}: add it to freqai.feature_parameters.include_timeframes."
            )
    drifting = price_unit_columns(settings.feature_sets, settings.train_features)
    if drifting:
        logger.warning(
            "The model trains on %s, in price units: what it learns at one price does not hold at "
            "another. Leave them out of regimes.train_features.",
            ", ".join(drifting),
        )


def check_learners(settings: Settings) -> None:
    """Refuse a learner whose package is not installed, before the first training would.

    Raises
    ------
    TrainingError
        Naming the package and how to install it.
    """
    if any(isinstance(learner, lstm.Options) for learner in settings.learners):
        lstm.pytorch()
