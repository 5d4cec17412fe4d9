"""High-low labels against the Intelligent Trading Bot and by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.errors import SettingsError
from freqai_regimes.labels.high_low import Options, compute
from tests.labels.expected import INPUTS, candles, entry, rows_known


def by_hand(**options: object) -> pd.DataFrame:
    """Close 100, then highs 101, 103 and lows 99.8, 98."""
    frame = pd.DataFrame(
        {
            "date": pd.date_range("2024-01-01", periods=3, freq="h", tz="UTC"),
            "high": [500.0, 101.0, 103.0],
            "low": [1.0, 99.8, 98.0],
            "close": [100.0, 100.0, 100.0],
        }
    )
    chosen = {"label": "high_low", "horizon_candles": 2, "ratio": True} | options
    return compute(frame, Options.model_validate(chosen)).values


def test_numbers_by_hand_without_the_rows_own_candle() -> None:
    got = by_hand(thresholds=(0.001, 0.0125))
    row = got.iloc[0].to_dict()
    assert row == pytest.approx(
        {"high_max_2": 0.03, "high_01": 0, "high_12.5": 1}
        | {"low_min_2": 0.02, "low_01": 0, "low_12.5": 1, "high_to_low_2": 0.2}
    )
    assert got.iloc[1:].isna().all(axis=None)


def test_every_threshold_form() -> None:
    grid = (0.02, 0.025, 0.03, 0.035)
    crossing = by_hand(thresholds=grid, crossing_from=0).iloc[0]
    within = by_hand(thresholds=grid, crossing_from=1).iloc[0]
    names = ["high_20", "high_25", "high_30", "high_35", "low_20", "low_25", "low_30", "low_35"]
    assert crossing[names].tolist() == [1, 1, 1, 0, 1, 0, 0, 0]  # 0.03 and 0.02 are reached exactly
    assert within[names].tolist() == [0, 0, 1, 1, 1, 1, 1, 1]


def test_prices_that_never_leave_the_close_have_no_ratio() -> None:
    frame = pd.DataFrame({"date": pd.date_range("2024", periods=4, freq="h", tz="UTC")})
    frame[["high", "low", "close"]] = 7.0
    got = compute(frame, Options(label="high_low", horizon_candles=2, ratio=True, thresholds=()))
    assert got.values.iloc[0].tolist()[:2] == [0.0, 0.0]
    assert got.values["high_to_low_2"].isna().all() and got.known_at["high_to_low_2"].isna().all()


def test_prefix_tells_two_horizons_apart() -> None:
    assert list(by_hand(prefix="h2_", thresholds=(0.01,), ratio=False)) == [
        "h2_high_max_2",
        "h2_high_10",
        "h2_low_min_2",
        "h2_low_10",
    ]


@pytest.mark.parametrize("horizon", [24, 60])
@pytest.mark.parametrize("name", INPUTS)
def test_peer(reference: Path, name: str, horizon: int) -> None:
    frame = candles(reference, name)
    expected = pd.read_feather(reference / "labels" / f"highlow_{name}_h{horizon}.feather")
    options = Options(label="high_low", horizon_candles=horizon, unit="percent", ratio=True)
    got = compute(frame, options)
    stated = entry(reference, f"labels/highlow_{name}_h{horizon}.feather")["returned_by_peer"]
    assert {*stated, f"high_to_low_{horizon}"} == set(expected) == set(got.values)
    whole = slice(0, len(frame) - horizon)
    for column in expected:
        if got.kind[column] == "binary":
            assert (got.values[column][whole] == expected[column][whole]).all(), column
        else:
            np.testing.assert_allclose(
                got.values[column][whole], expected[column][whole], rtol=1e-12, atol=1e-12
            )
    known = rows_known(frame, got.known_at[f"high_max_{horizon}"])
    assert (known[whole] == np.arange(len(frame))[whole] + horizon).all()


@pytest.mark.parametrize("name", INPUTS)
def test_peer_says_no_where_the_future_is_missing_and_we_say_nothing(
    reference: Path, name: str
) -> None:
    """Deviation: an unresolved row is NaN, for a model must not learn "no" from it."""
    expected = pd.read_feather(reference / "labels" / f"highlow_{name}_h24.feather")
    got = compute(candles(reference, name), Options(label="high_low", horizon_candles=24))
    answers = [column for column, kind in got.kind.items() if kind == "binary"]
    assert len(answers) == 20
    assert not expected[answers].iloc[-24:].any(axis=None)
    assert got.values.iloc[-24:].isna().all(axis=None)
    assert got.known_at.iloc[-24:].isna().all(axis=None)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"horizon_candles": 0}, "greater than or equal to 1"),
        ({"thresholds": (0.0,)}, "greater than 0"),
        ({"thresholds": (-0.01,)}, "greater than 0"),
        ({"thresholds": (0.01, 0.01)}, "thresholds repeat in .* state each once"),
        ({"prefix": "a b"}, "match pattern"),
        ({"horizon": 5}, "not permitted"),
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Options.model_validate({"label": "high_low", **wrong})


def test_missing_column_is_named() -> None:
    frame = pd.DataFrame({"date": [], "close": []})
    with pytest.raises(SettingsError, match=r"high_low needs the column 'high'.*date, close"):
        compute(frame, Options(label="high_low"))
