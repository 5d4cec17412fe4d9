"""The forward return by hand and by a plain loop: which opens, when known, what stays unknown."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.errors import SettingsError
from freqai_regimes.features.volatility import ewma_volatility
from freqai_regimes.labels.forward_return import Options, compute, forward_return
from freqai_regimes.labels.labelled import Labelled
from tests.labels.expected import INPUTS
from tests.labels.expected import candles as stored_candles
from tests.random_candles import random_candles


def opens(*prices: float) -> pd.DataFrame:
    dates = pd.date_range("2024-01-01", periods=len(prices), freq="h", tz="UTC")
    return pd.DataFrame({"date": dates, "open": prices})


def constant(value: float, rows: int) -> pd.Series:
    return pd.Series(np.full(rows, value))


def test_numbers_by_hand() -> None:
    """Two candles ahead: from the next open to the open two candles after that."""
    got = forward_return(opens(1.0, 2.0, 999.0, 4.0, 1.0), constant(0.5, 5), 2, 100.0)
    unit = 0.5 * math.sqrt(2)
    expected = [math.log(4 / 2) / unit, math.log(1 / 999) / unit]
    assert got["label"].tolist()[:2] == pytest.approx(expected)
    assert got["label"].isna().tolist() == [False, False, True, True, True]
    assert got["known_at"].dt.hour.tolist()[:2] == [3, 4]
    assert got["known_at"].isna().tolist() == [False, False, True, True, True]


@pytest.mark.parametrize("horizon", [1, 4, 18])
def test_values_are_those_of_a_plain_loop(horizon: int) -> None:
    candles = random_candles(90, seed=4)
    volatility = pd.Series(np.random.default_rng(2).uniform(0.001, 0.02, 90))
    got = forward_return(candles, volatility, horizon, 2.5)
    price, date = candles["open"].tolist(), candles["date"].tolist()
    for row in range(90):
        end = row + 1 + horizon
        if end >= 90:
            assert math.isnan(got["label"][row]) and got["known_at"][row] is pd.NaT
            continue
        raw = math.log(price[end] / price[row + 1]) / (volatility[row] * horizon**0.5)
        assert got["label"][row] == pytest.approx(min(2.5, max(-2.5, raw)), abs=1e-12)
        assert got["known_at"][row] == date[end]
    assert got["label"].abs().max() == 2.5


def test_the_move_before_a_signal_can_trade_is_not_in_the_label() -> None:
    calm = forward_return(opens(1, 1, 1, 1), constant(0.1, 4), 1, 4.0)
    jumped = forward_return(opens(50, 1, 1, 1), constant(0.1, 4), 1, 4.0)
    assert calm["label"].tolist()[:2] == jumped["label"].tolist()[:2] == [0.0, 0.0]


def test_limits_hold_on_both_sides() -> None:
    got = forward_return(opens(1, 1, 100, 1, 1), constant(0.01, 5), 1, 4.0)["label"]
    assert got.tolist()[:3] == [4.0, -4.0, 0.0]


def test_without_a_unit_there_is_no_label_but_its_time_is_known() -> None:
    volatility = pd.Series([0.0, np.nan, 0.1, 0.1, 0.1])
    got = forward_return(opens(1, 2, 3, 4, 5), volatility, 1, 4.0)
    assert got["label"].isna().tolist() == [True, True, False, True, True]
    assert got["known_at"].isna().tolist() == [False, False, False, True, True]


def test_a_missing_open_leaves_only_its_own_labels_unknown() -> None:
    got = forward_return(opens(1, 2, 3, np.nan, 5, 6, 7), constant(0.1, 7), 1, 4.0)["label"]
    assert got.isna().tolist() == [False, True, True, False, False, True, True]


@pytest.mark.parametrize("rows", [0, 1, 5, 6])
def test_too_few_rows_resolve_nothing(rows: int) -> None:
    got = forward_return(random_candles(6).iloc[:rows], constant(0.1, rows), 5, 4.0)
    assert len(got) == rows and got["label"].isna().all() and got["known_at"].isna().all()
    assert got["label"].dtype == float and str(got["known_at"].dt.tz) == "UTC"


def test_rows_keep_their_index_and_gaps_their_dates() -> None:
    candles = opens(1, 2, 3, 4, 5).set_index(pd.Index([7, 3, 9, 1, 5]))
    candles.loc[5, "date"] += pd.Timedelta(days=3)
    got = forward_return(candles, constant(0.1, 5).set_axis(candles.index), 1, 100.0)
    assert got.index.tolist() == [7, 3, 9, 1, 5]
    assert got["label"].tolist()[:3] == pytest.approx(
        [math.log(p) / 0.1 for p in (1.5, 4 / 3, 1.25)]
    )
    assert got["known_at"].iloc[2] == candles["date"].iloc[4]  # later, as the candle came later


def test_whole_numbers_will_do() -> None:
    got = forward_return(opens(1, 2, 4, 8).astype({"open": int}), constant(1.0, 4), 1, 4.0)
    assert got["label"].tolist()[:2] == pytest.approx([math.log(2)] * 2)


# --- every form, by options -----------------------------------------------------------------------


def computed(candles: pd.DataFrame, **options: object) -> Labelled:
    chosen = {"label": "forward_return", "horizon_candles": 2, "name": "x"} | options
    return compute(candles, Options.model_validate(chosen))


def both(opened: list[float], closed: list[float]) -> pd.DataFrame:
    return opens(*opened).assign(close=closed)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"form": "log", "unit": "fraction"}, math.log(6 / 2)),
        ({"form": "simple", "unit": "fraction"}, 2.0),
        ({"form": "simple", "unit": "percent"}, 200.0),
        ({"form": "log", "unit": "percent"}, 100 * math.log(3)),
        ({"form": "simple", "unit": "fraction", "entry": "close"}, 0.3),
        ({"form": "log", "unit": "percent", "entry": "close"}, 100 * math.log(1.3)),
        ({"form": "simple", "unit": "fraction", "clip": 0.7}, 0.7),
    ],
)
def test_forms_by_hand(options: dict[str, object], expected: float) -> None:
    frame = both([1, 2, 4, 6, 5], [10, 20, 13, 40, 50])
    got = computed(frame, **options)
    assert got.values["x"].iloc[0] == pytest.approx(expected, rel=1e-12)
    last = 2 if options.get("entry") == "close" else 3
    assert got.known_at["x"].iloc[0] == frame["date"].iloc[last]
    assert got.values["x"].notna().tolist() == [k + last < 5 for k in range(5)]
    assert got.kind == {"x": "regression"}


def test_unit_of_volatility_is_the_label_of_the_bridge() -> None:
    candles = random_candles(80, seed=6)
    expected = forward_return(candles, ewma_volatility(candles["close"], 3), 5, 1.5)
    got = computed(candles, horizon_candles=5, volatility_half_life_candles=3, clip=1.5)
    pd.testing.assert_series_equal(
        got.values["x"], expected["label"], check_names=False, rtol=1e-12
    )
    known = expected["known_at"].where(expected["label"].notna())
    assert got.known_at["x"].equals(known.rename("x"))
    assert got.values["x"].isna().tolist() == [not 12 <= k < 74 for k in range(80)]
    assert got.values["x"].abs().max() == 1.5


def test_no_volatility_no_unit() -> None:
    frame = both([1.0] * 12, [1.0] * 12)
    assert computed(frame, volatility_half_life_candles=1).values["x"].isna().all()
    assert computed(frame, unit="fraction").values["x"].tolist()[:9] == [0.0] * 9


@pytest.mark.parametrize("horizon", [5, 10])
@pytest.mark.parametrize("name", INPUTS)
def test_target_of_source_004(reference: Path, name: str, horizon: int) -> None:
    expected = pd.read_feather(reference / "source004" / f"features_{name}.feather")
    got = computed(
        stored_candles(reference, name),
        horizon_candles=horizon,
        form="simple",
        unit="percent",
        entry="close",
    ).values["x"]
    np.testing.assert_allclose(got, expected[f"target_{horizon}_pct"], rtol=1e-9, atol=1e-12)
    assert got.isna().sum() == horizon


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"horizon_candles": 0}, "greater than or equal to 1"),
        ({"clip": 0.0}, "greater than 0"),
        ({"unit": "bps"}, "'volatility', 'fraction' or 'percent'"),
        ({"entry": "open"}, "'next_open' or 'close'"),
        ({"volatility_half_life_candles": 0}, "greater than or equal to 1"),
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        computed(opens(1, 2, 3), **wrong)


def test_missing_column_is_named() -> None:
    with pytest.raises(
        SettingsError, match="needs the column 'close'; the candles have date, open"
    ):
        computed(opens(1, 2, 3), entry="close", unit="fraction")
