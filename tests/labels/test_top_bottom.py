"""Tops and bottoms against the Intelligent Trading Bot, its truncations, and a plain recursion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.labels.labelled import Labelled
from freqai_regimes.labels.top_bottom import Options, compute, fixed_grid
from tests.labels.expected import INPUTS, candles, entry, rows_known


def options_of(case: dict[str, Any]) -> Options:
    return Options(
        label="top_bottom",
        side="top" if case["function"] == "top" else "bottom",
        level=case["level"],
        tolerances=tuple(case["tolerances"]),
        price=case["columns"],
        names=tuple(case["names"]),
    )


@pytest.mark.parametrize("name", INPUTS)
def test_peer_on_the_whole_frame(reference: Path, name: str) -> None:
    """What is settled is the peer's answer; what is not, the peer calls no (deviation: NaN)."""
    frame = candles(reference, name)
    expected = pd.read_feather(reference / "labels" / f"topbot2_{name}.feather")
    open_rows = 0
    for case in entry(reference, f"labels/topbot2_{name}.feather")["cases"]:
        got = compute(frame, options_of(case)).values
        assert (got.fillna(0.0) == expected[case["names"]]).all(axis=None)
        open_rows += int(got.isna().to_numpy().sum())
    assert open_rows > 0


@pytest.mark.parametrize("name", INPUTS)
def test_extrema_of_the_peer_are_known_with_their_last_candle(reference: Path, name: str) -> None:
    frame = candles(reference, name)
    file = reference / "labels" / f"topbot2_{name}_extrema.json"
    extrema = {one["name"]: one["extrema"] for one in json.loads(file.read_text())}
    for case in entry(reference, f"labels/topbot2_{name}.feather")["cases"]:
        got = compute(frame, options_of(case))
        for column in case["names"]:
            marked = np.zeros(len(frame), dtype=bool)
            known = rows_known(frame, got.known_at[column])
            for _, left, top, right, confirmed in extrema[column]:
                marked[left + 1 : right] = True
                assert (known[left + 1 : right] == confirmed).all() and left < top < right
            assert (got.values[column].fillna(0.0) == marked).all()


@pytest.mark.parametrize("name", INPUTS)
def test_truncations_change_the_peer_exactly_where_we_were_silent(
    reference: Path, name: str
) -> None:
    """Deviation: the peer takes labels back (facts of the index); ours were NaN on those rows."""
    frame = candles(reference, name)
    facts = entry(reference, f"labels/topbot2_{name}_truncation.json")
    cuts = json.loads((reference / "labels" / f"topbot2_{name}_truncation.json").read_text())
    changed, oldest = 0, 0
    for fact in cuts:
        case = {"columns": "close", "names": ["x"], "tolerances": [fact["tolerance"]]} | fact
        whole = compute(frame, options_of(case)).values["x"]
        part = compute(frame.iloc[: fact["cut"]], options_of(case)).values["x"]
        peer_changes = np.flatnonzero(part.fillna(0.0) != whole.iloc[: fact["cut"]].fillna(0.0))
        assert peer_changes.tolist() == fact["rows_that_change_later"]
        assert part.iloc[peer_changes].isna().all()
        changed += len(peer_changes) > 0
        oldest = max(oldest, fact["cut"] - min(peer_changes, default=fact["cut"]))
    assert (changed, len(cuts)) == (facts["changed_cuts"], facts["cuts"])
    assert oldest == facts["oldest_change"]


def test_fixed_grid_of_the_peer_without_what_it_fails_on(reference: Path) -> None:
    """Deviation: tolerances wider than the level do not exist here; the peer raises for most."""
    frame = candles(reference, "btc_1h")
    expected = pd.read_feather(reference / "labels" / "topbot_btc_1h.feather")
    columns: list[str] = []
    sides: list[Literal["top", "bottom"]] = ["top", "bottom"]
    for side in sides:
        for level in (0.01, 0.02, 0.03, 0.04, 0.05):
            got = compute(frame, fixed_grid("close", level, side)).values
            assert (got.fillna(0.0) == expected[list(got)]).all(axis=None)
            columns += list(got)
    assert sorted(columns) == sorted(expected)
    raised = entry(reference, "labels/topbot_btc_1h.feather")["peer_raises_for"]
    assert set(columns).isdisjoint(raised) and len(columns) + len(raised) == 100


def marked_by_recursion(price: np.ndarray[Any, Any], level: float, tolerance: float) -> list[float]:
    """The peer's rule in words: the highest of an interval, then the intervals beside it."""
    marked, intervals = np.zeros(len(price)), [(0, len(price))]
    while intervals:
        begin, end = intervals.pop()
        part = price[begin : end + 1]
        if len(part) < 2:
            continue
        top = begin + int(np.argmax(part))
        rows = np.arange(begin, begin + len(part))

        def beside(
            fraction: float, rows: Any = rows, top: int = top
        ) -> tuple[int | None, int | None]:
            below = rows[price[rows] < price[top] - fraction * abs(price[top])]
            left, right = below[below < top], below[below > top]
            return (int(left[-1]) if len(left) else None), (int(right[0]) if len(right) else None)

        left, right = beside(level)
        if left is not None and right is not None:
            near_left, near_right = beside(level * tolerance)
            assert near_left is not None and near_right is not None
            marked[near_left + 1 : near_right] = 1.0
        if left is not None and begin < left:
            intervals.append((begin, left))
        if right is not None and right < end:
            intervals.append((right, end))
    return [float(value) for value in marked]


@pytest.mark.parametrize("seed", range(25))
def test_equal_prices_and_negative_numbers_as_by_the_recursion(seed: int) -> None:
    rng = np.random.default_rng(seed)
    price = rng.integers(-3, 4, 80).cumsum() + (200.0 if seed % 2 else 5.0)
    frame = pd.DataFrame(
        {"date": pd.date_range("2024", periods=80, freq="h", tz="UTC"), "x": price}
    )
    level, tolerance = (0.02, 0.5) if seed % 2 else (0.5, 0.3)
    for side, upright in (("top", price), ("bottom", -price)):
        options = {"label": "top_bottom", "side": side, "level": level, "price": "x"}
        got = compute(frame, Options.model_validate(options | {"tolerances": (tolerance,)})).values
        assert got.iloc[:, 0].fillna(0.0).tolist() == marked_by_recursion(upright, level, tolerance)


def zigzag(*prices: float, level: float = 0.1, tolerance: float = 0.5) -> Labelled:
    dates = pd.date_range("2024-01-01", periods=len(prices), freq="h", tz="UTC")
    options = Options(label="top_bottom", level=level, tolerances=(tolerance,), names=("top",))
    return compute(pd.DataFrame({"date": dates, "close": prices}), options)


def test_a_top_by_hand() -> None:
    """Level 10 %, width 5 %: from 80 up to 100 and down; rows from 95 on belong to the top."""
    got = zigzag(80, 94, 96, 100, 97, 91, 89, 88, 92)
    assert got.values["top"].tolist()[:8] == [0, 0, 1, 1, 1, 0, 0, 0]
    assert np.isnan(got.values["top"].iloc[8])  # a next top may reach back to here
    hours = got.known_at["top"].dt.hour.tolist()
    # Row 0 as soon as 94 is 10 % above it; 80 * 1.1 < 94. The rest with 89, and 88 with itself.
    assert hours[:8] == [1, 6, 6, 6, 6, 6, 6, 7]


def test_a_rise_without_a_fall_is_not_known() -> None:
    got = zigzag(80, 90, 100, 110)
    assert got.values["top"].tolist()[:2] == [0, 0]
    assert got.values["top"].isna().tolist() == [False, False, True, True]


def test_a_row_without_a_price_has_no_label() -> None:
    got = zigzag(80, 94, np.nan, 100, 97, 91, 89, 88)
    assert got.values["top"].isna().tolist() == [False, False, True, *[False] * 5]
    assert got.values["top"].dropna().tolist() == [0, 0, 1, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"level": 0.0}, "greater than 0"),
        ({"level": 1.0}, "less than 1"),
        ({"tolerances": (1.5,)}, "less than or equal to 1"),
        ({"tolerances": (-0.1,)}, "greater than or equal to 0"),
        ({"tolerances": ()}, "at least 1 item"),
        ({"tolerances": (0.1, 0.1)}, "tolerances repeat"),
        ({"names": ("a", "b")}, "2 names for 1 tolerances"),
        ({"side": "bot"}, "'top' or 'bottom'"),
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Options.model_validate({"label": "top_bottom", **wrong})
