"""The regime part of the settings: rules by name, refusals in one line, what hashes follow."""

from __future__ import annotations

from typing import Any

import pytest

from freqai_regimes.errors import SettingsError
from freqai_regimes.regimes.options import RULE_OPTIONS, RegimeSettings
from freqai_regimes.settings import parse_settings, settings_hash


def regime(**changes: Any) -> RegimeSettings:
    return parse_settings({"regimes": {"regime": changes}}).regime


def refusal(**changes: Any) -> str:
    with pytest.raises(SettingsError) as error:
        regime(**changes)
    return str(error.value)


def test_the_moving_average_decides_unless_another_rule_is_named() -> None:
    assert [rule.rule for rule in RegimeSettings().rules] == ["moving_average"]
    assert regime(rules=[{"rule": "moving_average"}]) == RegimeSettings()


@pytest.mark.parametrize("name", RULE_OPTIONS)
def test_each_rule_stands_alone_with_its_defaults(name: str) -> None:
    assert [rule.rule for rule in regime(rules=[{"rule": name}]).rules] == [name]


def test_what_is_wrong_in_a_rule_is_told_in_one_line() -> None:
    place = "'regimes.regime.rules.0"
    assert refusal(rules=[{"rule": "mcd"}]) == (
        f"Setting {place}': unknown 'mcd'; did you mean 'macd'?"
    )
    assert refusal(rules=[{"rule": "macd", "slow": 3}]) == (
        f"Unknown setting {place}.slow'; known: band, fast_candles, inner_band, rule, slow_candles"
    )
    assert refusal(rules=[{"rule": "chop", "quantil": 0.4}]) == (
        f"Unknown setting {place}.quantil'; did you mean 'quantile'?"
    )
    assert refusal(rules=[{"rule": "moving_average", "average_candles": 9}]) == (
        f"Unknown setting {place}.average_candles'; known: rule"
    )
    assert refusal(rules=[]) == (
        "Setting 'regimes.regime.rules': name at least one rule: chop, hidden_markov, macd, "
        "moving_average, price_change (got [])"
    )
    assert "stands there twice" in refusal(rules=[{"rule": "macd"}, {"rule": "macd"}])
    assert "average_inner_band 0.03 lies outside 0.02" in refusal(average_inner_band=0.03)


@pytest.mark.parametrize(
    ("rule", "bad", "phrase"),
    [
        ("price_change", {"change_candles": 0}, "greater than or equal to 1"),
        ("price_change", {"band": 1}, "less than 1"),
        ("price_change", {"inner_band": -0.1}, "greater than or equal to 0"),
        ("macd", {"fast_candles": 0}, "greater than or equal to 1"),
        ("macd", {"slow_candles": 1}, "greater than or equal to 2"),
        ("macd", {"band": -1e-9}, "greater than or equal to 0"),
        ("chop", {"measure": "adx"}, "'efficiency_ratio', 'atr' or 'bollinger_width'"),
        ("chop", {"window_candles": 1}, "greater than or equal to 2"),
        ("chop", {"quantile": 1}, "less than 1"),
        ("chop", {"inner_quantile": 0}, "greater than 0"),
        ("chop", {"quantile_candles": 1}, "greater than or equal to 2"),
        ("hidden_markov", {"return_candles": 0}, "greater than or equal to 1"),
        ("hidden_markov", {"train_candles": 99}, "greater than or equal to 100"),
        ("hidden_markov", {"refit_candles": 0}, "greater than or equal to 1"),
    ],
)
def test_bounds_of_the_rules(rule: str, bad: dict[str, Any], phrase: str) -> None:
    text = refusal(rules=[{"rule": rule, **bad}])
    assert text.startswith(f"Setting 'regimes.regime.rules.0.{next(iter(bad))}': "), text
    assert phrase in text


def test_probabilities_say_more_where_a_rule_doubts() -> None:
    assert not RegimeSettings().doubts
    assert not regime(rules=[{"rule": "macd"}]).doubts
    assert regime(soft=True).doubts
    assert regime(rules=[{"rule": "hidden_markov"}]).doubts
    assert regime(rules=[{"rule": "macd"}, {"rule": "chop"}]).doubts


def test_every_rule_and_transition_has_a_fingerprint_of_its_own() -> None:
    given: list[dict[str, Any]] = [
        {},
        *({"rules": [{"rule": name}]} for name in RULE_OPTIONS if name != "moving_average"),
        {"rules": [{"rule": "macd", "band": 0.02}]},
        {"rules": [{"rule": "macd"}, {"rule": "chop"}]},
        {"soft": True},
        {"average_inner_band": 0.01},
        {"minimum_dwell_candles": 2},
    ]
    assert len({settings_hash(regime(**one).model_dump()) for one in given}) == len(given)
