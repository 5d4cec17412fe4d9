"""Each check on computations whose fault is known by hand: the row, the values, the size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.causality import BASE, Allowance, Finding, Market, Plan, Subject, certify
from freqai_regimes.causality.leaks.mutant import labelled
from freqai_regimes.labels.labelled import Labelled
from tests.random_candles import random_candles

ROWS = 260
CANDLES = random_candles(ROWS, seed=21)
MARKET = Market.of(CANDLES, "1h")
PLAN = Plan(cuts=4, late_cuts=2, windows=5, steps=6)
Feature = Callable[[pd.DataFrame], pd.Series]


def found(check: str, feature: Feature, **stated: object) -> Finding:
    subject = Subject(
        "it", "feature", lambda inputs: feature(inputs[BASE]).to_frame("value"), **stated
    )
    return certify([subject], MARKET, plan=PLAN, checks=[check]).findings[0]


def found_label(check: str, label: Callable[[pd.DataFrame], Labelled], horizon: int | None = 4):
    subject = Subject("it", "label", lambda i: label(i[BASE]), horizon_candles=horizon)
    return certify([subject], MARKET, plan=PLAN, checks=[check]).findings[0]


def change(candles: pd.DataFrame) -> pd.Series:
    return candles["close"].pct_change()


# --- truncation, perturbation --------------------------------------------------------------------


def test_truncation_names_the_first_row_and_both_values() -> None:
    told = found("truncation", lambda c: c["close"].shift(-1))
    # The first cut leaves two rows: the second has no next close.
    assert (told.passed, told.column, told.row) == (False, "value", 0)
    assert told.expected == repr(float(CANDLES["close"].iloc[1]))
    assert told.got == "NaN"
    assert told.date == str(CANDLES["date"].iloc[0])


def test_a_leak_in_one_late_row_is_seen() -> None:
    """Only the last row of a frame is wrong, as when a bot fills it from the ticker."""

    def last(candles: pd.DataFrame) -> pd.Series:
        value = change(candles)
        value.iloc[-1] = 0.5
        return value

    assert not found("truncation", last).passed


def test_perturbation_needs_no_cut() -> None:
    """A value that only asks whether the next candle is there passes a change of it."""
    told = found("future perturbation", lambda c: c["close"] / c["close"].mean())
    assert (told.passed, told.row) == (False, 0)
    assert found("future perturbation", change).passed


def test_columns_that_come_and_go_are_refused() -> None:
    def dummies(inputs: dict[str, pd.DataFrame]) -> pd.DataFrame:
        return pd.get_dummies(inputs[BASE]["date"].dt.day_of_week.astype(str), dtype=float)

    told = certify([Subject("it", "feature", dummies)], MARKET, checks=["truncation"]).faults
    assert told[0].expected.startswith("columns 0, 1, 2")
    assert told[0].got == "columns 0"


# --- warm-up, history ----------------------------------------------------------------------------


def mean(window: int, least: int | None = None) -> Feature:
    return lambda c: change(c).rolling(window, min_periods=least).mean()


def test_warm_up_as_stated_passes() -> None:
    assert found("warm-up", mean(10), warm_up_candles=10, first_value_candles=10).passed


@pytest.mark.parametrize("stated", [9, 5])
def test_a_value_later_than_stated_is_refused(stated: int) -> None:
    told = found("warm-up", mean(10), warm_up_candles=stated)
    assert (told.passed, told.got) == (False, "NaN")
    assert f"after the {stated} candles" in told.reason


def test_a_value_earlier_than_its_inputs_allow_is_refused() -> None:
    told = found("warm-up", mean(10, 3), warm_up_candles=10, first_value_candles=10)
    assert (told.passed, told.row) == (False, 3)


def test_part_of_a_window_may_give_early_values_where_nothing_else_is_stated() -> None:
    assert found("warm-up", mean(10, 3), warm_up_candles=10).passed


def test_a_made_up_value_is_refused() -> None:
    told = found("warm-up", lambda c: mean(10)(c).fillna(0.5), warm_up_candles=10)
    assert (told.passed, told.row, told.got) == (False, 0, "0.5")


def test_a_state_that_waited_for_its_inputs_and_has_not_changed_yet_is_not_made_up() -> None:
    def held(candles: pd.DataFrame) -> pd.Series:
        rows = np.arange(len(candles))
        return np.sign(change(candles)).where(rows >= 40, 1.0).where(rows >= 20)

    assert found("warm-up", held, warm_up_candles=40).passed
    assert not found("warm-up", lambda c: held(c).fillna(1.0), warm_up_candles=40).passed


@pytest.mark.parametrize(
    ("compute", "words"),
    [
        (lambda i: i[BASE][["close"]] * np.nan, "close has no value in 260 rows"),
        (lambda i: i[BASE][[]], "it computed no column"),
    ],
)
def test_nothing_is_no_proof(compute: Callable[..., pd.DataFrame], words: str) -> None:
    told = certify([Subject("it", "feature", compute)], MARKET, checks=["warm-up"]).findings[0]
    assert (told.passed, told.reason) == (False, words)


def test_history_says_by_how_much() -> None:
    """An average with weights 0.9^k forgets to 0.9^n after n candles."""
    for stated, passes in ((20, False), (260 - 50, True)):
        told = found(
            "longer history",
            lambda c: np.sign(change(c)).ewm(alpha=0.1, adjust=False).mean(),
            warm_up_candles=stated,
            allowances=(Allowance("longer history", "slow", 1e-3),),
        )
        assert told.passed is passes
        assert told.size is not None
        if not passes:
            assert 1e-3 < told.size < 1


def test_history_of_a_sum_since_the_beginning_is_told_not_refused() -> None:
    told = found("longer history", lambda c: change(c).fillna(0).cumsum())
    assert told.passed and told.size is not None and told.size > 0.01
    assert "no warm-up stated" in told.reason
    assert not found("longer history", lambda c: c["volume"].cumsum(), warm_up_candles=5).passed


def test_candle_by_candle_sees_what_depends_on_the_frame() -> None:
    assert not found("candle by candle", lambda c: c["volume"].cumsum(), warm_up_candles=5).passed
    assert found("candle by candle", mean(10), warm_up_candles=10).passed


def test_exceptions_are_named_with_their_reason() -> None:
    allowance = Allowance("candle by candle", "it may", unknown=True)
    late = mean(12)
    assert not found("candle by candle", late, warm_up_candles=10).passed
    told = found("candle by candle", late, warm_up_candles=10, allowances=(allowance,))
    assert told.passed and told.excepted == "it may"


# --- labels --------------------------------------------------------------------------------------


def ahead(candles: pd.DataFrame, rows: int = 4) -> pd.Series:
    return candles["close"].shift(-rows) / candles["close"] - 1


def test_an_honest_label_passes_every_check() -> None:
    subject = Subject(
        "it",
        "label",
        lambda i: labelled(ahead(i[BASE]), i[BASE]["date"].shift(-4)),
        horizon_candles=4,
    )
    certificate = certify([subject], MARKET, plan=PLAN)
    assert certificate.faults == ()
    assert len(certificate.findings) == 11


def test_a_label_that_a_candle_after_known_at_moves_is_refused() -> None:
    early = lambda c: labelled(ahead(c), c["date"].shift(-3).where(ahead(c).notna()))  # noqa: E731
    told = found_label("horizon", early)
    assert not told.passed
    assert "later candles move it" in told.reason


def test_known_at_beyond_the_horizon_is_refused() -> None:
    told = found_label("horizon", lambda c: labelled(ahead(c, 6), c["date"].shift(-6)))
    assert (told.passed, told.row, told.expected) == (False, 0, "up to 4")
    assert "6 candles after its row" in told.reason
    assert told.got == str(CANDLES["date"].iloc[6])


def test_known_at_before_its_own_row_is_refused() -> None:
    value = lambda c: labelled(change(c), c["date"].shift(1))  # noqa: E731
    told = found_label("horizon", value)
    assert (told.passed, told.row) == (False, 1)


def test_a_label_without_future_is_refused() -> None:
    past = lambda c: labelled(change(c), c["date"].where(change(c).notna()))  # noqa: E731
    told = found_label("horizon", past)
    assert "no future moves it" in told.reason


@pytest.mark.parametrize(
    ("label", "row", "words"),
    [
        (lambda c: labelled(ahead(c).fillna(0.0), c["date"].shift(-4)), ROWS - 4, "never False"),
        (lambda c: labelled(ahead(c).where(c.index != 7), c["date"].shift(-4)), 7, "no value"),
        (
            lambda c: labelled(ahead(c), c["date"].shift(-4) + pd.Timedelta(minutes=7)),
            0,
            "opening time",
        ),
    ],
)
def test_values_and_moments_stand_together(
    label: Callable[[pd.DataFrame], Labelled], row: int, words: str
) -> None:
    told = found_label("resolution", label)
    assert (told.passed, told.row) == (False, row)
    assert words in told.reason


def test_a_label_must_say_when_it_is_known() -> None:
    subject = Subject("it", "label", lambda i: ahead(i[BASE]).to_frame("value"))
    told = certify([subject], MARKET, checks=["truncation"]).findings[0]
    assert "a label returns Labelled" in told.reason


# --- units ---------------------------------------------------------------------------------------


def test_prices_must_have_no_scale_unless_stated() -> None:
    def price(candles: pd.DataFrame) -> pd.Series:
        return candles["close"].rolling(3).mean()

    told = found("units", price, warm_up_candles=2, price_unit_columns=())
    assert (told.passed, told.row) == (False, 2)
    assert float(told.got) == pytest.approx(4 * float(told.expected))
    assert found("units", price, warm_up_candles=2, price_unit_columns=("value",)).passed
    assert found("units", price, warm_up_candles=2).passed


@pytest.mark.parametrize(("factor", "passes"), [(1.0, True), (0.1, True), (100.0, False)])
def test_windows_of_one_feature_are_of_like_size(factor: float, passes: bool) -> None:
    def windows(inputs: dict[str, pd.DataFrame]) -> pd.DataFrame:
        close = np.log(inputs[BASE]["close"])
        return pd.DataFrame({"return_3": close.diff(3), "return_6": factor * close.diff(6)})

    subject = Subject("it", "feature", windows, warm_up_candles=6)
    assert certify([subject], MARKET, checks=["units"]).passed is passes


@pytest.mark.parametrize(
    ("stated", "used", "words"),
    [(0.02, 2.0, "misses"), (0.02, 0.0002, "answers"), (-0.02, 0.02, "misses"), (0.02, 0.02, "")],
)
def test_a_threshold_means_what_it_says(stated: float, used: float, words: str) -> None:
    def rises(inputs: dict[str, pd.DataFrame]) -> Labelled:
        move = ahead(inputs[BASE])
        hit = (move >= used).astype(float).where(move.notna())
        return labelled(hit, inputs[BASE]["date"].shift(-4), "binary")

    subject = Subject("it", "label", rises, horizon_candles=4, thresholds={"value": stated})
    told = certify([subject], MARKET, checks=["units"]).findings[0]
    assert told.passed is (words == "")
    assert words in told.reason
