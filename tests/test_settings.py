"""Settings: bounds of every field, unknown names at every depth, round trip and fingerprint."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from freqai_regimes.errors import RegimesError, SettingsError
from freqai_regimes.risk.costs import CostSettings
from freqai_regimes.settings import (
    Settings,
    nearest,
    parse_settings,
    settings_hash,
)

NAN, INF = float("nan"), float("inf")
REGIMES = ["bull", "sideways", "bear"]

Refused = list[tuple[Any, str]]


def whole(least: int) -> tuple[list[Any], Refused]:
    phrase = f"Input should be greater than or equal to {least}"
    return [least, 100_000], [(least - 1, phrase), (least + 0.5, "valid integer"), ("x", "valid")]


def at_least(least: float) -> tuple[list[Any], Refused]:
    phrase = f"Input should be greater than or equal to {least:g}"
    return [least, 1e9], [(least - 1e-9, phrase), (NAN, "Input should be")]


def between(low: float, high: float) -> tuple[list[Any], Refused]:
    return [low, (low + high) / 2, high], [
        (low - 1e-9, f"Input should be greater than or equal to {low:g}"),
        (high + 1e-9, f"Input should be less than or equal to {high:g}"),
        (NAN, "Input should be"),
    ]


def below(low: float, limit: float) -> tuple[list[Any], Refused]:
    return [low, limit - 1e-9], [
        (low - 1e-9, f"Input should be greater than or equal to {low:g}"),
        (limit, f"Input should be less than {limit:g}"),
        (NAN, "Input should be"),
    ]


def above_zero(most: float | None = None) -> tuple[list[Any], Refused]:
    good, bad = [1e-9, most or 1e9], [(0, "Input should be greater than 0"), (NAN, "Input should")]
    if most is not None:
        bad.append((most + 1e-9, f"Input should be less than or equal to {most:g}"))
    return good, bad


def optional(rule: tuple[list[Any], Refused]) -> tuple[list[Any], Refused]:
    return [None, *rule[0]], rule[1]


def words(*allowed: str) -> tuple[list[Any], Refused]:
    return list(allowed), [("Bull", "Input should be '"), (None, "Input should be '"), (1, "Input")]


TEXT: tuple[list[Any], Refused] = (["x", ""], [(1, "valid string"), (["x"], "valid string")])
NAMES: tuple[list[Any], Refused] = (
    [[], ["bear"], REGIMES],
    [(["bul"], "'bull', 'sideways' or 'bear'"), ("bull", "valid tuple")],
)
AT_LEAST_0: tuple[list[Any], Refused] = (
    [0, 1e9],
    [(-1e-9, "Input should be greater than or equal to 0"), (NAN, "Input should be")],
)
#: Above 0 and below 1.
FRACTION: tuple[list[Any], Refused] = (
    [1e-9, 1 - 1e-9],
    [(0, "Input should be greater than 0"), (1, "Input should be less than 1"), (NAN, "Input")],
)
ON_OFF: tuple[list[Any], Refused] = ([True, False], [("maybe", "boolean"), (None, "boolean")])
LEVEL: tuple[list[Any], Refused] = (
    [0.1, 0.05, 0.025, 0.01],
    [(0.04, "critical values are known for 0.1, 0.05, 0.025, 0.01"), ("x", "valid number")],
)
#: What each setting takes and refuses, with words of the refusal.
BOUNDS: dict[str, tuple[list[Any], Refused]] = {
    "preset": TEXT,
    "entry": (
        ["regime", "edge"],
        [
            (None, "Input should be 'regime', 'edge' or 'signal'"),
            (1, "Input should"),
            ("x", "Input"),
        ],
    ),
    "regime.timeframe": (
        ["1d", "4h", "1w"],
        [("4H", "Timeframe '4H' is not one: use a number and m, h, d or w"), (4, "valid string")],
    ),
    "regime.resample_from": (
        [None, "1h", "4h", "15m"],
        [
            ("", "Timeframe '' is not one: use a number and m, h, d or w, as in 5m, 4h, 1d."),
            ("soon", "Timeframe 'soon' is not one: use a number and m, h, d or w"),
        ],
    ),
    "regime.average_candles": whole(2),
    "regime.shorter_average_candles": ([None, 2, 299], whole(2)[1]),
    "regime.average_band": below(0, 1),
    "regime.average_inner_band": (
        [None, 0, 0.02],
        [(-1e-9, "greater than or equal to 0"), (1, "less than 1"), (NAN, "Input should be")],
    ),
    "regime.change_candles": whole(0),
    "regime.change_band": below(0, 1),
    "regime.soft": ([True, False], [("maybe", "boolean"), (None, "boolean")]),
    "regime.confirmation_candles": whole(1),
    "regime.minimum_dwell_candles": whole(1),
    "volatility.half_life_candles": whole(1),
    "train_features": (
        [None, [], ["return_*", "rsi"]],
        [("return_*", "valid tuple"), (1, "valid tuple")],
    ),
    "train_label": (["forward_return"], [(1, "valid string"), ("x", "made by no entry")]),
    "windows.backend": (
        ["threads"],
        [("Dask", "Input should be '"), (None, "Input should be '")],  # dask: tests/windows,
    ),
    "windows.pool": words("all", "pair"),
    "windows.scheduler": (
        [None],
        [(1, "valid string")],
    ),
    "windows.span": words("rolling", "expanding"),
    "windows.anchor": ([None], [("2024-13-01", "valid date"), ("soon", "valid date")]),
    "windows.longest_days": ([None], whole(1)[1]),
    "windows.workers": optional(whole(1)),
    "experts.minimum_rows": whole(20),
    "train_labels": ([[]], [("forward_return", "valid tuple"), (["x"], "made by no entry")]),
    "experts.minimum_effective_rows": at_least(1),
    "experts.folds": (
        [2, 20],
        [
            (1, "greater than or equal to 2"),
            (21, "less than or equal to 20"),
            (2.5, "valid integer"),
        ],
    ),
    "experts.routing": words("blend", "hard"),
    "experts.stacking": ([True, False], [("maybe", "boolean"), (None, "boolean")]),
    "experts.validation_fraction": (
        [1e-9, 0.9 - 1e-9],
        [(0, "greater than 0"), (0.9, "less than 0.9"), (NAN, "Input should be")],
    ),
    "experts.early_stopping_rounds": whole(0),
    "experts.weight_by_uniqueness": ([True, False], [("maybe", "boolean"), (None, "boolean")]),
    "experts.weight_half_life_days": optional(above_zero()),
    "life.gate.enabled": ON_OFF,
    "life.gate.measure": words("skill", "squared_error"),
    "life.gate.level": LEVEL,
    "life.gate.worse_level": LEVEL,
    "life.gate.minimum_effective_rows": whole(5),
    "life.gate.minimum_fresh_rows": whole(2),
    "life.gate.trust_first": ON_OFF,
    "life.shadow.enabled": ON_OFF,
    "life.shadow.level": (
        [1e-9, 0.5 - 1e-9],
        [(0, "greater than 0"), (0.5, "less than 0.5"), (NAN, "Input should be")],
    ),
    "life.shadow.longest_candles": whole(20),
    "life.drift.rule": words("calibrated", "any_psi", "off"),
    "life.drift.watch_candles": whole(20),
    "life.drift.false_alarm_rate": above_zero(0.5),
    "life.drift.psi_limit": above_zero(),
    "life.degradation.level": optional(LEVEL),
    "life.degradation.minimum_effective_rows": whole(5),
    "life.degradation.detector": words("none", "adwin", "page_hinkley", "kswin"),
    "life.degradation.minimum_sharpe": ([None, -1.0, 0.4], [("x", "valid number")]),
    "life.degradation.sharpe_days": whole(2),
    "life.degradation.sharpe_minimum_trades": whole(2),
    "life.triggers.on_alarm": words("tell", "retrain"),
    "life.triggers.cool_off_minutes": whole(0),
    "life.triggers.maximum_age_hours": optional(above_zero()),
    "life.keep_versions": whole(2),
    "calibration.form": words("auto", "isotonic", "sigmoid"),
    "calibration.isotonic_rows": whole(20),
    "intervals.coverage": (
        [0.5, 1 - 1e-9],
        [(0.4, "greater than or equal to 0.5"), (1, "less than 1"), (NAN, "Input should be")],
    ),
    "intervals.scale": words("none", "volatility", "residuals"),
    "intervals.step": between(0, 1),
    "intervals.memory_outcomes": (
        [10, 5000],
        [(9, "greater than or equal to 10"), (5001, "less than or equal to 5000")],
    ),
    "exposure.bull": between(-1, 1),
    "exposure.sideways": between(-1, 1),
    "exposure.bear": between(-1, 1),
    "exposure.target_volatility": optional(above_zero()),
    "exposure.rebalance_band": above_zero(1),
    "exposure.minimum_weight": above_zero(1),
    "model_use.tilt": between(0, 1),
    "model_use.veto_below_score": optional(between(-1, 1)),
    "edge.entry_threshold": optional(above_zero()),
    "edge.margin": AT_LEAST_0,
    "edge.bound": words("forecast", "lower"),
    "edge.exit_threshold": AT_LEAST_0,
    "edge.long_regimes": NAMES,
    "edge.short_regimes": NAMES,
    "costs.fee": below(0, 0.1),
    "costs.slippage": below(0, 0.1),
    "costs.fee_from_exchange": ([True, False], [("maybe", "boolean"), (None, "boolean")]),
    "costs.liquidity": words("taker", "maker"),
    "costs.spread": words("fixed", "corwin_schultz", "abdi_ranaldo"),
    "costs.spread_candles": whole(2),
    "costs.funding": ([True, False], [("maybe", "boolean"), (None, "boolean")]),
    "costs.funding_hours": whole(1),
    "costs.widest_book": optional(FRACTION),
    "size.fraction": above_zero(1),
    "size.kelly": optional(above_zero(1)),
    "size.kelly_payoff": above_zero(),
    "size.kelly_cap": above_zero(1),
    "size.bull": between(0, 1),
    "size.sideways": between(0, 1),
    "size.bear": between(0, 1),
    "caps.pair": optional(above_zero()),
    "caps.side": optional(above_zero()),
    "caps.correlated": optional(above_zero()),
    "caps.correlation": above_zero(1),
    "caps.correlation_candles": whole(10),
    "exits.stop": optional(FRACTION),
    "exits.stop_atr": optional(above_zero()),
    "exits.target": optional(above_zero()),
    "exits.target_atr": optional(above_zero()),
    "exits.trailing": optional(FRACTION),
    "exits.trailing_atr": optional(above_zero()),
    "exits.trailing_price": optional(above_zero()),
    "exits.trailing_after": AT_LEAST_0,
    "exits.break_even_after": optional(above_zero()),
    "exits.atr_candles": whole(1),
    "exits.maximum_candles": optional(whole(1)),
    "exits.on_regime_change": ([True, False], [("maybe", "boolean"), (None, "boolean")]),
    "leverage.wanted": between(1, 20),
    "leverage.liquidation_buffer": between(0, 10),
    "guards.daily_loss": optional(FRACTION),
    "guards.drawdown": optional(FRACTION),
    "guards.drawdown_pause_hours": optional(above_zero()),
    "guards.loss_streak": optional(whole(1)),
    "guards.loss_streak_pause_minutes": above_zero(),
    "guards.maximum_trades": optional(whole(1)),
    "guards.close_positions": ([True, False], [("maybe", "boolean"), (None, "boolean")]),
    "guards.stale_candles": whole(0),
    "guards.untrusted_candles": whole(0),
    "guards.model_age_hours": optional(above_zero()),
    "guards.exchange_errors": whole(0),
    "guards.exchange_window_minutes": above_zero(),
    "guards.exchange_pause_minutes": above_zero(),
    "messages.score": words("off", "bands", "icons"),
    "messages.score_column": (["score", "x"], [("", "at least 1 character"), (1, "valid string")]),
    "messages.secondary_column": optional(TEXT),
    **{
        f"messages.{name}": ([True, False], [("maybe", "boolean"), (None, "boolean")])
        for name in (
            *("bands.notify_band_up", "bands.notify_band_down", "transactions"),
            *("regime_changes", "daily_digest", "weekly_digest", "send_pictures"),
        )
    },
    "messages.quiet_below": between(0, 1),
    "messages.icon_step": above_zero(1),
    "messages.most_a_minute": ([1, 60], [(0, "or equal to 1"), (61, "or equal to 60")]),
    "messages.picture_candles": ([None, 20, 2000], [(19, "equal to 20"), (2001, "to 2000")]),
    "trial_variance": optional(above_zero()),
    "orders.safe": ([True, False], [("maybe", "boolean"), (None, "boolean")]),
    "orders.request_window_seconds": above_zero(60),
    "orders.patience_seconds": above_zero(600),
    "orders.pause_seconds": above_zero(10),
    "orders.compare_minutes": above_zero(1440),
    "cooldown_minutes": whole(0),
    "longest_gap_hours": above_zero(),
    "on_failed_window": words("stop", "count"),
    "record": optional(TEXT),
}


#: Lists of entries, each with options of its own, tested with their rooms.
ELSEWHERE = {
    *{"feature_sets", "label_sets", "learners", "signal_sets", "sources", "regime.rules"},
    *{"messages.bands.positive_bands", "messages.bands.negative_bands"},
}


def leaves(model: type[BaseModel], above: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from leaves(kind, f"{above}{name}.")
        elif f"{above}{name}" not in ELSEWHERE:
            yield f"{above}{name}"


def sections(model: type[BaseModel] = Settings, above: str = "") -> Iterator[str]:
    yield above
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from sections(kind, f"{above}{name}.")


def tree(path: str, value: Any) -> dict[str, Any]:
    for name in reversed(path.split(".")):
        value = {name: value}
    result: dict[str, Any] = value
    return result


def parsed(path: str, value: Any) -> Settings:
    return parse_settings({"regimes": tree(path, value)})


def read(settings: Settings, path: str) -> Any:
    value: Any = settings
    for name in path.split("."):
        value = getattr(value, name)
    return value


def test_every_setting_has_its_bounds_here() -> None:
    assert sorted(leaves(Settings)) == sorted(BOUNDS)


def test_every_setting_with_a_number_says_what_it_is_or_stands_in_a_described_part() -> None:
    parts = [field.annotation for field in Settings.model_fields.values()]
    for part in parts:
        if isinstance(part, type) and issubclass(part, BaseModel):
            assert part.__doc__ and "BaseModel" not in part.__doc__, part


@pytest.mark.parametrize("path", BOUNDS)
def test_values_up_to_the_bound_are_taken_as_they_are(path: str) -> None:
    for value in BOUNDS[path][0]:
        got = read(parsed(path, value), path)
        assert got == (tuple(value) if isinstance(value, list) else value), (path, value)


@pytest.mark.parametrize(
    ("path", "value", "phrase"),
    [(path, value, phrase) for path, (_, bad) in BOUNDS.items() for value, phrase in bad],
)
def test_values_beyond_are_refused_with_name_what_was_got_and_what_is_allowed(
    path: str, value: Any, phrase: str
) -> None:
    with pytest.raises(SettingsError) as error:
        parsed(path, value)
    text = str(error.value)
    assert text.startswith(f"Setting 'regimes.{path}"), text
    assert phrase in text and "Value error" not in text, text
    got = value[0] if isinstance(value, list) and "regimes" in path else value
    assert text.endswith(f"(got {got!r})"), text


def test_parts_that_do_not_fit_each_other_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"'regimes\.regime': resample_from 3h does not divide"):
        parsed("regime.resample_from", "3h")
    with pytest.raises(SettingsError, match="resample_from 1d does not divide timeframe 4h"):
        parsed("regime.resample_from", "1d")
    for shorter in (300, 301):
        with pytest.raises(SettingsError, match="shorter_average_candles must be below average_ca"):
            parsed("regime.shorter_average_candles", shorter)


def test_steps_of_signal_sets_are_held_together() -> None:
    rule = {"generator": "threshold_rule", "columns": "score"}
    settings = parse_settings({"regimes": {"entry": "signal", "signal_sets": [rule]}})
    assert settings.signal_sets[0].generator == "threshold_rule"
    with pytest.raises(
        SettingsError, match="entry signal trades by the last of signal_sets, a threshold_r"
    ):
        parsed("entry", "signal")
    with pytest.raises(SettingsError, match="make buy_signal, sell_signal twice: give one"):
        parsed("signal_sets", [rule, rule])
    with pytest.raises(
        SettingsError, match=r"signal_sets\.0': unknown 'smoth'; did you mean 'smoo"
    ):
        parsed("signal_sets", [{"generator": "smoth"}])
    with pytest.raises(
        SettingsError, match=r"signal_sets\.0\.buy_treshold'; did you mean 'buy_thr"
    ):
        parsed("signal_sets", [rule | {"buy_treshold": 1}])


def test_every_problem_is_told_in_one_line() -> None:
    with pytest.raises(SettingsError) as error:
        parse_settings({"regimes": {"entry": "x", "zz": 1, "costs": {"fee": 1, "slipage": 0}}})
    text = str(error.value)
    assert text.count("; ") >= 3 and "\n" not in text
    for part in ("'regimes.entry'", "'regimes.zz'", "'regimes.costs.fee'", "did you mean 'slip"):
        assert part in text


@pytest.mark.parametrize("section", list(sections()))
def test_an_unknown_name_is_refused_at_every_depth_with_the_nearest_known_one(
    section: str,
) -> None:
    known = [
        path.removeprefix(section).split(".")[0]
        for path in [*BOUNDS, *ELSEWHERE]
        if path.startswith(section)
    ]
    for name in dict.fromkeys(known):
        with pytest.raises(SettingsError) as error:
            parsed(f"{section}{name}x", 1)
        assert str(error.value) == (
            f"Unknown setting 'regimes.{section}{name}x'; did you mean {name!r}?"
        )
    with pytest.raises(SettingsError) as error:
        parsed(f"{section}zzzzzz", 1)
    names = ", ".join(sorted(set(known)))
    assert str(error.value) == f"Unknown setting 'regimes.{section}zzzzzz'; known: {names}"


ETH_CANDLES = {"kind": "pair", "pair": "ETH/USDT", "timeframe": "1h"}


@pytest.mark.parametrize(
    ("section", "text"),
    [
        (
            {"feature_sets": [{"generator": "statistic"}]},
            "Setting 'regimes.feature_sets.0': unknown 'statistic'; did you mean 'statistics'?",
        ),
        (
            {"label_sets": [{"label": "forward_return", "name": "x", "horizon_candles": 0}]},
            "Setting 'regimes.label_sets.0.horizon_candles': Input should be greater than or equal "
            "to 1 (got 0)",
        ),
        (
            {"sources": [{**ETH_CANDLES, "prefix": "eth_"}]},
            "Unknown setting 'regimes.sources.0.prefix'; did you mean 'column_prefix'?",
        ),
        (
            {"sources": [{"kind": "news"}]},
            "Setting 'regimes.sources.0.kind': Input should be 'pair', 'funding', 'mark', 'basis', "
            "'file' or 'kline_extras' (got 'news')",
        ),
        (
            {"sources": [{"kind": "kline_extras"}, {"kind": "kline_extras"}]},
            "Setting 'regimes.sources': two have the column_prefix '': give each its own",
        ),
    ],
)
def test_a_bad_entry_of_a_list_gets_one_line_with_its_place(
    section: dict[str, Any], text: str
) -> None:
    with pytest.raises(SettingsError) as error:
        parse_settings({"regimes": section})
    assert str(error.value).startswith(text) and "; Setting" not in str(error.value)


def test_nearest_names() -> None:
    assert nearest("preest", ["entry", "preset"]) == "did you mean 'preset'?"
    assert nearest("q", ["b", "a"]) == "known: a, b"


@pytest.mark.parametrize("value", [None, [], "on", 3, True])
def test_a_section_that_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(SettingsError) as error:
        parse_settings({"regimes": value})
    assert str(error.value) == f"'regimes' must be an object {{...}}; got {value!r}."
    assert isinstance(error.value, RegimesError)
    with pytest.raises(
        SettingsError, match=r"^Setting 'regimes\.costs': Input should be a valid d"
    ):
        parse_settings({"regimes": {"costs": value}})


def test_a_missing_section_and_an_empty_one_mean_all_defaults() -> None:
    assert parse_settings({}) == parse_settings({"regimes": {}, "timeframe": "1h"}) == Settings()


def test_every_default_is_itself_allowed_and_money_stays_in_the_sleeve() -> None:
    settings = parse_settings({"regimes": json.loads(Settings().model_dump_json())})
    assert settings == Settings()
    assert settings.exposure.bear == settings.exposure.sideways == 0
    assert settings.model_use.tilt == 0 and settings.model_use.veto_below_score is None


@pytest.mark.parametrize("path", BOUNDS)
def test_settings_survive_json(path: str) -> None:
    for value in BOUNDS[path][0]:
        settings = parsed(path, value)
        again = parse_settings({"regimes": json.loads(settings.model_dump_json())})
        assert again == settings
        assert settings_hash(again.model_dump()) == settings_hash(settings.model_dump())


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.entry = "edge"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        settings.costs.fee = 0.0  # type: ignore[misc]


def test_the_settings_given_are_not_touched() -> None:
    config = {"regimes": {"edge": {"long_regimes": ["bull"]}}}
    before = json.dumps(config)
    parse_settings(config)
    assert json.dumps(config) == before


def test_every_setting_changes_the_fingerprint() -> None:
    """All allowed values of all settings: equal fingerprints only for equal settings."""
    seen: dict[str, dict[str, Any]] = {}
    for path, (good, _) in BOUNDS.items():
        for value in good:
            plain = parsed(path, value).model_dump()
            found = seen.setdefault(settings_hash(plain), plain)
            assert found == plain, path
    assert len(seen) > len(BOUNDS)


def test_a_default_written_out_has_the_fingerprint_of_one_left_out() -> None:
    for path in BOUNDS:
        default = read(Settings(), path)
        assert settings_hash(parsed(path, default).model_dump()) == settings_hash(
            Settings().model_dump()
        ), path


def test_the_fingerprint_is_ten_digits_of_what_it_is_given_and_of_the_order_of_nothing() -> None:
    text = settings_hash({"a": 1, "b": [1, 2]}, "0.1.0")
    assert len(text) == 10 and int(text, 16) >= 0
    assert text == settings_hash({"b": [1, 2], "a": 1}, "0.1.0")
    others = [({"a": 1, "b": [2, 1]}, "0.1.0"), ({"a": 1, "b": [1, 2]}, "0.1.1")]
    others += [({"a": 2, "b": [1, 2]}, "0.1.0"), ("0.1.0", {"a": 1, "b": [1, 2]})]  # type: ignore[list-item]
    assert len({text, *(settings_hash(*parts) for parts in others)}) == 5


def test_the_round_trip_cost_counts_both_sides() -> None:
    assert CostSettings(fee=0.001, slippage=0.0001).round_trip == pytest.approx(0.0022)
    assert CostSettings(fee=0, slippage=0).round_trip == 0
