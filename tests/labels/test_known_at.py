"""Every label, found by introspection: known exactly when stated, never changed, masked rightly.

All by brute force on small random candles, with and without equal prices: the label is computed
again on every shorter history.
"""

from __future__ import annotations

import dataclasses
import importlib
import itertools
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes import labels
from freqai_regimes.labels.labelled import Labelled
from tests.random_candles import random_candles

ROWS = 60
HALF_LIFE = 2

#: Option sets of every label; a label without any is missed below.
CASES: dict[str, list[dict[str, Any]]] = {
    "forward_return": [
        {"horizon_candles": 4, "volatility_half_life_candles": HALF_LIFE, "clip": 1.0},
        {"horizon_candles": 5, "form": "simple", "unit": "percent", "entry": "close"},
        {"horizon_candles": 1, "unit": "fraction"},
    ],
    "high_low": [
        {"horizon_candles": 6, "ratio": True, "thresholds": (0.005, 0.02)},
        {"horizon_candles": 1, "crossing_from": 0.0, "thresholds": (0.005,)},
    ],
    "first_touch": [
        {"horizon_candles": 5, "thresholds": (0.005, 0.02)} | more
        for more in (
            {"side": "high", "tolerance": 1.0},
            {"side": "low", "tolerance": 0.0, "ties": "optimistic"},
            {"side": "high", "tolerance": 0.1, "ties": "drop"},
        )
    ],
    "top_bottom": [
        {"side": side, "level": level, "tolerances": (0.0, 0.2, 1.0)}
        for side in ("top", "bottom")
        for level in (0.01, 0.015)
    ],
    "rise_within": [
        {"window_candles": 7, "rise": 0.02},
        {"window_candles": 7, "rise": 1.5, "unit": "price", "entry": "own_open"},
        {"window_candles": 1, "rise": 0.005, "entry": "own_open"},
    ],
    "buy_hold_sell": [
        {"horizon_candles": 3, "buy_above": 0.01, "sell_below": 0.005},
        {"horizon_candles": 3, "unit": "volatility", "entry": "close"}
        | {"buy_above": 0.5, "sell_below": 0.5, "volatility_half_life_candles": HALF_LIFE},
    ],
    "triple_barrier": [
        {"horizon_candles": 6, "volatility_half_life_candles": HALF_LIFE},
        {"horizon_candles": 6, "volatility_half_life_candles": HALF_LIFE, "profit": None}
        | {"stop": 0.3, "at_time_barrier": "sign", "path": "close", "entry": "close"},
        {"horizon_candles": 6, "volatility_half_life_candles": HALF_LIFE, "ties": "drop"}
        | {"profit": 0.2, "stop": 0.2, "least_deviation": 0.01},
    ],
    "trend_scan": [
        {"shortest_candles": 3, "longest_candles": 9},
        {"shortest_candles": 2, "longest_candles": 8, "step_candles": 4, "logarithm": False}
        | {"value": "sign"},
    ],
    "meta_label": [
        {"horizon_candles": 6, "volatility_half_life_candles": HALF_LIFE, "least_gain": 0.002},
        {"horizon_candles": 5, "volatility_half_life_candles": HALF_LIFE, "ties": "optimistic"}
        | {"profit": 0.3, "stop": 0.4, "entry": "close"},
    ],
}


def label_modules() -> dict[str, ModuleType]:
    names = (found.name for found in pkgutil.iter_modules(labels.__path__, f"{labels.__name__}."))
    modules = (importlib.import_module(name) for name in names)
    return {m.__name__.rpartition(".")[2]: m for m in modules if hasattr(m, "compute")}


MODULES = label_modules()


def candles_of(kind: str) -> pd.DataFrame:
    """Random candles; "equal" ones have whole prices, so that touches, tops and ties coincide."""
    candles = random_candles(ROWS, seed=5)
    if kind == "equal":
        prices = candles[["open", "high", "low", "close"]]
        candles[["open", "high", "low", "close"]] = prices.round(0)
    rng = np.random.default_rng(8)
    candles["side"] = rng.choice([-1.0, 0.0, 1.0, np.nan], ROWS, p=[0.45, 0.05, 0.45, 0.05])
    return candles


CANDLES = {kind: candles_of(kind) for kind in ("plain", "equal")}
PARAMETERS = [
    (name, number, kind)
    for name in sorted(MODULES)
    for number, _ in enumerate(CASES.get(name, []))
    for kind in CANDLES
]
every_label = pytest.mark.parametrize(("name", "number", "kind"), PARAMETERS)


def labelled(name: str, case: dict[str, Any], candles: pd.DataFrame) -> Labelled:
    module = MODULES[name]
    got: Labelled = module.compute(candles, module.Options(label=name, **case))
    return got


@cache
def shorter(name: str, number: int, kind: str) -> dict[int, Labelled]:
    """The label on every shorter history, by its number of rows."""
    candles = CANDLES[kind]
    return {
        rows: labelled(name, CASES[name][number], candles.iloc[:rows])
        for rows in range(1, ROWS + 1)
    }


def equal(got: Labelled, expected: Labelled) -> None:
    assert got.values.equals(expected.values)  # to the bit, NaN in the same places
    assert got.known_at.equals(expected.known_at)
    assert got.kind == expected.kind


def first_rows(whole: Labelled, rows: int) -> Labelled:
    return Labelled(whole.values.iloc[:rows], whole.known_at.iloc[:rows], whole.kind)


def known_rows(got: Labelled, candles: pd.DataFrame) -> Iterator[tuple[int, str, int]]:
    """Yield row, column and the row known at, of all that is known."""
    row_of = {date: row for row, date in enumerate(candles["date"])}
    for column in got.values:
        for row in np.flatnonzero(got.values[column].notna()):
            yield int(row), column, row_of[got.known_at[column].iloc[row]]


def test_every_label_is_here_and_keeps_the_contract() -> None:
    assert set(MODULES) == set(CASES)
    for name, module in MODULES.items():
        assert module.Options.model_fields["label"].annotation.__args__ == (name,)
        assert module.Options.model_config["frozen"]
        assert module.Options.model_config["extra"] == "forbid"
        assert module.Options(label=name) == module.Options(label=name), "defaults suffice"
        assert all(
            f.description for key, f in module.Options.model_fields.items() if key != "label"
        )


@every_label
def test_masked_labels_are_those_of_every_shorter_history(
    name: str, number: int, kind: str
) -> None:
    whole = shorter(name, number, kind)[ROWS]
    for rows, part in shorter(name, number, kind).items():
        masked = whole.masked(CANDLES[kind]["date"].iloc[rows - 1])
        equal(first_rows(masked, rows), part)
        assert masked.values.iloc[rows:].isna().all(axis=None)
        assert masked.known_at.iloc[rows:].isna().all(axis=None)


@every_label
def test_a_value_appears_with_the_candle_it_names_and_stays(
    name: str, number: int, kind: str
) -> None:
    parts = shorter(name, number, kind)
    history = np.full((ROWS, *parts[ROWS].values.shape), np.nan)  # rows known, row, column
    for rows, part in parts.items():
        history[rows - 1, :rows] = part.values.to_numpy()
    columns = list(parts[ROWS].values)
    seen = 0
    for row, column, known in known_rows(parts[ROWS], CANDLES[kind]):
        values = history[:, row, columns.index(column)]
        assert np.flatnonzero(~np.isnan(values)).tolist() == list(range(known, ROWS)), (row, column)
        assert set(values[known:]) == {values[-1]}, (row, column)
        seen += 1
    assert seen > ROWS / 4


@every_label
def test_shape_kind_and_unknown_rows(name: str, number: int, kind: str) -> None:
    candles, case = CANDLES[kind], CASES[name][number]
    before = candles.copy(deep=True)
    got = labelled(name, case, candles)
    pd.testing.assert_frame_equal(candles, before)
    assert list(got.values) == list(got.known_at) == list(got.kind)
    assert (got.values.dtypes == np.float64).all()
    assert all(str(dtype) == "datetime64[ms, UTC]" for dtype in got.known_at.dtypes)
    assert (got.values.isna() == got.known_at.isna()).all(axis=None)
    allowed = {"binary": {0.0, 1.0}, "three_class": {-1.0, 0.0, 1.0}}
    for column, what in got.kind.items():
        values = set(got.values[column].dropna())
        assert len(values) > 1, column
        assert what == "regression" or values <= allowed[what], column
    moved = labelled(name, case, candles.set_axis(np.arange(ROWS)[::-1] * 3 + 7))
    assert moved.values.index.tolist()[:2] == [(ROWS - 1) * 3 + 7, (ROWS - 2) * 3 + 7]
    assert moved.values.reset_index(drop=True).equals(got.values)
    assert moved.known_at.reset_index(drop=True).equals(got.known_at)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_stated_horizon_is_the_longest_wait(name: str) -> None:
    module, longest = MODULES[name], []
    for number, case in enumerate(CASES[name]):
        horizon = module.horizon_candles(module.Options(label=name, **case))
        got = shorter(name, number, "plain")[ROWS]
        waits = [known - row for row, _, known in known_rows(got, CANDLES["plain"])]
        assert min(waits) >= 0
        assert horizon is None or max(waits) <= horizon
        longest.append(horizon is None or max(waits) == horizon)
    assert any(longest)
    assert (horizon is None) == (name == "top_bottom")


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_candles_give_no_labels(name: str) -> None:
    got = labelled(name, CASES[name][0], CANDLES["plain"].iloc[:0])
    assert got.values.shape == got.known_at.shape == (0, len(got.kind))


# --- never later than needed ----------------------------------------------------------------------


def with_ending(candles: pd.DataFrame, rows: int, factor: float, gap: bool) -> pd.DataFrame:
    """Keep the first rows; in the next candle, or before it, the price moves and then stays."""
    end, last = candles.iloc[rows:].copy(), candles["close"].iloc[rows - 1]
    end[["open", "high", "low", "close"]] = last * factor
    if not gap:
        end.iloc[0, end.columns.get_loc("open")] = last
        end["high"], end["low"] = (
            end[["open", "close"]].max(axis=1),
            end[["open", "close"]].min(axis=1),
        )
    return pd.concat([candles.iloc[:rows], end])


#: Answers that a fixed row settles by design, and why.
SETTLED_EARLIER = {
    "high_low": "all answers of a row are known together, or the newest rows would hold yes only",
    "top_bottom": "rows are settled together up to a frontier",
    "trend_scan": "a clear short line may be unbeatable before the longest has been tried",
}
ENDINGS = list(itertools.product((0.5, 1.0, 1.5), (True, False)))
CUTS = range(16, 40)


@pytest.mark.parametrize(
    ("name", "case"),
    [
        pytest.param(name, case, id=f"{name}-{number}")
        for name in sorted(set(MODULES) - set(SETTLED_EARLIER))
        for number, case in enumerate(CASES[name])
    ],
)
def test_before_known_at_another_end_is_possible(name: str, case: dict[str, Any]) -> None:
    """One candle earlier two futures still give two answers, so the label is not known too late."""
    candles = CANDLES["plain"]
    whole = labelled(name, case, candles)
    others = {
        (rows, ending): labelled(name, case, with_ending(candles, rows, *ending))
        for rows, ending in itertools.product(CUTS, ENDINGS)
    }
    tried = 0
    for row, column, known in known_rows(whole, candles):
        if known in CUTS:
            values = [others[known, ending].values[column].iloc[row] for ending in ENDINGS]
            assert pd.Series(values).nunique() > 1, (row, column, known)
            tried += 1
    assert tried > 10


# --- what the checks above catch ------------------------------------------------------------------


def test_a_repainting_form_is_caught() -> None:
    """Zeros on rows that are not settled, as tops are usually labelled, change afterwards."""
    candles = CANDLES["plain"]

    def repainting(rows: int) -> pd.Series:
        got = labelled("top_bottom", CASES["top_bottom"][0], candles.iloc[:rows])
        return got.values.iloc[:, 1].fillna(0.0)

    whole = repainting(ROWS)
    changed = [rows for rows in range(1, ROWS) if not repainting(rows).equals(whole.iloc[:rows])]
    assert len(changed) > 3


def test_a_time_one_candle_early_is_caught() -> None:
    candles = CANDLES["plain"]
    right = labelled("first_touch", CASES["first_touch"][0], candles)
    early = right.known_at - pd.Timedelta(hours=1)
    masked = dataclasses.replace(right, known_at=early).masked(candles["date"].iloc[40])
    with pytest.raises(AssertionError):
        equal(
            first_rows(masked, 41),
            labelled("first_touch", CASES["first_touch"][0], candles.iloc[:41]),
        )
