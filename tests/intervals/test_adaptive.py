"""Adaptive intervals: coverage through a change of volatility, known outcomes only, no memory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.errors import TrainingError
from freqai_regimes.intervals.adaptive import adapted_intervals
from freqai_regimes.intervals.options import IntervalOptions
from freqai_regimes.intervals.split_conformal import fit_interval

HORIZON = 12


def options(**changed: object) -> IntervalOptions:
    return IntervalOptions.model_validate(changed)


def run(seed: int, coverage: float, rows: int = 6000, wilder: float = 2.5) -> pd.DataFrame:
    """Overlapping returns over 12 candles, wilder from half of the rows on; calm validation."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=rows + HORIZON)
    total = np.concatenate([[0.0], steps.cumsum()])
    outcome = (total[HORIZON + 1 :] - total[1:-HORIZON]) / np.sqrt(HORIZON)
    outcome = outcome * np.where(np.arange(rows) < rows // 2, 1.0, wilder)
    prediction = rng.normal(size=rows) * 0.1
    old, new = slice(0, 1000), slice(1000, None)
    interval = fit_interval(prediction[old], outcome[old], coverage=coverage)
    lower, upper = interval.bounds(prediction[new])
    date = pd.Series(pd.date_range("2024-01-01", periods=rows, freq="h", tz="UTC"))[new]
    return pd.DataFrame(
        {
            "date": date.to_numpy(),
            "prediction": prediction[new],
            "lower": lower,
            "upper": upper,
            "outcome": outcome[new],
            "known_at": (date + pd.Timedelta(hours=HORIZON)).to_numpy(),
        }
    )


def share_held(frame: pd.DataFrame, bounds: pd.DataFrame, rows: slice) -> float:
    held = (frame["outcome"] >= bounds["lower"]) & (frame["outcome"] <= bounds["upper"])
    return float(held[rows].mean())


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_coverage_holds_through_a_change_of_volatility_where_the_plain_interval_fails(
    coverage: float,
) -> None:
    """Mean over 12 seeds within 0.02 of the stated one, before and after; plain: far below."""
    calm, wild = slice(200, 2000), slice(2000, None)
    got: dict[str, list[float]] = {"calm": [], "wild": [], "plain": []}
    for seed in range(20, 32):
        frame = run(seed, coverage)
        bounds = adapted_intervals(frame, options(coverage=coverage))
        got["calm"].append(share_held(frame, bounds, calm))
        got["wild"].append(share_held(frame, bounds, wild))
        got["plain"].append(share_held(frame, frame, wild))
    assert np.mean(got["calm"]) == pytest.approx(coverage, abs=0.02)
    assert np.mean(got["wild"]) == pytest.approx(coverage, abs=0.02)
    assert np.mean(got["plain"]) < coverage - 0.3


def test_the_update_by_hand() -> None:
    """A miss and two hits of half-width 1, each known one candle after it was predicted."""
    frame = pd.DataFrame(
        {
            "date": pd.date_range("2024-01-01", periods=5, freq="h", tz="UTC"),
            "prediction": 0.0,
            "lower": -1.0,
            "upper": 1.0,
            "outcome": [2.0, -1.05, 0.5, np.nan, np.nan],
        }
    )
    frame["known_at"] = frame["date"].shift(-1).where(frame["outcome"].notna())
    got = adapted_intervals(frame, options(coverage=0.8, step=0.1))
    # 1.05 lies within the width that its own row was shown, exp(0.08): a hit.
    logarithm = np.array([0.0, 0.08, 0.06, 0.04, 0.04])
    assert np.allclose(np.log(got["width"]), logarithm, atol=1e-12)
    assert got["outcomes_used"].tolist() == [0, 1, 2, 3, 3]
    assert np.allclose(got["upper"], np.exp(logarithm)) and (got["lower"] == -got["upper"]).all()


def test_an_outcome_counts_from_the_candle_that_settles_it_and_not_before() -> None:
    frame = run(1, 0.8, rows=1600)
    whole = adapted_intervals(frame, options())
    for row in (100, 333, 598):
        now = frame["date"].iloc[row]
        known = frame.iloc[: row + 1].copy()
        late = known["known_at"] > now
        known.loc[late, ["outcome"]] = np.nan
        known.loc[late, ["known_at"]] = pd.NaT
        cut = adapted_intervals(known, options())
        assert cut.iloc[-1].equals(whole.iloc[row])
        changed = frame.copy()
        changed.loc[changed["known_at"] > now, "outcome"] = 1e6
        pd.testing.assert_frame_equal(
            adapted_intervals(changed, options()).iloc[: row + 1], whole.iloc[: row + 1]
        )
    hit = frame["outcome"].between(whole["lower"], whole["upper"])
    settled = frame.copy()  # an outcome that this very candle settles does count
    settled.loc[88, "outcome"] = 1e6 if hit[88] else frame["prediction"][88]
    assert (adapted_intervals(settled, options())["width"] != whole["width"]).idxmax() == 100


def test_a_restart_changes_nothing_once_the_frame_holds_enough_outcomes() -> None:
    """A live frame begins later than the backtest's: equal bits from full memory on."""
    frame = run(2, 0.8, rows=2200)
    memory = options(memory_outcomes=60)
    whole = adapted_intervals(frame, memory)
    for begin in (1, 400, 777):
        late = adapted_intervals(frame.iloc[begin:], memory)
        full = late["outcomes_used"] == 60
        assert full.sum() > 300
        pd.testing.assert_frame_equal(late[full], whole.loc[late.index][full])


def test_rows_that_are_not_trusted_count_for_nothing_and_get_nothing() -> None:
    frame = run(3, 0.8, rows=1400)
    gone = frame.index % 3 == 1
    holes = frame.copy()
    holes.loc[gone, ["prediction", "lower", "upper"]] = np.nan
    got = adapted_intervals(holes, options())
    alone = adapted_intervals(frame[~gone], options())
    assert got.loc[gone, ["lower", "upper"]].isna().all(axis=None)
    pd.testing.assert_frame_equal(got[~gone], alone)


def test_a_step_of_0_leaves_the_models_own_interval() -> None:
    frame = run(4, 0.8, rows=1300)
    got = adapted_intervals(frame, options(step=0))
    assert (got["width"] == 1).all()
    assert np.allclose(got[["lower", "upper"]], frame[["lower", "upper"]], atol=1e-12)


def test_labels_that_are_known_in_another_order_count_when_they_are_known() -> None:
    frame = run(5, 0.8, rows=1300)
    rng = np.random.default_rng(0)
    frame["known_at"] = frame["date"] + pd.to_timedelta(rng.integers(1, 40, len(frame)), unit="h")
    got = adapted_intervals(frame, options())
    for row in (50, 200):
        known = frame["known_at"] <= frame["date"].iloc[row]
        assert got["outcomes_used"].iloc[row] == min(known.sum(), 200)


def test_blocks_of_rows_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = run(6, 0.8, rows=1500)
    whole = adapted_intervals(frame, options())
    monkeypatch.setattr("freqai_regimes.intervals.adaptive._ROWS_AT_ONCE", 7)
    pd.testing.assert_frame_equal(adapted_intervals(frame, options()), whole)


def test_what_is_missing_or_unsorted_is_refused_and_no_rows_give_none() -> None:
    frame = run(7, 0.8, rows=1010)
    with pytest.raises(TrainingError, match=r"missing: \['upper'\]"):
        adapted_intervals(frame.drop(columns="upper"), options())
    with pytest.raises(TrainingError, match="sort the rows"):
        adapted_intervals(frame.iloc[::-1], options())
    assert adapted_intervals(frame.iloc[:0], options()).empty


def test_options_are_bounded() -> None:
    for bad in ({"coverage": 1.0}, {"coverage": 0.4}, {"step": -0.1}, {"memory_outcomes": 9}):
        with pytest.raises(ValidationError):
            options(**bad)
