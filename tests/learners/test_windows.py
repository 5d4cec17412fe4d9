"""Windows hold consecutive candles of one pair, and end where they say; nothing else is one."""

from __future__ import annotations

import numpy as np
import pytest

from freqai_regimes.errors import TrainingError
from freqai_regimes.learners.sample import RowOrder, Sample
from freqai_regimes.learners.windows import complete_windows, window_sample

HOUR = np.timedelta64(1, "h")


def order(hours: list[int], pairs: list[str]) -> RowOrder:
    date = np.datetime64("2024-01-01", "ms") + np.array(hours) * HOUR
    return RowOrder(date, np.array(pairs), HOUR)


def described(rows: np.ndarray, given: RowOrder, length: int) -> dict[int, list[float]]:
    """First column of each window by the row that it ends at."""
    windows = complete_windows(rows, given, length)
    return {
        int(source): windows.rows[places, 0].tolist()
        for source, places in zip(windows.source, windows.places(), strict=True)
    }


def test_by_hand_two_pairs_side_by_side_with_a_gap_and_an_unknown_feature() -> None:
    hours = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 6, 5]
    pairs = ["a", "b"] * 6
    rows = np.arange(12.0)[:, np.newaxis]
    rows[3] = np.nan  # pair b at hour 1; pair a has no hour 5
    assert described(rows, order(hours, pairs), 3) == {
        4: [0, 2, 4],
        6: [2, 4, 6],
        8: [4, 6, 8],
        9: [5, 7, 9],
        11: [7, 9, 11],
    }


def test_against_a_loop_on_a_random_grid() -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        count, length = int(rng.integers(1, 60)), int(rng.integers(2, 6))
        cells = rng.choice(90, size=count, replace=False)
        pairs, hours = cells % 3, cells // 3
        rows = rng.normal(size=(count, 2))
        rows[rng.random(count) < 0.1, 1] = np.inf
        where = {(p, h): i for i, (p, h) in enumerate(zip(pairs, hours, strict=True))}
        expected = {}
        for (pair, hour), i in where.items():
            past = [where.get((pair, hour - back)) for back in range(length - 1, -1, -1)]
            if all(j is not None and np.isfinite(rows[j]).all() for j in past):
                expected[i] = [float(rows[j, 0]) for j in past]
        given = order(hours.tolist(), [str(p) for p in pairs])
        assert described(rows, given, length) == expected, seed


def test_no_rows_have_no_windows() -> None:
    assert len(complete_windows(np.empty((0, 2)), order([], []), 3)) == 0


def test_history_is_looked_at_and_not_learnt() -> None:
    target = np.array([np.nan, np.nan, 5.0, np.nan, 7.0])
    rows = np.arange(5.0)[:, np.newaxis]
    sample = Sample(rows, target, np.arange(5.0), order([0, 1, 2, 3, 4], ["a"] * 5))
    got = window_sample(sample, 3)
    assert got.target.tolist() == [5, 7] and got.weight is not None
    assert got.weight.tolist() == [2, 4]
    assert got.windows.rows[got.windows.places(), 0].tolist() == [[0, 1, 2], [2, 3, 4]]


def test_what_cannot_be_a_window_is_refused() -> None:
    with pytest.raises(TrainingError, match="needs the date and the pair of each row"):
        complete_windows(np.ones((3, 1)), None, 2)
    with pytest.raises(TrainingError, match="two rows of one date"):
        complete_windows(np.ones((3, 1)), order([0, 1, 1], ["a"] * 3), 2)
