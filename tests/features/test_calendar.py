"""Hours and weekdays on the circle: known corners, midnight's seam."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.features.calendar import calendar_features

MONDAY = "2024-01-01"


def at(*times: str, hour: bool = True, weekday: bool = True) -> dict[str, list[float]]:
    dates = pd.Series([pd.Timestamp(time, tz="UTC") for time in times])
    got = calendar_features(dates, hour=hour, weekday=weekday)
    return {name: values.round(9).tolist() for name, values in got.items()}


def test_corners_of_the_day() -> None:
    got = at(*(f"{MONDAY} {hour}" for hour in ("00:00", "06:00", "12:00", "18:00")))
    assert got["hour_sine"] == pytest.approx([0, 1, 0, -1])
    assert got["hour_cosine"] == pytest.approx([1, 0, -1, 0])


def test_corners_of_the_week() -> None:
    """A quarter of a week is 42 hours."""
    got = at(MONDAY, "2024-01-02 18:00", "2024-01-04 12:00", "2024-01-06 06:00", hour=False)
    assert got["weekday_sine"] == pytest.approx([0, 1, 0, -1])
    assert got["weekday_cosine"] == pytest.approx([1, 0, -1, 0])


def test_minutes_count_and_midnight_is_no_seam() -> None:
    got = at(f"{MONDAY} 01:30")
    assert got["hour_sine"] == pytest.approx([np.sin(np.pi / 8)])
    late, early = at("2024-01-07 23:59", MONDAY).values(), [0.0, 1.0, 0.0, 1.0]
    for values, limit in zip(late, early, strict=True):
        assert values[0] == pytest.approx(limit, abs=0.005) and values[1] == limit


def test_only_what_is_asked_for_is_given() -> None:
    assert list(at(MONDAY, hour=False)) == ["weekday_sine", "weekday_cosine"]
    assert list(at(MONDAY, weekday=False)) == ["hour_sine", "hour_cosine"]
    assert at(MONDAY, hour=False, weekday=False) == {}


def test_every_moment_of_the_week_is_another_point_on_the_circle() -> None:
    dates = pd.Series(pd.date_range(MONDAY, periods=7 * 96, freq="15min", tz="UTC"))
    got = calendar_features(dates, hour=True, weekday=True)
    for name in ("hour", "weekday"):
        radius = got[f"{name}_sine"] ** 2 + got[f"{name}_cosine"] ** 2
        assert np.allclose(radius, 1)
    points = {tuple(np.round([v[row] for v in got.values()], 6)) for row in range(len(dates))}
    assert len(points) == len(dates)
