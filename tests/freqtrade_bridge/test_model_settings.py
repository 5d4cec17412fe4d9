"""What must hold between the settings and FreqAI's, and what the name of the models follows."""

from __future__ import annotations

import copy
import logging
import sys
from typing import Any

import pytest

from freqai_regimes.errors import SettingsError, TrainingError
from freqai_regimes.freqtrade_bridge.model_settings import (
    check_features,
    check_learners,
    name_models,
    refuse_short_warm_up,
    signal_warm_up_candles,
    without_model,
)
from freqai_regimes.regimes.rule import price_above_average, regime_of
from freqai_regimes.settings import Settings, parse_settings

CONFIG: dict[str, Any] = {
    "timeframe": "4h",
    "freqai": {
        "identifier": "x",
        "train_period_days": 30,
        "feature_parameters": {"include_timeframes": ["4h", "1d"]},
    },
}


def identifier(section: dict[str, Any], rule: Any = regime_of) -> str:
    config = copy.deepcopy(CONFIG)
    name_models(parse_settings({"regimes": section}), config, rule)
    name_models(parse_settings({"regimes": section}), config, rule)  # a second time adds nothing
    return str(config["freqai"]["identifier"])


def test_the_name_follows_settings_and_rule() -> None:
    plain = identifier({})
    assert plain.startswith("x-") and plain.count("-") == 1
    assert identifier({"model_use": {"tilt": 0.5}}) == plain
    assert identifier({"experts": {"minimum_rows": 99}}) != plain
    assert identifier({}, price_above_average) != plain


def test_the_warm_up_must_fit() -> None:
    settings = Settings()
    refuse_short_warm_up(settings, "4h", 361, model_is_on=True)
    with pytest.raises(SettingsError, match=r"startup_candle_count is 360; .* need 361 candles"):
        refuse_short_warm_up(settings, "4h", 360, model_is_on=True)
    long = {"generator": "volume", "windows_candles": [900]}
    settings = parse_settings({"regimes": {"feature_sets": [long]}})
    refuse_short_warm_up(settings, "4h", 361, model_is_on=False)
    with pytest.raises(SettingsError, match="need 900 candles"):
        refuse_short_warm_up(settings, "4h", 361, model_is_on=True)


def test_features_need_their_timeframe() -> None:
    entry = {"generator": "calendar", "timeframe": "1h"}
    settings = parse_settings({"regimes": {"feature_sets": [entry]}})
    with pytest.raises(SettingsError, match="name timeframe 1h, FreqAI includes 4h, 1d: add it"):
        check_features(settings, CONFIG)


def test_prices_as_features_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    entry = {"generator": "source_004"}
    with caplog.at_level(logging.WARNING):
        check_features(parse_settings({"regimes": {"feature_sets": [entry]}}), CONFIG)
    assert "ema_12" in caplog.text and "price units" in caplog.text
    caplog.clear()
    patterns = {"feature_sets": [entry], "train_features": ["rsi*", "ret_*"]}
    check_features(parse_settings({"regimes": patterns}), CONFIG)
    assert caplog.text == ""


def by_signal(column: str, entry: str = "signal") -> Settings:
    steps = [
        {"generator": "smooth", "columns": column, "name": "s", "window_candles": 11},
        {"generator": "threshold_rule", "columns": "s"},
    ]
    quick = {"half_life_candles": 5}
    return parse_settings({"regimes": {"entry": entry, "signal_sets": steps, "volatility": quick}})


@pytest.mark.parametrize("column", ["score", "prediction_lower", "model_up_gb"])
def test_without_a_model_its_signals_leave_the_decision_to_the_regime(
    column: str, caplog: pytest.LogCaptureFixture
) -> None:
    left = without_model(by_signal(column), control=False)
    assert (left.entry, left.signal_sets) == ("regime", ())
    assert "Entry 'signal' needs a model; without one, the regime alone decides." in caplog.text
    shown = without_model(by_signal(column, entry="regime"), control=False)
    assert (shown.entry, shown.signal_sets) == ("regime", ())


@pytest.mark.parametrize("column", ["close", "regime_bull", "channel_24"])
def test_signals_that_need_no_model_trade_without_one_but_not_in_a_control_arm(column: str) -> None:
    settings = by_signal(column)
    assert without_model(settings, control=False) == settings
    assert without_model(settings, control=True).entry == "regime"


def test_signals_add_to_the_warm_up_of_their_features() -> None:
    alone = signal_warm_up_candles(by_signal("score"))
    assert alone == signal_warm_up_candles(by_signal("close")) == 10
    features = signal_warm_up_candles(by_signal("channel_24"))
    assert features > alone + 84
    with pytest.raises(SettingsError, match=f"need {features} candles"):
        refuse_short_warm_up(by_signal("channel_24"), "1h", features - 1, model_is_on=False)


def test_a_learner_without_its_package_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed
    check_learners(Settings())
    with pytest.raises(TrainingError, match=r"pip install 'freqai-regimes\[torch\]'"):
        check_learners(parse_settings({"regimes": {"learners": ["lightgbm", "lstm"]}}))
