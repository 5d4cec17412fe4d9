"""The 19 features of source 004: values of another implementation, numbers by hand, its fills."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.errors import SettingsError
from freqai_regimes.features import source_004
from freqai_regimes.features.source_004 import Options, generate
from tests import generator_checks
from tests.random_candles import random_candles

NAMES = [
    *("ema_12", "ema_26", "ema_diff", "ema_diff_pct", "rsi", "rsi_normalized", "vwap"),
    *("price_to_vwap", "spread", "spread_ma", "ret_1m", "ret_5m", "ret_15m", "volume_ratio"),
    *("price_to_ma", "volatility_15m", "volatility_60m", "acceleration", "volume_price_div"),
]
WITH_60 = Options(with_ema_60=True)
CANDLES = random_candles(900, seed=4)


def flat(rows: int, close: float = 100.0, volume: float = 5.0) -> pd.DataFrame:
    price = pd.Series(np.full(rows, close))
    return pd.DataFrame(
        {"open": price, "high": price, "low": price, "close": price, "volume": volume}
    )


@pytest.mark.parametrize("name", ["btc_1m", "btc_1h", "eth_5m"])
def test_values_of_another_implementation(reference: Path, name: str) -> None:
    candles = pd.read_feather(reference / "inputs" / f"{name}.feather")
    expected = pd.read_feather(reference / "source004" / f"features_{name}.feather")
    expected = expected.rename(columns={"ema_60_option": "ema_60"})[[*NAMES, "ema_60"]]
    got = generate(candles, WITH_60)
    pd.testing.assert_frame_equal(got[expected.columns], expected, rtol=1e-6, atol=1e-6)


def test_there_are_19_and_the_20th_is_asked_for() -> None:
    assert list(generate(CANDLES, Options())) == NAMES
    assert list(generate(CANDLES, WITH_60).columns.difference(NAMES)) == ["ema_60"]


def test_numbers_by_hand_after_a_single_jump() -> None:
    """Close 100 for long, then 110 with high 112, low 108 and double volume."""
    candles = flat(80)
    candles.loc[79, ["high", "low", "close", "volume"]] = [112.0, 108.0, 110.0, 10.0]
    got = generate(candles, WITH_60).iloc[79]
    short, long = 100 + 10 * 2 / 13, 100 + 10 * 2 / 27
    average_volume = (14 * 5 + 10) / 15
    vwap = (59 * 100 * 5 + 110 * 10) / (59 * 5 + 10)
    expected = {
        "ema_12": short,
        "ema_26": long,
        "ema_diff": short - long,
        "ema_diff_pct": (short / long - 1) * 100,
        "ema_60": 100 + 10 * 2 / 61,
        "rsi": 100.0,
        "rsi_normalized": 1.0,
        "vwap": vwap,
        "price_to_vwap": (110 / vwap - 1) * 100,
        "spread": 4 / 110 * 100,
        "spread_ma": 4 / 110 * 100 / 15,
        "ret_1m": 10.0,
        "ret_5m": 10.0,
        "ret_15m": 10.0,
        "volume_ratio": 10 / average_volume,
        "price_to_ma": (110 / (1510 / 15) - 1) * 100,
        "volatility_15m": np.sqrt((100 - 100 / 15) / 14),
        "volatility_60m": np.sqrt((100 - 100 / 60) / 59),
        "acceleration": 10.0,
        "volume_price_div": (10 / average_volume - 1) * 10,
    }
    assert got.to_dict() == pytest.approx(expected, rel=1e-9)


def test_rsi_by_hand() -> None:
    """Up 2, down 1, seven times: gains 14, losses 7 in fourteen moves."""
    close = 50 + np.r_[0.0, np.tile([2.0, -1.0], 10)].cumsum()
    candles = flat(21).assign(close=close)
    assert generate(candles, Options())["rsi"].iloc[14:].tolist() == pytest.approx(
        [100 - 100 / 3] * 7
    )


def test_first_rows_are_unknown_and_never_filled() -> None:
    first = generate(random_candles(900, seed=1, timeframe="1m"), WITH_60).notna().idxmax()
    zero = ["ema_12", "ema_26", "ema_60", "ema_diff", "ema_diff_pct", "spread"]
    expected = dict.fromkeys(zero, 0) | {
        **{"rsi": 13, "rsi_normalized": 13, "vwap": 59, "price_to_vwap": 59, "spread_ma": 14},
        **{"ret_1m": 1, "ret_5m": 5, "ret_15m": 15, "volume_ratio": 14, "price_to_ma": 14},
        **{"volatility_15m": 15, "volatility_60m": 60, "acceleration": 2, "volume_price_div": 14},
    }
    assert first.to_dict() == expected


def test_flat_candles_without_volume() -> None:
    got = generate(flat(100, volume=0.0), WITH_60).iloc[61:]
    assert got[["vwap", "price_to_vwap"]].isna().all(axis=None)
    still = ["ret_1m", "ret_15m", "volatility_15m", "volatility_60m", "spread_ma", "rsi"]
    assert (got[[*still, "volume_ratio", "ema_diff", "price_to_ma"]] == 0).all(axis=None)
    assert got.drop(columns=["vwap", "price_to_vwap"]).notna().all(axis=None)


def test_after_a_huge_volume_nothing_of_it_is_left() -> None:
    """A running sum would keep the rounding of 1e15 in a window of small volumes."""
    candles = random_candles(200, seed=6)
    expected = generate(candles, Options()).iloc[120:]
    candles.loc[50, "volume"] = 1e15
    got = generate(candles, Options()).iloc[120:]
    pd.testing.assert_frame_equal(got, expected, check_exact=True)


def test_a_missing_close_is_unknown_as_long_as_a_window_sees_it() -> None:
    candles = CANDLES.copy()
    candles.loc[400, "close"] = np.nan
    unknown = generate(candles, Options()).isna().iloc[100:]
    rows = {name: unknown.index[unknown[name]].tolist() for name in NAMES}
    assert rows["ema_12"] == [400]
    assert rows["ret_5m"] == [400, 405]
    assert rows["price_to_ma"] == [*range(400, 415)]
    assert rows["volatility_15m"] == [*range(400, 416)]
    assert rows["vwap"] == [*range(400, 460)]
    assert rows["volume_ratio"] == []


def test_columns_in_price_units() -> None:
    named = ["ema_12", "ema_26", "ema_diff", "vwap"]
    assert source_004.price_unit_columns(Options()) == named
    assert source_004.price_unit_columns(WITH_60) == [*named, "ema_60"]
    generator_checks.check_price_units(source_004, WITH_60, CANDLES)


def test_missing_column_and_unknown_option() -> None:
    with pytest.raises(SettingsError, match=r"source_004 asks for volume.*there are date, open"):
        generate(CANDLES.drop(columns="volume"), Options())
    with pytest.raises(ValidationError, match="with_ema_61"):
        Options.model_validate({"generator": "source_004", "with_ema_61": True})


def test_no_row_knows_later_ones() -> None:
    moments = [0, 1, 13, 14, 59, 60, 333, 898]
    generator_checks.check_rows_stand_alone(source_004, WITH_60, CANDLES, moments)


@pytest.mark.parametrize("options", [Options(), WITH_60], ids=["19", "20"])
def test_history_is_forgotten_after_the_warm_up(options: Options) -> None:
    assert source_004.warm_up_candles(options) == (829 if options.with_ema_60 else 360)
    generator_checks.check_history_is_forgotten(source_004, options, CANDLES, [1, 7, 60], 1e-11)


def test_frame() -> None:
    generator_checks.check_frame(source_004, WITH_60, CANDLES)
    generator_checks.check_frame(source_004, Options(), CANDLES.astype({"volume": int}))
    generator_checks.check_too_few_rows(source_004, WITH_60, CANDLES)
