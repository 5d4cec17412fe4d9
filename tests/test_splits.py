"""The purge: no training label is known at or after the moment validation begins, on a grid."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from freqai_regimes import splits
from freqai_regimes.errors import TrainingError
from freqai_regimes.labels.forward_return import forward_return
from freqai_regimes.splits import PurgedSplit, purged_folds, purged_split, stopping_split
from tests.random_candles import random_candles

Split = Callable[[pd.Series, pd.Series, float], PurgedSplit]

HORIZONS = [1, 2, 18, 60, 400]
WINDOWS = [1, 2, 3, 10, 137, 300]
FRACTIONS = [0.01, 0.1, 0.2, 0.5, 0.89]
#: Lengths of the candles' steps in hours; gaps make a horizon last longer than it counts.
STEPS = {"steady": [1], "with gaps": [1, 1, 1, 30, 1, 7]}


def window(rows: int, horizon: int, steps: list[int]) -> pd.DataFrame:
    """Rows of a window with the dates at which labels of the project's own kind are known."""
    candles = random_candles(rows + horizon + 1)
    hours = np.cumsum(np.resize(steps, len(candles)))
    candles["date"] = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(hours, unit="h")
    label = forward_return(candles, pd.Series(0.01, index=candles.index), horizon, 4.0)
    return candles[["date"]].join(label).dropna().iloc[:rows]


def refuse_leaks(split: Split) -> int:
    """Check the invariants over the grid; return how many splits had both parts."""
    both = 0
    for rows, horizon, fraction, steps in itertools.product(
        WINDOWS, HORIZONS, FRACTIONS, STEPS.values()
    ):
        frame = window(rows, horizon, steps)
        assert len(frame) == rows
        got = split(frame["date"], frame["known_at"], fraction)
        case = f"{rows} rows, horizon {horizon}, fraction {fraction}"
        assert len(got.validation) == round(rows * fraction), case
        assert len(got.train) + got.purged_rows + len(got.validation) == rows, case
        if len(got.validation) == 0:
            assert got.train.tolist() == list(range(rows)), case
            continue
        assert got.validation.tolist() == list(range(rows - len(got.validation), rows)), case
        begins = frame["date"].iloc[got.validation[0]]
        assert (frame["known_at"].iloc[got.train] < begins).all(), f"leak: {case}"
        before = range(got.validation[0])
        could = [row for row in before if frame["known_at"].iloc[row] < begins]
        assert got.train.tolist() == could, f"rows thrown away: {case}"
        both += len(got.train) > 0
    return both


def test_no_training_label_is_known_once_validation_begins() -> None:
    assert refuse_leaks(purged_split) > 50


def without_purge(date: pd.Series, known_at: pd.Series, fraction: float) -> PurgedSplit:
    first = len(date) - round(len(date) * fraction)
    return PurgedSplit(np.arange(first), np.arange(first, len(date)), 0)


def one_row_short(date: pd.Series, known_at: pd.Series, fraction: float) -> PurgedSplit:
    """Take labels that become known just when validation begins."""
    first = len(date) - round(len(date) * fraction)
    if first == len(date):
        return PurgedSplit(np.arange(first), np.arange(0), 0)
    train = np.flatnonzero((known_at.iloc[:first] <= date.iloc[first]).to_numpy())
    return PurgedSplit(train, np.arange(first, len(date)), first - len(train))


def counted_in_rows(date: pd.Series, known_at: pd.Series, fraction: float) -> PurgedSplit:
    """Leave a gap typed by hand."""
    first = len(date) - round(len(date) * fraction)
    train = np.arange(max(0, first - 18)) if first < len(date) else np.arange(first)
    return PurgedSplit(train, np.arange(first, len(date)), first - len(train))


@pytest.mark.parametrize("mutant", [without_purge, one_row_short, counted_in_rows])
def test_the_check_catches_splits_that_leak(mutant: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splits, "purged_split", mutant)
    with pytest.raises(AssertionError, match=r"leak: |rows thrown away: "):
        refuse_leaks(splits.purged_split)


def test_a_split_by_hand() -> None:
    """Ten hours, labels of horizon 2 known three candles later; the last two rows validate."""
    frame = window(10, 2, [1])
    got = purged_split(frame["date"], frame["known_at"], 0.2)
    assert got.validation.tolist() == [8, 9]
    assert got.train.tolist() == [0, 1, 2, 3, 4]  # row 5 is known by candle 8, which validates
    assert got.purged_rows == 3


def test_a_label_that_is_not_known_never_trains() -> None:
    frame = window(10, 1, [1])
    known_at = frame["known_at"].copy()
    known_at.iloc[[0, 3]] = pd.NaT
    got = purged_split(frame["date"], known_at, 0.3)
    assert got.train.tolist() == [1, 2, 4]
    assert got.purged_rows == 4


def test_the_row_numbers_of_the_frame_do_not_matter() -> None:
    frame = window(50, 5, [1])
    moved = frame.set_index(np.arange(50)[::-1] * 3)
    got, expected = (purged_split(f["date"], f["known_at"], 0.2) for f in (moved, frame))
    assert got.train.tolist() == expected.train.tolist()


def test_no_rows_and_too_few_rows_give_empty_parts() -> None:
    for rows, fraction, sizes in [(0, 0.5, (0, 0)), (1, 0.2, (1, 0)), (1, 0.8, (0, 1))]:
        frame = window(1, 3, [1]).iloc[:rows]
        got = purged_split(frame["date"], frame["known_at"], fraction)
        assert (len(got.train), len(got.validation)) == sizes


# --- rows to stop by -----------------------------------------------------------------------------


def test_rows_to_stop_by_are_cut_from_the_training_rows_and_purged_again() -> None:
    """Three parts, each purged from the next one, over the grid."""
    three = 0
    for rows, horizon, fraction, steps in itertools.product(
        [10, 137], HORIZONS, [0.1, 0.5], STEPS.values()
    ):
        frame = window(rows, horizon, steps)
        date, known_at = frame["date"], frame["known_at"]
        outer = purged_split(date, known_at, 0.2)
        inner = stopping_split(date, known_at, outer.train, fraction)
        assert len(inner.validation) == round(len(outer.train) * fraction)
        assert set(inner.train) | set(inner.validation) <= set(outer.train)
        if len(inner.train) and len(inner.validation) and len(outer.validation):
            assert (known_at.iloc[inner.train] < date.iloc[inner.validation[0]]).all()
            assert (known_at.iloc[inner.validation] < date.iloc[outer.validation[0]]).all()
            three += 1
    assert three > 15


# --- folds ---------------------------------------------------------------------------------------

Folds = Callable[[pd.Series, pd.Series, int, pd.Timedelta], Sequence[PurgedSplit]]
EMBARGOES = [pd.Timedelta(0), pd.Timedelta("5h")]


def refuse_leaking_folds(folds: Folds) -> int:
    """Check the invariants over horizons, windows, steps, folds and pairs; return uses of both."""
    both = 0
    for rows, horizon, steps, number, pairs, embargo in itertools.product(
        [10, 137], [1, 18, 60], STEPS.values(), [2, 5], [1, 2], EMBARGOES
    ):
        one = window(rows, horizon, steps)
        frame = pd.concat([one] * pairs).sort_values("date", kind="stable")
        date, known_at = (frame[name].reset_index(drop=True) for name in ("date", "known_at"))
        got = folds(date, known_at, number, embargo)
        case = f"{rows} rows of {pairs}, horizon {horizon}, {number} folds, embargo {embargo}"
        assert len(got) == number, case
        every = np.concatenate([fold.validation for fold in got])
        assert every.tolist() == list(range(len(date))), case
        for fold in got:
            inside = fold.validation
            begins, ends = date[inside[0]], known_at[inside].max()
            outside = np.setdiff1d(np.arange(len(date)), inside)
            fits = (known_at[outside] < begins) | (date[outside] > ends + embargo)
            assert set(fold.train) <= set(outside[fits]), f"leak: {case}"
            assert fold.train.tolist() == outside[fits].tolist(), f"rows thrown away: {case}"
            assert len(fold.train) + len(inside) + fold.purged_rows == len(date), case
            assert date[inside[-1]] not in set(date[outside]), f"a date in two blocks: {case}"
            both += bool((fold.train < inside[0]).any() and (fold.train > inside[-1]).any())
    return both


def test_folds_are_purged_on_both_sides() -> None:
    assert refuse_leaking_folds(purged_folds) > 50


def _mutant(
    date: pd.Series,
    known_at: pd.Series,
    number: int,
    embargo: pd.Timedelta,
    before: Callable[[pd.Series, pd.Series], pd.Series],
    after: Callable[[pd.Series, pd.Series], pd.Series],
) -> list[PurgedSplit]:
    """Folds of the right blocks with other rules for what trains."""
    made = []
    for fold in purged_folds(date, known_at, number, embargo):
        inside = fold.validation
        left = before(known_at, pd.Series([date[inside[0]]]))
        right = after(date, pd.Series([known_at[inside].max(), date[inside[-1]]]))
        outside = ~np.isin(np.arange(len(date)), inside)
        earlier = np.arange(len(date)) < inside[0]
        train = np.flatnonzero(outside & np.where(earlier, left, right))
        made.append(PurgedSplit(train, inside, len(date) - len(train) - len(inside)))
    return made


def known_before(known_at: pd.Series, begins: pd.Series) -> pd.Series:
    return known_at < begins[0]


FOLD_MUTANTS: dict[str, Folds] = {
    "not purged before": lambda d, k, n, e: _mutant(
        d, k, n, e, lambda known, _: known.notna(), lambda date, end: date > end[0] + e
    ),
    "one candle short before": lambda d, k, n, e: _mutant(
        d, k, n, e, lambda known, begins: known <= begins[0], lambda date, end: date > end[0] + e
    ),
    "not purged after": lambda d, k, n, e: _mutant(
        d, k, n, e, known_before, lambda date, end: date > end[1] + e
    ),
    "one candle short after": lambda d, k, n, e: _mutant(
        d, k, n, e, known_before, lambda date, end: date >= end[0] + e
    ),
    "no embargo": lambda d, k, n, e: _mutant(
        d, k, n, e, known_before, lambda date, end: date > end[0]
    ),
    "a gap of 18 rows": lambda d, k, n, e: _mutant(
        d,
        k,
        n,
        e,
        lambda known, begins: (
            (d < begins[0]) & (d.rank(method="dense") < (d < begins[0]).sum() - 17)
        ),
        lambda date, end: date > end[0] + e,
    ),
    "by rows, not by dates": lambda d, k, n, e: [
        PurgedSplit(np.setdiff1d(np.arange(len(d)), part), part, 0)
        for part in np.array_split(np.arange(len(d)), n)
    ],
}


@pytest.mark.parametrize("name", FOLD_MUTANTS)
def test_the_check_catches_folds_that_leak(name: str) -> None:
    with pytest.raises(AssertionError, match=r"leak: |rows thrown away: "):
        refuse_leaking_folds(FOLD_MUTANTS[name])


def test_unknown_labels_never_train_and_end_nothing() -> None:
    frame = window(12, 1, [1])
    known_at = frame["known_at"].copy()
    known_at.iloc[[1, 5, 6, 7, 10]] = pd.NaT
    first, second, third = purged_folds(frame["date"], known_at, 3)
    assert first.train.tolist() == [8, 9, 11]  # row 3 is known with candle 5
    assert second.train.tolist() == [0, 8, 9, 11]
    assert third.train.tolist() == [0, 2, 3, 4]
    known_at.iloc[4:8] = pd.NaT
    assert purged_folds(frame["date"], known_at, 3)[1].train.tolist() == [0]


def test_more_folds_than_dates_are_refused() -> None:
    frame = window(10, 1, [1])
    for number in (0, 1, 11):
        with pytest.raises(TrainingError, match=f"{number} folds of 10 dates"):
            purged_folds(frame["date"], frame["known_at"], number)
