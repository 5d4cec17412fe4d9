"""Sample weights against a count of labels candle by candle, and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.errors import SettingsError
from freqai_regimes.labels.sample_weight import age_decay, average_uniqueness, sample_weight

HOURS = pd.Series(pd.date_range("2024-01-01", periods=200, freq="h", tz="UTC", unit="ms"))


def counted(start: list[int], end: list[int]) -> list[float]:
    """Average uniqueness, candle by candle: a label is alive from the candle after its row on."""
    alive = [sum(a < k <= b for a, b in zip(start, end, strict=True)) for k in range(300)]
    return [
        float(np.mean([1 / alive[k] for k in range(a + 1, b + 1)])) if b > a else 1.0
        for a, b in zip(start, end, strict=True)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_uniqueness_is_that_of_a_count(seed: int) -> None:
    """Rows missing, lives of all lengths (none as well), any order."""
    rng = np.random.default_rng(seed)
    start = rng.choice(150, 80, replace=False)
    end = start + rng.integers(0, 40, 80)
    date, known = HOURS[start].reset_index(drop=True), HOURS[end].reset_index(drop=True)
    got = average_uniqueness(date, known)
    assert got.tolist() == pytest.approx(counted(start.tolist(), end.tolist()), rel=1e-9)


def test_by_hand() -> None:
    """Three labels, of which the first two share one of two candles; the third is alone."""
    got = average_uniqueness(HOURS[[0, 1, 5]], HOURS[[2, 3, 8]].set_axis([0, 1, 5]))
    assert got.tolist() == [0.75, 0.75, 1.0] and got.index.tolist() == [0, 1, 5]
    steady = average_uniqueness(HOURS, HOURS + pd.Timedelta(hours=10))
    assert steady.iloc[20:180].tolist() == pytest.approx([0.1] * 160)


def test_what_is_not_known_has_no_weight_and_is_not_counted() -> None:
    known = (HOURS + pd.Timedelta(hours=2)).where(HOURS.index != 1).iloc[:3]
    got = average_uniqueness(HOURS.iloc[:3], known)
    assert got.isna().tolist() == [False, True, False] and got.iloc[0] == got.iloc[2] == 1.0
    assert average_uniqueness(HOURS.iloc[:3], known.where(known.index > 9)).isna().all()


def test_known_before_its_row_is_refused() -> None:
    with pytest.raises(
        SettingsError, match=r"Label of 2024-01-01 02:00.*known at 2024-01-01 01:00"
    ):
        average_uniqueness(HOURS[[0, 2]], HOURS[[1, 1]])


def test_weight_halves_with_age() -> None:
    days = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-21", "2024-01-31"], utc=True))
    assert age_decay(days, 10).tolist() == [0.125, 0.5, 1.0]
    for wrong in (0.0, -1.0, float("nan")):
        with pytest.raises(SettingsError, match=r"half_life_days is .* above 0"):
            age_decay(days, wrong)


def test_both_together_have_a_mean_of_one() -> None:
    date, known = HOURS[[0, 1, 49]], HOURS[[2, 3, 51]].set_axis([0, 1, 49])
    got = sample_weight(date, known, half_life_days=1)
    raw = np.array([0.75 * 0.5 ** (49 / 24), 0.75 * 0.5**2, 1.0])
    assert got.tolist() == pytest.approx((raw / raw.mean()).tolist())
    assert sample_weight(date, known).tolist() == pytest.approx([0.9, 0.9, 1.2])
    partly = sample_weight(date, known.where(known.index != 1))
    assert partly.isna().tolist() == [False, True, False] and partly.mean() == pytest.approx(1)
