"""Statistics of windows: stored values of ITB and tsfresh, pandas, scipy, TA-Lib, and by hand."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import talib
from pydantic import ValidationError

from freqai_regimes.errors import SettingsError
from freqai_regimes.features.statistics import (
    Options,
    generate,
    price_unit_columns,
    warm_up_candles,
)
from tests.random_candles import random_candles
from tests.reference_vectors import assert_equals_peer, cases, deviation

INPUTS = ["btc_1m", "btc_1h", "eth_5m"]
TSFRESH = ["skewness", "kurtosis", "msdc", "lsbm", "fmax"]
ALL = ["mean", "std", "skew", "scipy_skew", "kurtosis", "scipy_kurtosis"]
ALL += ["area", "slope", "lsbm", "fmax", "msdc"]


def statistic(values: list[float], function: str, window: int, **options: Any) -> list[float]:
    """Values of one function over one column."""
    asked = Options(functions=(function,), windows_candles=(window,), **options)
    column: pd.Series = generate(pd.DataFrame({"close": values}), asked)[
        f"close_{function}_{window}"
    ]
    return list(column)


def of_case(config: dict[str, Any]) -> Options:
    """Our options for a configuration of the peer, which gives values from half a window on."""
    ours = dict(config)
    options = ours.pop("parameters", {})
    return Options(
        windows_candles=ours.pop("windows"),
        functions=ours.pop("functions", TSFRESH),
        partial_windows=True,
        **ours,
        **options,
    )


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("peer", ["itbstats", "tsfresh"])
def test_every_stored_value_of_the_peers_is_met(reference: Path, peer: str, name: str) -> None:
    candles = pd.read_feather(reference / "inputs" / f"{name}.feather")
    file = f"features/{peer}_{name}.feather"
    expected = pd.read_feather(reference / file)
    compared = 0
    for case in cases(reference, file):
        got = generate(candles, of_case(case["config"]))
        assert list(got) == case["peer_columns"] or peer == "tsfresh"
        for column in case["peer_columns"]:
            stored = f"{case['case']}__{column}"
            assert_equals_peer(got[column], expected[stored], stored)
            compared += 1
    assert compared == len(expected.columns)


def test_deviation_full_windows_by_default(reference: Path) -> None:
    """Half a window would be a different statistic; the peer's form is an option."""
    assert "full windows by default" in deviation(reference, "warm_up_min_periods")
    candles = pd.read_feather(reference / "inputs" / "btc_1h.feather")
    stored = pd.read_feather(reference / "features" / "itbstats_btc_1h.feather")
    got = generate(candles, Options(functions=("mean", "slope"), windows_candles=(60,)))
    for function in ("mean", "slope"):
        peer = stored[f"plain__close_{function}_60"]
        assert peer.first_valid_index() == 29
        assert_equals_peer(got[f"close_{function}_60"], peer.where(peer.index >= 59), function)


def test_deviation_missing_values_are_filled_forward_never_interpolated(reference: Path) -> None:
    """The peer draws a line to the next value, which is not known yet."""
    assert "forward fill only" in deviation(reference, "no_interpolation")
    candles = pd.read_feather(reference / "inputs" / "btc_1h_nan.feather")
    stored = pd.read_feather(reference / "features" / "nan_handling_btc_1h.feather")
    functions = ("mean", "slope", "fmax", "area")
    options = Options(functions=functions, windows_candles=(5, 10), partial_windows=True)
    got = generate(candles, options)
    for column in got:
        expected = stored[f"forward_filled__{column}"]
        if "fmax" in column:
            # Early windows of the peer hold missing values, which it takes for the maximum.
            window = int(column.rpartition("_")[2])
            early = got.index < 3 + window - 1
            assert (expected[early].dropna() == 0).all()
            got.loc[early, column] = expected[early]
        assert_equals_peer(got[column], expected, column)
    hole = slice(500, 505)
    for column in ("close_mean_5", "close_slope_5", "close_area_10"):
        assert not np.allclose(got[column][hole], stored[f"peer_interpolated__{column}"][hole])


def test_deviation_each_form_of_kurtosis_has_its_own_name(reference: Path) -> None:
    """The peer's scipy_kurtosis is not what scipy calls bias-adjusted excess kurtosis."""
    assert "under its own name" in deviation(reference, "scipy_kurtosis_argument")
    candles = pd.read_feather(reference / "inputs" / "btc_1h.feather")
    stored = pd.read_feather(reference / "features" / "itbstats_btc_1h.feather")
    got = generate(candles, Options(functions=("kurtosis",), windows_candles=(60,)))
    adjusted = stored["plain__close_pandas_kurtosis_60"]
    assert_equals_peer(got["close_kurtosis_60"], adjusted.where(adjusted.index >= 59), "kurtosis")
    assert not np.allclose(
        got["close_kurtosis_60"][59:], stored["plain__close_scipy_kurtosis_60"][59:]
    )


def test_every_form_of_kurtosis_is_the_one_that_scipy_calls_so() -> None:
    values = np.random.default_rng(3).lognormal(0, 1, 12)
    plain = scipy.stats.kurtosis(values, fisher=False)
    excess = scipy.stats.kurtosis(values)
    adjusted = scipy.stats.kurtosis(values, bias=False)
    got = {
        "scipy_kurtosis": statistic(list(values), "scipy_kurtosis", 12)[-1],
        "biased": statistic(list(values), "scipy_kurtosis", 12, bias=True)[-1],
        "kurtosis": statistic(list(values), "kurtosis", 12)[-1],
        "pandas_kurtosis": statistic(list(values), "pandas_kurtosis", 12)[-1],
    }
    expected = {
        "scipy_kurtosis": plain,
        "biased": excess,
        "kurtosis": adjusted,
        "pandas_kurtosis": adjusted,
    }
    assert got == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("window", [4, 5, 7, 16, 61])
def test_values_are_those_of_other_libraries(window: int) -> None:
    candles = random_candles(300, seed=5)
    close = candles["close"]
    got = generate(candles, Options(functions=ALL, windows_candles=(window,)))
    rolling = close.rolling(window)
    expected = {
        "mean": rolling.mean(),
        "std": rolling.std(ddof=0),
        "skew": rolling.skew(),
        "scipy_skew": rolling.apply(lambda x: scipy.stats.skew(x, bias=False)),
        "kurtosis": rolling.kurt(),
        "scipy_kurtosis": rolling.apply(lambda x: scipy.stats.kurtosis(x, fisher=False)),
        "slope": talib.LINEARREG_SLOPE(close, window),
    }
    for function, values in expected.items():
        ours = got[f"close_{function}_{window}"]
        pd.testing.assert_series_equal(ours, values, check_names=False, rtol=1e-7, atol=1e-8)
    linear = scipy.stats.linregress(np.arange(window), close[-window:]).slope
    assert got[f"close_slope_{window}"].iloc[-1] == pytest.approx(linear, rel=1e-10)


def test_numbers_by_hand() -> None:
    values = [3.0, 1.0, 2.0, 6.0]  # mean 3, distances 0 -2 -1 3
    assert statistic(values, "mean", 4)[-1] == 3
    assert statistic(values, "std", 4)[-1] == pytest.approx(math.sqrt(14 / 4))
    # sums of powers: 14, -8 - 1 + 27 = 18, 16 + 1 + 81 = 98
    plain = (18 / 4) / (14 / 4) ** 1.5
    assert statistic(values, "scipy_skew", 4, bias=True)[-1] == pytest.approx(plain)
    assert statistic(values, "skew", 4)[-1] == pytest.approx(plain * math.sqrt(12) / 2)
    assert statistic(values, "scipy_kurtosis", 4)[-1] == pytest.approx((98 / 4) / (14 / 4) ** 2)
    # below the last value by 3 + 5 + 4
    assert statistic(values, "area", 4)[-1] == -1
    # of 6 1 2 3: above by 3, below by 2 and 1
    assert statistic([6.0, 1.0, 2.0, 3.0], "area", 4)[-1] == 0
    # places -1.5 -0.5 0.5 1.5: (-4.5 - 0.5 + 1 + 9) / 5
    assert statistic(values, "slope", 4)[-1] == pytest.approx(1.0)
    assert statistic(values, "lsbm", 4)[-1] == 2
    assert statistic(values, "fmax", 4)[-1] == 0.75
    assert statistic([6.0, 1.0, 6.0, 6.0], "fmax", 4)[-1] == 0  # the first of them
    # second differences / 2: (3 - 2 + 2) / 2 = 1.5 and (6 - 4 + 1) / 2 = 1.5
    assert statistic(values, "msdc", 4)[-1] == pytest.approx(1.5)


def longest_run(window: np.ndarray) -> int:
    runs = "".join("x" if value < window.mean() else " " for value in window).split()
    return max(map(len, runs), default=0)


@pytest.mark.parametrize("window", [3, 8, 21])
def test_shapes_are_those_of_plain_loops(window: int) -> None:
    values = np.random.default_rng(window).integers(0, 9, 120).astype(float)  # with ties
    got = generate(
        pd.DataFrame({"close": values}),
        Options(functions=("lsbm", "fmax", "area", "msdc"), windows_candles=(window,)),
    )
    for row in range(window - 1, 120):
        part = values[row - window + 1 : row + 1]
        assert got[f"close_lsbm_{window}"][row] == longest_run(part)
        assert got[f"close_fmax_{window}"][row] == part.argmax() / window
        distance = part - part[-1]
        if distance.any():
            area = distance.sum() / np.abs(distance).sum()
            assert got[f"close_area_{window}"][row] == pytest.approx(area)
        else:
            assert math.isnan(got[f"close_area_{window}"][row])
        centre = np.mean((part[2:] - 2 * part[1:-1] + part[:-2]) / 2)
        assert got[f"close_msdc_{window}"][row] == pytest.approx(centre, abs=1e-12)


def test_values_that_do_not_vary_have_no_shape() -> None:
    flat = [0.1] * 8
    zero = {"std", "slope", "msdc", "lsbm", "fmax"}
    for function in ALL:
        got = statistic(flat, function, 5)[4:]
        if function in zero:
            assert got == [0.0] * 4, function
        elif function == "mean":
            assert got == [0.1] * 4
        else:
            assert np.isnan(got).all(), function


def test_values_that_vary_by_rounding_alone_have_no_shape() -> None:
    nearly_flat = [1e9] * 4 + [math.nextafter(1e9, math.inf)]
    for function in ("skew", "scipy_skew", "kurtosis", "scipy_kurtosis"):
        assert math.isnan(statistic(nearly_flat, function, 5)[-1]), function
    assert statistic([1e9] * 4 + [1e9 + 1], "skew", 5)[-1] == pytest.approx(5**0.5)


def test_high_prices_lose_no_digits() -> None:
    moves = np.random.default_rng(4).normal(0, 1, 200)
    high = list(moves + 1e9)
    exact = [float(x) - 1e9 for x in high]
    for function in ("std", "skew", "kurtosis", "slope"):
        assert statistic(high, function, 20)[19:] == pytest.approx(
            statistic(exact, function, 20)[19:], rel=1e-6, abs=1e-6
        )


def test_a_spike_leaves_nothing_behind() -> None:
    """To the bit: a window depends on its own rows, whatever history was loaded."""
    rng = np.random.default_rng(6)
    quiet = list(rng.normal(100, 1e-3, 90))
    for function in ALL:
        longer = statistic([1e12, 1.0, *quiet], function, 13)[2 + 12 :]
        assert longer == statistic(quiet, function, 13)[12:], function


def test_later_rows_change_nothing() -> None:
    """To the bit, wherever the history is cut."""
    candles = random_candles(130, seed=8)
    candles.loc[[0, 1, 40, 41, 90], "close"] = math.nan
    options = Options(
        columns=("close", "volume"),
        functions=ALL,
        windows_candles=(5, 24),
        partial_windows=True,
        rel_base="next",
        rel_func="diff",
        percentage=True,
    )
    whole = generate(candles, options)
    for rows in (1, 2, 5, 24, 41, 42, 91, 129):
        cut = generate(candles.iloc[:rows], options)
        pd.testing.assert_frame_equal(cut, whole.iloc[:rows], check_exact=True)


def test_missing_values_count_as_the_last_known_one() -> None:
    gappy = [math.nan, 4.0, math.nan, math.inf, 6.0]
    assert statistic(gappy, "mean", 2)[2:] == [4.0, 4.0, 5.0]
    assert np.isnan(statistic(gappy, "mean", 2)[:2]).all()
    assert statistic(gappy, "mean", 2, partial_windows=True)[1] == 4.0
    assert np.isnan(statistic([math.nan] * 4, "mean", 2)).all()


@pytest.mark.parametrize("function", ALL)
def test_a_window_longer_than_the_data_has_no_value(function: str) -> None:
    values = [1.0, 5.0, 2.0, 7.0, 3.0, 9.0]
    assert np.isnan(statistic(values, function, 7)).all()
    assert not math.isnan(statistic(values, function, 6)[-1])
    early = statistic(values, function, 10, partial_windows=True)
    assert np.isnan(early[:4]).all() and not np.isnan(early[4:]).any()


def test_names_order_and_relation_of_windows() -> None:
    candles = random_candles(50, seed=2)
    options = Options(
        columns=("close", "volume"),
        functions=("mean", "std"),
        windows_candles=(3, 9),
        rel_base="next",
        rel_func="rel_diff",
    )
    got = generate(candles, options)
    assert list(got) == [
        f"{column}_{function}_{window}"
        for column in ("close", "volume")
        for function in ("mean", "std")
        for window in (3, 9)
    ]
    short, long = (candles["close"].rolling(window).mean() for window in (3, 9))
    assert np.allclose(got["close_mean_3"][8:], (short / long - 1)[8:])
    assert np.allclose(got["close_mean_9"][8:], long[8:])


def test_units_and_warm_up() -> None:
    options = Options(columns=("eth_close", "funding"), functions=ALL, windows_candles=(10, 4))
    assert warm_up_candles(options) == 9
    assert price_unit_columns(options) == [
        f"eth_close_{function}_{window}"
        for function in ("mean", "std", "slope", "msdc")
        for window in (10, 4)
    ]
    for func, columns in (("rel", ["close_mean_10"]), ("diff", ["close_mean_10", "close_mean_4"])):
        relative = Options(
            functions=("mean",), windows_candles=(10, 4), rel_base="first", rel_func=func
        )
        assert price_unit_columns(relative) == columns


def test_columns_in_units_are_those_that_grow_with_the_price() -> None:
    candles = random_candles(60, seed=9)
    options = Options(functions=ALL, windows_candles=(8,))
    one, ten = (
        generate(candles, options),
        generate(candles.assign(close=candles.close * 8), options),
    )
    grown = [column for column in one if not np.allclose(one[column][7:], ten[column][7:])]
    assert grown == price_unit_columns(options)


def test_input_is_left_alone_and_the_index_kept() -> None:
    candles = random_candles(30, seed=1).set_axis(range(100, 130))
    before = candles.copy(deep=True)
    got = generate(candles, Options(functions=ALL, windows_candles=(6,)))
    pd.testing.assert_frame_equal(candles, before)
    assert got.index.equals(candles.index)
    assert set(got.dtypes) == {np.dtype(float)}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"windows_candles": (0,)}, "greater than or equal to 1"),
        ({"windows_candles": ()}, "at least 1 item"),
        ({"windows_candles": (5, 5)}, "each only once"),
        ({"functions": ("median",)}, "'mean', 'std'"),
        ({"functions": ("skew",), "windows_candles": (2, 9)}, "windows_candles of 3 or more"),
        ({"columns": ()}, "at least 1 item"),
        ({"rel_base": "next"}, "set both"),
        ({"rel_base": "next", "rel_func": "rel"}, "two or more windows_candles"),
        ({"window": 3}, "Extra inputs"),
    ],
)
def test_bad_options_are_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Options(**{"functions": ("mean",), "windows_candles": (5,), **wrong})


def test_a_missing_column_is_named_with_those_there_are() -> None:
    options = Options(columns=("close", "funding"), functions=("mean",), windows_candles=(5,))
    with pytest.raises(
        SettingsError, match=r"statistics asks for funding,.*there are date, open, high"
    ):
        generate(random_candles(9, seed=1), options)
