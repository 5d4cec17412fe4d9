"""TA-Lib by name: every stored value of ITB, TA-Lib itself, names, inputs, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import talib
from pydantic import ValidationError

from freqai_regimes.errors import SettingsError
from freqai_regimes.features.talib_function import (
    Options,
    generate,
    price_unit_columns,
    warm_up_candles,
)
from tests.random_candles import random_candles
from tests.reference_vectors import assert_equals_peer, cases, deviation

INPUTS = ["btc_1m", "btc_1h", "eth_5m"]
CANDLES = random_candles(200, seed=31)


def of_case(config: dict[str, Any]) -> Options:
    """Our options for a configuration of the peer, whose null window is no window here."""
    ours = dict(config)
    options = ours.pop("parameters", {})
    windows = [window for window in ours.pop("windows") if window is not None]
    return Options(windows_candles=windows, infix=ours.pop("names", ""), **ours, **options)


def is_first(case: dict[str, Any]) -> bool:
    return bool(case["config"].get("parameters", {}).get("rel_base") == "first")


@pytest.mark.parametrize("name", INPUTS)
def test_every_stored_value_of_the_peer_is_met(reference: Path, name: str) -> None:
    """Those with the base ``first`` are deviations, below."""
    candles = pd.read_feather(reference / "inputs" / f"{name}.feather")
    file = f"features/talib_{name}.feather"
    expected = pd.read_feather(reference / file)
    compared = set()
    for case in cases(reference, file):
        if not is_first(case):
            got = generate(candles, of_case(case["config"]))
            assert list(got) == case["peer_columns"]
            for column in got:
                stored = f"{case['case']}__{column}"
                assert_equals_peer(got[column], expected[stored], stored)
                compared.add(stored)
    assert {column for column in expected if not column.startswith("first_")} == compared


@pytest.mark.parametrize("name", INPUTS)
def test_deviation_the_first_base_is_the_first_window(reference: Path, name: str) -> None:
    """The peer takes the last window for the first, and so leaves x / x in the last column."""
    assert deviation(reference, "rel_base_first_is_first").endswith("Ours: the first.")
    candles = pd.read_feather(reference / "inputs" / f"{name}.feather")
    file = f"features/talib_{name}.feather"
    stored = pd.read_feather(reference / file)
    compared = 0
    for case in filter(is_first, cases(reference, file)):
        got = generate(candles, of_case(case["config"]))
        options = case["config"]["parameters"]
        first, *others = case["config"]["windows"]
        base = candles["close"] if first == 1 else talib.SMA(candles["close"], first)
        scale = 100 if options.get("percentage") else 1
        assert_equals_peer(got[f"close_SMA_{first}"], base * scale, case["case"])
        for window in others:
            average = talib.SMA(candles["close"], window)
            expected = {
                "rel": average / base,
                "diff": average - base,
                "rel_diff": (average - base) / base,
            }[options["rel_func"]]
            column = f"close_SMA_{window}"
            assert_equals_peer(got[column], expected * scale, f"{case['case']} {column}")
            assert not np.allclose(got[column][60:], stored[f"{case['case']}__{column}"][60:])
            compared += 1
    assert compared > 10


def test_deviation_missing_values_are_filled_forward_never_interpolated(reference: Path) -> None:
    """The peer draws a line to the next value, which is not known yet."""
    assert "forward fill only" in deviation(reference, "no_interpolation")
    candles = pd.read_feather(reference / "inputs" / "btc_1h_nan.feather")
    stored = pd.read_feather(reference / "features" / "nan_handling_btc_1h.feather")
    got = generate(candles, Options(functions=("SMA", "RSI"), windows_candles=(5, 10)))
    for column in got:
        assert_equals_peer(got[column], stored[f"forward_filled__{column}"], column)
        interpolated = stored[f"peer_interpolated__{column}"]
        assert not np.allclose(got[column][500:505], interpolated[500:505])


def test_columns_are_what_ta_lib_returns() -> None:
    options = Options(functions=("EMA", "MFI", "VWMA", "BBANDS"), windows_candles=(7, 20))
    got = generate(CANDLES, options)
    high, low, close, volume = (CANDLES[name] for name in ("high", "low", "close", "volume"))
    upper, middle, lower = talib.BBANDS(close, 20)
    expected = {
        "close_EMA_7": talib.EMA(close, 7),
        "high_low_close_volume_MFI_20": talib.MFI(high, low, close, volume, 20),
        "close_volume_VWMA_7": talib.VWMA(close, volume, 7),
        "close_BBANDS_20_upperband": upper,
        "close_BBANDS_20_middleband": middle,
        "close_BBANDS_20_lowerband": lower,
    }
    assert set(expected) < set(got) and len(got.columns) == 2 + 2 + 2 + 6
    for name, values in expected.items():
        finite = values.where(np.isfinite(values))
        pd.testing.assert_series_equal(got[name], finite, check_names=False)


def test_a_function_of_one_series_is_computed_for_each_column() -> None:
    options = Options(columns=("close", "volume"), functions=("SMA", "ROC"), windows_candles=(3,))
    names = ["close_SMA_3", "volume_SMA_3", "close_ROC_3", "volume_ROC_3"]
    assert list(generate(CANDLES, options)) == names


def test_where_a_function_of_candles_finds_its_inputs() -> None:
    prefixed = CANDLES.rename(columns=lambda name: name if name == "date" else f"eth_{name}")
    both = pd.concat([prefixed[::-1].reset_index(drop=True), CANDLES.drop(columns="date")], axis=1)
    named = ["eth_high", "eth_low", "eth_close"]
    own = generate(CANDLES, Options(functions=("ATR",), windows_candles=(9,)))
    eth = talib.ATR(*(both[name] for name in named), 9)
    for columns, expected in (
        (("close",), "high_low_close_ATR_9"),
        (("eth_close",), "high_low_close_ATR_9"),  # not all of its inputs
        (named[::-1], "eth_high_eth_low_eth_close_ATR_9"),
        (
            {"high": "eth_high", "low": "eth_low", "close": "eth_close"},
            "eth_high_eth_low_eth_close_ATR_9",
        ),
    ):
        options = Options(columns=columns, functions=("ATR",), windows_candles=(9,))
        got = generate(both, options)
        assert list(got) == [expected]
        values = eth if expected.startswith("eth") else own["high_low_close_ATR_9"]
        pd.testing.assert_series_equal(got[expected], values, check_names=False)


def test_two_series_come_in_the_order_given() -> None:
    one = Options(columns=("close", "low"), functions=("SUB",))
    other = Options(columns={"real0": "low", "real1": "close"}, functions=("SUB",))
    assert (generate(CANDLES, one)["close_low_SUB"] == CANDLES["close"] - CANDLES["low"]).all()
    assert (generate(CANDLES, other)["low_close_SUB"] == CANDLES["low"] - CANDLES["close"]).all()


def test_a_window_of_one_is_the_series_itself() -> None:
    options = Options(functions=("RSI", "SMA"), windows_candles=(1, 5))
    got = generate(CANDLES, options)
    for name in ("close_RSI_1", "close_SMA_1"):
        assert got[name].tolist() == CANDLES["close"].tolist()
    assert warm_up_candles(Options(functions=("RSI",), windows_candles=(1,))) == 0
    assert price_unit_columns(options) == ["close_RSI_1", "close_SMA_1", "close_SMA_5"]
    # Of several series there is none that it could be.
    true_range = generate(CANDLES, Options(functions=("ATR",), windows_candles=(1,)))
    expected = talib.TRANGE(CANDLES["high"], CANDLES["low"], CANDLES["close"])
    assert np.allclose(true_range["high_low_close_ATR_1"][1:], expected[1:])


def test_whole_numbers_are_missing_where_ta_lib_could_not_look_back() -> None:
    got = generate(CANDLES, Options(functions=("CDLDOJI", "HT_TRENDMODE")))
    assert list(got) == ["open_high_low_close_CDLDOJI", "close_HT_TRENDMODE"]
    assert got["open_high_low_close_CDLDOJI"].first_valid_index() == 10
    assert got["close_HT_TRENDMODE"].first_valid_index() == 63
    assert set(got.dtypes) == {np.dtype(float)}


def test_parameters_other_than_the_window() -> None:
    options = Options(
        functions=("MACD", "STDDEV"),
        windows_candles=(8,),
        parameters={"MACD": {"fastperiod": 4, "slowperiod": 9}, "STDDEV": {"nbdev": 2}},
        infix="my",
    )
    got = generate(CANDLES, options)
    assert list(got) == [
        "close_MACD_my_macd",
        "close_MACD_my_macdsignal",
        "close_MACD_my_macdhist",
        "close_STDDEV_my_8",
    ]
    macd, *_ = talib.MACD(CANDLES["close"], 4, 9, 9)
    pd.testing.assert_series_equal(got["close_MACD_my_macd"], macd, check_names=False)
    twice = 2 * talib.STDDEV(CANDLES["close"], 8)
    pd.testing.assert_series_equal(got["close_STDDEV_my_8"], twice, check_names=False)


def test_warm_up_is_the_lookback_and_the_time_to_forget() -> None:
    for function, window, expected in [
        ("SMA", 20, 19),
        ("ROC", 20, 20),
        ("EMA", 20, 19 + 16 * 20),
        ("RSI", 14, 14 + 16 * 14),
        ("ADX", 14, 27 + 16 * 14),
        ("MA", 20, 19),
    ]:
        assert (
            warm_up_candles(Options(functions=(function,), windows_candles=(window,))) == expected
        )
    average = Options(functions=("MA",), windows_candles=(20,), parameters={"MA": {"matype": 1}})
    assert warm_up_candles(average) == 19 + 16 * 20
    assert warm_up_candles(Options(functions=("HT_DCPERIOD",))) == 32 + 400


def test_units() -> None:
    options = Options(
        columns=("close", "funding"),
        functions=("SMA", "RSI", "ATR"),
        windows_candles=(5, 9),
        rel_base="next",
        rel_func="rel",
    )
    assert price_unit_columns(options) == ["close_SMA_9", "high_low_close_ATR_9"]


def test_a_window_longer_than_the_data_has_no_value() -> None:
    options = Options(functions=("SMA", "RSI", "ATR", "CDLDOJI"), windows_candles=(9,))
    assert generate(CANDLES.iloc[:8], options).isna().all(axis=None)
    assert generate(CANDLES.iloc[:0], options).empty


def test_values_that_do_not_vary_and_infinite_results() -> None:
    flat = pd.DataFrame({"close": [5.0] * 30, "volume": [0.0] * 30})
    got = generate(flat, Options(functions=("ROC", "STDDEV", "VWMA"), windows_candles=(4,)))
    assert (got["close_ROC_4"][4:] == 0).all() and (got["close_STDDEV_4"][3:] == 0).all()
    assert got["close_volume_VWMA_4"].isna().all()
    quotient = generate(flat, Options(columns=("close", "volume"), functions=("DIV",)))
    assert quotient["close_volume_DIV"].isna().all()


def test_input_is_left_alone_and_the_index_kept() -> None:
    candles = CANDLES.set_axis(range(300, 500))
    before = candles.copy(deep=True)
    got = generate(candles, Options(functions=("SMA", "ATR"), windows_candles=(1, 5)))
    pd.testing.assert_frame_equal(candles, before)
    assert got.index.equals(candles.index)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"functions": ("sma",)}, "no function sma: use a name as in SMA"),
        ({"functions": ("OBV",)}, "OBV counts from the first candle loaded"),
        ({"functions": ("MAXINDEX",)}, "fmax of the generator statistics"),
        ({"functions": ()}, "at least 1 item"),
        ({"windows_candles": ()}, "SMA needs windows_candles"),
        ({"windows_candles": (0,)}, "greater than or equal to 1"),
        ({"windows_candles": (200_000,)}, "TA-Lib does not take .*200000.* for SMA"),
        ({"functions": ("ADX",), "windows_candles": (1,)}, "does not take .* for ADX"),
        ({"functions": ("CORREL",)}, r"CORREL takes 2 columns, got 1: \('close',\)"),
        ({"columns": {"close": "eth_close"}}, "SMA takes a series.*add real: its column"),
        ({"columns": ()}, "at least 1 item"),
        ({"parameters": {"RSI": {}}}, "not among the functions"),
        ({"parameters": {"SMA": {"timeperiod": 3}}}, "windows_candles gives"),
        ({"parameters": {"SMA": {"fastperiod": 3}}}, "no parameter fastperiod .* none"),
        ({"rel_base": "prev", "rel_func": "rel"}, "two or more windows_candles"),
    ],
)
def test_bad_options_are_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Options(**{"functions": ("SMA",), "windows_candles": (5,), **wrong})


def test_a_fraction_is_refused_where_ta_lib_takes_a_whole_number() -> None:
    with pytest.raises(ValidationError, match="fastperiod of MACD is a whole number, got"):
        Options(functions=("MACD",), parameters={"MACD": {"fastperiod": 4.5}})


def test_a_missing_column_is_named_with_those_there_are() -> None:
    options = Options(columns=("funding",), functions=("SMA",), windows_candles=(5,))
    with pytest.raises(
        SettingsError, match=r"talib's SMA asks for funding,.*there are date, open, high"
    ):
        generate(CANDLES, options)
