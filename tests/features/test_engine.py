"""``feature_sets``: which entries belong where, what trains, and what is refused."""

from __future__ import annotations

from typing import get_args

import pandas as pd
import pytest

from freqai_regimes.errors import SettingsError
from freqai_regimes.features import calendar, engine, momentum, volume
from freqai_regimes.features.engine import (
    GENERATORS,
    generate_features,
    price_unit_columns,
    warm_up_candles,
)
from freqai_regimes.features.options import FeatureOptions
from freqai_regimes.settings import parse_settings, settings_hash
from tests.random_candles import random_candles


@pytest.fixture(scope="module")
def candles() -> pd.DataFrame:
    return random_candles(300, seed=4)


MOMENTUM = momentum.Options(generator="momentum", windows_candles=(6,))


def generate(candles: pd.DataFrame, *entries: FeatureOptions, **options: object) -> pd.DataFrame:
    arguments: dict[str, object] = {"timeframe": "5m", "base_timeframe": "5m"} | options
    return generate_features(candles, entries, **arguments)  # type: ignore[arg-type]


def test_columns_are_marked_for_freqai(candles: pd.DataFrame) -> None:
    columns = generate(candles, MOMENTUM)
    assert list(columns) == ["%-return_6", "%-distance_6", "%-channel_6", "%-efficiency_6"]
    assert columns.index.equals(candles.index)


def test_values_are_those_of_the_generator(candles: pd.DataFrame) -> None:
    columns = generate(candles, MOMENTUM)
    pd.testing.assert_series_equal(
        columns["%-return_6"], momentum.generate(candles, MOMENTUM)["return_6"], check_names=False
    )


def test_features_that_do_not_train_stay_without_the_mark(candles: pd.DataFrame) -> None:
    columns = generate(candles, MOMENTUM, train_features=["return_*", "channel_6"])
    assert list(columns) == ["%-return_6", "distance_6", "%-channel_6", "efficiency_6"]


def test_entries_belong_to_their_timeframe(candles: pd.DataFrame) -> None:
    hourly = MOMENTUM.model_copy(update={"timeframe": "1h"})
    everywhere = MOMENTUM.model_copy(update={"timeframe": "all", "prefix": "x_"})
    entries = (MOMENTUM, hourly, everywhere)
    base = generate(candles, MOMENTUM, everywhere)
    assert [name for name in base if "return" in name] == ["%-return_6", "%-x_return_6"]
    coarse = generate(candles, *entries[1:], timeframe="1h")
    assert [name for name in coarse if "return" in name] == ["%-return_6", "%-x_return_6"]
    assert generate(candles, MOMENTUM, timeframe="1h").empty


def test_the_same_name_twice_is_refused(candles: pd.DataFrame) -> None:
    with pytest.raises(SettingsError, match=r"return_6 twice on 5m: give one .* a prefix"):
        generate(candles, MOMENTUM, MOMENTUM)


def test_the_input_is_not_changed(candles: pd.DataFrame) -> None:
    before = candles.copy()
    generate(candles, MOMENTUM, calendar.Options(generator="calendar"))
    pd.testing.assert_frame_equal(candles, before)


def test_warm_up_is_the_longest(candles: pd.DataFrame) -> None:
    long = volume.Options(generator="volume", windows_candles=(6, 500))
    assert warm_up_candles([MOMENTUM, long]) == 500
    assert warm_up_candles([MOMENTUM]) == 4 * 21 + 1
    assert warm_up_candles([]) == 0


def test_price_units_are_named_only_if_they_train(monkeypatch: pytest.MonkeyPatch) -> None:
    class InPrice:
        def price_unit_columns(self, options: object) -> list[str]:
            return ["average"]

    monkeypatch.setitem(engine.GENERATORS, "momentum", InPrice())  # type: ignore[arg-type]
    prefixed = MOMENTUM.model_copy(update={"prefix": "p_"})
    assert price_unit_columns([prefixed], None) == ["p_average"]
    assert price_unit_columns([prefixed], ["return_*"]) == []


def test_every_generator_keeps_the_contract() -> None:
    for name, generator in GENERATORS.items():
        assert get_args(engine.FEATURE_OPTIONS[name].model_fields["generator"].annotation) == (
            name,
        )
        for verb in ("generate", "warm_up_candles", "price_unit_columns"):
            assert callable(getattr(generator, verb)), f"{name}.{verb}"


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"generator": "momentun", "windows_candles": [6]}, "did you mean 'momentum'?"),
        ({"generator": "momentum", "windows_candles": [1]}, "feature_sets.0.windows_candles.0"),
        ({"generator": "momentum", "windows_candles": []}, "at least 1 item"),
        ({"generator": "momentum", "windows": [6]}, "did you mean 'windows_candles'?"),
        ({"windows_candles": [6]}, "generator"),
    ],
)
def test_bad_entries_are_refused(entry: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_settings({"regimes": {"feature_sets": [entry]}})
    assert words in str(refused.value)


def test_the_list_changes_the_hash() -> None:
    one = parse_settings({"regimes": {"feature_sets": [{"generator": "calendar"}]}})
    two = parse_settings({"regimes": {"feature_sets": [{"generator": "calendar", "hour": False}]}})
    assert settings_hash(one.model_dump()) != settings_hash(two.model_dump())
