"""ITB's own set of features: its stored values, pandas, and by hand; trades and takers too."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.errors import SettingsError
from freqai_regimes.features.volume_profile import (
    Options,
    generate,
    price_unit_columns,
    warm_up_candles,
)
from tests.random_candles import random_candles
from tests.reference_vectors import assert_equals_peer, cases, deviation

BY_DEFAULT = ["close", "close_std", "volume", "span", "close_area", "close_trend", "volume_trend"]
WITH_BASE = ("close_WMA", "close_STD", "volume_SMA", "span_SMA")
EVERY = (*WITH_BASE, "trades_SMA", "tb_base_SMA", "close_AREA", "close_SLOPE", "volume_SLOPE")


def with_extras(rows: int, seed: int) -> pd.DataFrame:
    """Candles with what a side table brings: number of trades, volume that takers bought."""
    candles = random_candles(rows, seed=seed)
    rng = np.random.default_rng(seed)
    return candles.assign(
        trades=rng.integers(5, 50, rows), taker_base_volume=candles["volume"] * rng.random(rows)
    )


def profile(candles: pd.DataFrame, **options: Any) -> pd.DataFrame:
    return generate(candles, Options(**{"windows_candles": (2,), **options}))


@pytest.mark.parametrize("name", ["btc_1m", "btc_1h", "eth_5m"])
def test_every_stored_value_of_the_peer_is_met(reference: Path, name: str) -> None:
    candles = pd.read_feather(reference / "inputs" / f"{name}.feather")
    file = f"features/itblib_{name}.feather"
    expected = pd.read_feather(reference / file)
    compared = 0
    for case in cases(reference, file):
        config = dict(case["config"])
        options = Options(
            windows_candles=config.pop("windows"),
            base_window_candles=config.pop("base_window"),
            partial_windows=True,
            **config,
        )
        got = generate(candles, options)
        assert list(got) == case["peer_columns"]
        for column in got:
            stored = f"{case['case']}__{column}"
            assert_equals_peer(got[column], expected[stored], stored)
            compared += 1
    assert compared == len(expected.columns)


def test_deviation_full_windows_by_default(reference: Path) -> None:
    """Half a window would be compared with half a base; the peer's form is an option."""
    assert "full windows by default" in deviation(reference, "warm_up_min_periods")
    candles = pd.read_feather(reference / "inputs" / "btc_1h.feather")
    stored = pd.read_feather(reference / "features" / "itblib_btc_1h.feather")
    got = generate(candles, Options(windows_candles=(60,), base_window_candles=240))
    for column, first in (("close_60", 239), ("close_trend_60", 59)):
        case = "level_shape" if "trend" in column else "level_agg"
        peer = stored[f"{case}__{column}"]
        assert peer.first_valid_index() < got[column].first_valid_index() == first
        assert_equals_peer(got[column], peer.where(peer.index >= first), column)


def test_deviation_differences_leave_the_candles_alone(reference: Path) -> None:
    """The peer writes the changes over close, volume and trades, for all generators after it."""
    assert "computes on copies" in deviation(reference, "itblib_does_not_overwrite_candles")
    candles = with_extras(60, seed=3)
    before = candles.copy(deep=True)
    profile(candles, functions=EVERY, base_window_candles=20, use_differences=True)
    pd.testing.assert_frame_equal(candles, before)


def test_numbers_by_hand() -> None:
    candles = pd.DataFrame(
        {
            "high": [11.0, 22.0, 34.0],
            "low": [10.0, 20.0, 30.0],
            "close": [10.0, 20.0, 30.0],
            "volume": [1.0, 3.0, 1.0],
            "trades": [2, 4, 6],
            "taker_base_volume": [1.0, 1.5, 0.0],
        }
    )
    got = profile(candles, functions=EVERY, base_window_candles=3).iloc[2]
    # close weighted by volume: (60 + 30) / 4 = 22.5, of all three (10 + 60 + 30) / 5 = 20
    assert got["close_2"] == pytest.approx(12.5)
    # standard deviations 5 and sqrt(200 / 3)
    assert got["close_std_2"] == pytest.approx(100 * (5 / math.sqrt(200 / 3) - 1))
    assert got["volume_2"] == pytest.approx(100 * (2 / (5 / 3) - 1))
    assert got["span_2"] == pytest.approx(100 * (3 / (7 / 3) - 1))
    assert got["trades_2"] == pytest.approx(25)
    # shares 1, 0.5, 0: 0.25 against 0.5
    assert got["tb_base_2"] == pytest.approx(-50)
    assert got["close_area_2"] == -1 and got["close_trend_2"] == 10 and got["volume_trend_2"] == -2


def test_differences_by_hand() -> None:
    candles = pd.DataFrame(
        {
            "close": [10.0, 20.0, 30.0, 15.0],
            "volume": [4.0, 1.0, 2.0, 6.0],
            "trades": [1, 2, 3, 3],
            "taker_base_volume": [4.0, 1.0, 1.0, 0.0],
        }
    )
    functions = ("volume_SMA", "trades_SMA", "tb_base_SMA", "close_SLOPE", "close_WMA")
    got = profile(candles, functions=functions, base_window_candles=3, use_differences=True)
    last = got.iloc[3]
    # changes of volume -75, 100, 200; of trades 100, 50, 0; of the close 100, 50, -50
    assert last["volume_2"] == pytest.approx(100 * (150 / 75 - 1))
    assert last["trades_2"] == pytest.approx(100 * (25 / 50 - 1))
    assert last["close_trend_2"] == pytest.approx(-100)
    # 50 x 100 - 50 x 200 = -5,000 over 300; with 100 x -75 it is -12,500 over 225
    base = -12_500 / 225
    assert last["close_2"] == pytest.approx(100 * ((-5_000 / 300 - base) / base))
    # shares of the volume itself: 1, 0.5, 0
    assert last["tb_base_2"] == pytest.approx(-50)
    assert got.iloc[:3]["volume_2"].isna().all()
    assert got["close_trend_2"].isna().tolist() == [True, True, False, False]


@pytest.mark.parametrize("window", [1, 2, 9, 30])
def test_values_are_those_of_pandas(window: int) -> None:
    candles = with_extras(120, seed=7)
    functions = EVERY[:6]
    got = profile(candles, functions=functions, windows_candles=(window,), base_window_candles=25)
    close, volume = candles["close"], candles["volume"]
    share = (candles["taker_base_volume"] / volume).ffill()

    def against_base(value: Any) -> pd.Series:
        return 100 * (value(window) / value(25) - 1)

    expected = {
        "close": against_base(
            lambda w: (close * volume).rolling(w).mean() / volume.rolling(w).mean()
        ),
        "close_std": against_base(lambda w: close.rolling(w).std(ddof=0)),
        "volume": against_base(lambda w: volume.rolling(w).mean()),
        "span": against_base(lambda w: (candles["high"] - candles["low"]).rolling(w).mean()),
        "trades": against_base(lambda w: candles["trades"].rolling(w).mean()),
        "tb_base": against_base(lambda w: share.rolling(w).mean()),
    }
    for name, values in expected.items():
        ours = got[f"{name}_{window}"]
        if name == "close" and window == 1:  # pandas leaves rounding where nothing was traded
            values = values.where(volume > 0)
        pd.testing.assert_series_equal(ours, values, check_names=False, rtol=1e-8, atol=1e-8)


def test_without_a_side_table_what_candles_carry() -> None:
    got = profile(random_candles(40, seed=1), base_window_candles=20)
    assert list(got) == [f"{name}_2" for name in BY_DEFAULT]
    assert got.drop(columns="close_area_2")[20:].notna().all(axis=None)  # it has none where flat


@pytest.mark.parametrize(
    ("function", "column", "option"),
    [
        ("trades_SMA", "trades", "trades_column"),
        ("tb_base_SMA", "taker_base_volume", "taker_base_column"),
    ],
)
def test_what_only_a_side_table_brings_is_told(function: str, column: str, option: str) -> None:
    candles = with_extras(30, seed=2).drop(columns=column)
    words = f"volume_profile asks for {column}, .* source kline_extras"
    with pytest.raises(SettingsError, match=words):
        profile(candles, functions=(function,), base_window_candles=9)
    renamed = with_extras(30, seed=2).rename(columns={column: "extra"})
    got = profile(renamed, functions=(function,), base_window_candles=9, **{option: "extra"})
    assert got.iloc[8:].notna().all(axis=None)


def test_a_missing_candle_column_is_told_without_the_side_table() -> None:
    candles = random_candles(30, seed=2).drop(columns="high")
    with pytest.raises(SettingsError, match=r"asks for high, .* Correct the columns"):
        profile(candles, base_window_candles=9)


def test_standing_prices_and_no_trades_have_no_value() -> None:
    flat = {"high": [5.0] * 9, "low": [5.0] * 9, "close": [5.0] * 9, "volume": [0.0] * 9}
    got = profile(pd.DataFrame(flat), base_window_candles=4).iloc[4:]
    assert (got[["close_trend_2", "volume_trend_2"]] == 0).all(axis=None)
    assert got.drop(columns=["close_trend_2", "volume_trend_2"]).isna().all(axis=None)


def test_missing_values_and_changes_count_as_the_last_known() -> None:
    volume = [math.nan, 2.0, math.nan, math.inf, 6.0]
    candles = pd.DataFrame({"volume": volume})
    options = {"functions": ("volume_SLOPE",), "base_window_candles": 3}
    assert profile(candles, **options)["volume_trend_2"][2:].tolist() == [0, 0, 4]
    # changes 100, then to zero -100, from zero unknown, 0 to 0 unknown, and 50
    candles = pd.DataFrame({"volume": [1.0, 2.0, 0.0, 0.0, 4.0, 6.0]})
    changes = profile(candles, **options, use_differences=True)["volume_trend_2"]
    assert changes[2:].tolist() == [-200, 0, 0, 150]


def test_a_window_longer_than_the_data_has_no_value() -> None:
    candles = random_candles(12, seed=4)
    long_base = profile(candles, base_window_candles=13)
    assert long_base[[f"{name}_2" for name in BY_DEFAULT[:4]]].isna().all(axis=None)
    assert long_base["close_trend_2"][1:].notna().all()
    assert profile(candles, windows_candles=(13,), base_window_candles=2).isna().all(axis=None)
    half = profile(candles, windows_candles=(16,), base_window_candles=16, partial_windows=True)
    assert half[:7].isna().all(axis=None) and half[7:].notna().all(axis=None)


def test_warm_up_and_units() -> None:
    options = Options(windows_candles=(3, 9), base_window_candles=20)
    assert warm_up_candles(options) == 19
    assert warm_up_candles(options.model_copy(update={"use_differences": True})) == 20
    shapes = Options(
        functions=("close_AREA", "close_SLOPE"), windows_candles=(3, 9), base_window_candles=20
    )
    assert warm_up_candles(shapes) == 8
    assert price_unit_columns(shapes) == ["close_trend_3", "close_trend_9"]
    assert price_unit_columns(shapes.model_copy(update={"use_differences": True})) == []


@pytest.mark.parametrize("differences", [False, True])
def test_columns_in_units_are_those_that_grow(differences: bool) -> None:
    options = Options(
        functions=EVERY,
        windows_candles=(4,),
        base_window_candles=9,
        use_differences=differences,
    )
    candles = with_extras(50, seed=5)
    larger = candles.copy()
    larger[["open", "high", "low", "close", "volume", "taker_base_volume"]] *= 8
    one, eight = generate(candles, options), generate(larger, options)
    grown = [c for c in one if not np.allclose(one[c], eight[c], rtol=1e-6, equal_nan=True)]
    assert grown == price_unit_columns(options)


@pytest.mark.parametrize("differences", [False, True])
def test_later_rows_change_nothing(differences: bool) -> None:
    """To the bit, wherever the history is cut."""
    candles = with_extras(130, seed=8)
    candles.loc[[0, 40, 41, 90], ["close", "volume"]] = math.nan
    options = Options(
        functions=EVERY,
        windows_candles=(5, 24),
        base_window_candles=40,
        use_differences=differences,
        partial_windows=True,
    )
    whole = generate(candles, options)
    for rows in (1, 2, 5, 24, 41, 42, 91, 129):
        cut = generate(candles.iloc[:rows], options)
        pd.testing.assert_frame_equal(cut, whole.iloc[:rows], check_exact=True)


def test_the_past_leaves_nothing_behind() -> None:
    """To the bit, the first value after the warm-up as well."""
    candles = with_extras(150, seed=6)
    for differences in (False, True):
        options = Options(
            functions=EVERY,
            windows_candles=(4, 11),
            base_window_candles=37,
            use_differences=differences,
        )
        whole, later = generate(candles, options), generate(candles.iloc[50:], options)
        first = 50 + warm_up_candles(options)
        known = later.notna().idxmax().max()
        assert known == first
        pd.testing.assert_frame_equal(whole.loc[first:], later.loc[first:], check_exact=True)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"windows_candles": (0,)}, "greater than or equal to 1"),
        ({"windows_candles": (4, 4)}, "each only once"),
        ({"base_window_candles": 0}, "greater than or equal to 1"),
        ({"functions": ("close_SMA",)}, "'close_WMA', 'close_STD'"),
        ({"windows_candles": (1, 5)}, "close_AREA over 1 candle.* windows_candles of 2 or more"),
        ({"base_window": 9}, "Extra inputs"),
    ],
)
def test_bad_options_are_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Options(**{"windows_candles": (5,), "base_window_candles": 9, **wrong})
