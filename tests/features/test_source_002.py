"""Source 002's indicators: values of another implementation, numbers by hand, quiet candles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.errors import SettingsError
from freqai_regimes.features import source_002
from freqai_regimes.features.source_002 import Options, generate
from tests import generator_checks
from tests.random_candles import random_candles

CANDLES = random_candles(600, seed=9)
SEVEN = Options(windows_candles=(2, 5, 14))
FORCE = Options(indicators=("force_index",), windows_candles=(1, 14, 250))


def by_hand() -> pd.DataFrame:
    high, low = [12.0, 14.0, 16.0, 15.0], [8.0, 10.0, 13.0, 11.0]
    close, volume = [10.0, 12.0, 16.0, 13.0], [2e8, 1e8, 4e8, 2e8]
    return pd.DataFrame({"high": high, "low": low, "close": close, "volume": volume})


@pytest.mark.parametrize("name", ["btc_1m", "btc_1h", "eth_5m"])
def test_values_of_another_implementation(reference: Path, name: str) -> None:
    candles = pd.read_feather(reference / "inputs" / f"{name}.feather")
    expected = pd.read_feather(reference / "source002" / f"indicators_{name}.feather")
    expected = expected.loc[:, ~expected.columns.str.startswith("target")]
    got = generate(candles, Options(windows_candles=(14, 20, 250))).drop(columns="force_index_20")
    got["force_index_1"] = generate(candles, FORCE)["force_index_1"]
    assert set(got) == set(expected)
    pd.testing.assert_frame_equal(got[expected.columns], expected, rtol=1e-6, atol=1e-6)


def test_numbers_by_hand() -> None:
    got = generate(by_hand(), Options(windows_candles=(2,)))
    # typical prices 10, 12, 15, 13: half their distance over 0.015 / sqrt(2) of their distance
    root = 1 / (0.015 * np.sqrt(2))
    assert got["cci_std_2"].tolist()[1:] == pytest.approx([root, root, -root])
    # mid-points 10, 12, 14.5, 13; boxes 1/4, 4/3, 2/4
    moves = [2 / (1 / 4), 2.5 / (4 / 3), -1.5 / (2 / 4)]
    assert got["evm_2"].isna().tolist() == [True, True, False, False]
    assert got["evm_2"].tolist()[2:] == pytest.approx(
        [(moves[0] + moves[1]) / 2, (moves[1] + moves[2]) / 2]
    )
    assert got["sma_2"].tolist()[1:] == [11, 14, 14.5]
    # span 2: each older close counts a third
    assert got["ewma_2"].tolist()[:3] == pytest.approx(
        [10, (12 + 10 / 3) / (1 + 1 / 3), (16 + 12 / 3 + 10 / 9) / (1 + 1 / 3 + 1 / 9)]
    )
    average, spread = np.array([11, 14, 14.5]), 2 * np.array([2, 4, 3]) / np.sqrt(2)
    assert got["bb_upper_2"].tolist()[1:] == pytest.approx(average + spread)
    assert got["bb_lower_2"].tolist()[1:] == pytest.approx(average - spread)
    assert got["force_index_2"].tolist()[2:] == [6 * 4e8, 1 * 2e8]
    assert got["roc_2"].tolist()[2:] == pytest.approx([0.6, 1 / 12])


def test_only_what_is_asked_for_in_its_order() -> None:
    options = Options(indicators=("rate_of_change", "bollinger"), windows_candles=(5, 3))
    names = ["roc_5", "bb_upper_5", "bb_lower_5", "roc_3", "bb_upper_3", "bb_lower_3"]
    assert list(generate(CANDLES, options)) == names
    assert source_002.price_unit_columns(options) == [n for n in names if n.startswith("bb")]


@pytest.mark.parametrize(
    "quiet", [{"volume": 0.0}, {"high": 15.0, "low": 15.0, "close": 15.0}], ids=["volume", "range"]
)
def test_ease_of_movement_is_unknown_while_its_window_holds_a_quiet_candle(
    quiet: dict[str, float],
) -> None:
    candles = pd.concat([by_hand()] * 5, ignore_index=True)
    candles.loc[9, list(quiet)] = list(quiet.values())
    got = generate(candles, Options(windows_candles=(3,)))
    assert got.index[got["evm_3"].isna()].tolist() == [0, 1, 2, 9, 10, 11]
    others = got.drop(columns="evm_3").iloc[3:]
    assert others.notna().all(axis=None) and np.isfinite(others).all(axis=None)


def test_a_price_that_does_not_move_has_no_cci() -> None:
    """0.1 has no exact binary value: a deviation of 1e-17 would give a cci of some size."""
    candles = pd.DataFrame(0.1, index=range(40), columns=["high", "low", "close"]).assign(
        volume=1.0
    )
    got = generate(candles, Options(windows_candles=(7,))).iloc[7:]
    assert got["cci_std_7"].isna().all()
    assert (got["bb_upper_7"] == 0.1).all() and (got["bb_lower_7"] == 0.1).all()
    assert (got["roc_7"] == 0).all()


def test_a_missing_close_is_unknown_as_long_as_a_window_sees_it() -> None:
    candles = random_candles(100, seed=3)
    candles.loc[50, "close"] = np.nan
    unknown = generate(candles, Options(windows_candles=(4,))).isna().iloc[10:]
    rows = {name: unknown.index[unknown[name]].tolist() for name in unknown}
    assert rows["cci_std_4"] == rows["sma_4"] == rows["bb_lower_4"] == [50, 51, 52, 53]
    assert rows["ewma_4"] == [50]
    assert rows["roc_4"] == rows["force_index_4"] == [50, 54]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"windows_candles": [1]}, "cci_std, ewma, bollinger over 1 candle has no value"),
        ({"windows_candles": [0]}, "greater than or equal to 1"),
        ({"windows_candles": []}, "at least 1 item"),
        ({"windows_candles": [5, 5]}, r"got \[5, 5\]: name each only once"),
        ({"indicators": ["cci"]}, "Input should be 'cci_std', 'ease_of_movement'"),
        ({"normalise": True}, "normalise"),
    ],
)
def test_options_that_make_no_sense(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Options.model_validate({"generator": "source_002", **given})


def test_missing_columns() -> None:
    with pytest.raises(SettingsError, match=r"source_002 asks for high, volume.*there are date"):
        generate(CANDLES.drop(columns=["high", "volume"]), SEVEN)


def test_no_row_knows_later_ones() -> None:
    for options in (SEVEN, FORCE):
        generator_checks.check_rows_stand_alone(
            source_002, options, CANDLES, [0, 1, 4, 13, 14, 250, 598]
        )


def test_columns_in_price_units() -> None:
    generator_checks.check_price_units(source_002, SEVEN, CANDLES)


@pytest.mark.parametrize(
    ("indicators", "warm_up"),
    [
        (("sma", "bollinger"), 13),
        (("rate_of_change", "sma"), 14),
        (("force_index",), 14),
        (("ease_of_movement",), 14),
    ],
)
def test_history_is_forgotten_to_the_bit(
    indicators: tuple[source_002.Indicator, ...], warm_up: int
) -> None:
    options = Options(indicators=indicators, windows_candles=(3, 14))
    assert source_002.warm_up_candles(options) == warm_up
    generator_checks.check_history_is_forgotten(source_002, options, CANDLES, [1, 7, 200])


def test_history_is_forgotten_by_the_exponential_average() -> None:
    assert source_002.warm_up_candles(SEVEN) == 194
    generator_checks.check_history_is_forgotten(source_002, SEVEN, CANDLES, [1, 7, 200], 1e-11)


def test_frame() -> None:
    generator_checks.check_frame(source_002, SEVEN, CANDLES)
    generator_checks.check_frame(source_002, FORCE, CANDLES.astype({"volume": int}))
    generator_checks.check_too_few_rows(source_002, SEVEN, CANDLES)
