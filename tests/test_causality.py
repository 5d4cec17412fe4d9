"""No look-ahead, by introspection: every public function of candles is found and put to the test.

Each check is also shown to catch a function that does what it forbids.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, get_args, get_type_hints

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel

from freqai_regimes import features, labels, regimes
from freqai_regimes.features import momentum
from freqai_regimes.features.calendar import calendar_features
from freqai_regimes.features.candle_shape import candle_shape_features
from freqai_regimes.features.full_window import (
    full_window_covariance,
    full_window_mean,
    full_window_sum,
    full_window_variance,
)
from freqai_regimes.features.momentum import momentum_features
from freqai_regimes.features.trailing_window import last_known
from freqai_regimes.features.volatility import ewma_volatility
from freqai_regimes.features.volume import volume_features
from freqai_regimes.labels.forward_return import forward_return
from freqai_regimes.regimes.band import band_regime, reach
from freqai_regimes.regimes.chop import atr, bollinger_width, efficiency_ratio, share_below
from freqai_regimes.regimes.hysteresis import held_state
from freqai_regimes.regimes.macd import exponential_average
from freqai_regimes.regimes.moving_average import moving_average_regime
from freqai_regimes.regimes.options import RegimeSettings
from freqai_regimes.regimes.probabilities import REGIME_COLUMNS, certain, doubtful, most_probable
from freqai_regimes.regimes.rule import price_above_average, regime_of
from freqai_regimes.regimes.transition import confirmed_regime, dwelling_regime
from freqai_regimes.regimes.vote import vote
from tests.random_candles import random_candles

ROWS = 500
CANDLES = random_candles(ROWS, seed=11)
#: The last row that is known: the first ones, the ends of windows, and some in the middle.
MOMENTS = [0, 1, 6, 13, 14, 19, 20, 21, 26, 27, 60, 199, 350, ROWS - 2]
#: Rows that are put before a shorter history.
EARLIER = [1, 7, 100]


@dataclasses.dataclass(frozen=True)
class Call:
    """How to ask a function for its values, and what it states about them.

    ``warm_up`` holds, for each column, the first row that is known. ``settles`` rows later a value
    is the same whatever came before, to ``tolerance``: 1e-9 where sums run along the history, 1e-6
    where it is a recursion. Truncation and perturbation are held to exactly, to the bit.
    """

    run: Callable[[pd.DataFrame], Any]
    warm_up: dict[str, int]
    settles: int = 0
    tolerance: float = 1e-9
    #: The warm-up is the least there is, and a state may be confirmed later: known rows agree.
    at_least: bool = False

    def values(self, candles: pd.DataFrame) -> pd.DataFrame:
        got = self.run(candles)
        if isinstance(got, pd.Series):
            return got.to_frame("value")
        return pd.DataFrame(got)


PERIOD, HALF_LIFE, VOLATILITY_WARM_UP = 7, 5, 20
SETTINGS = RegimeSettings(
    average_candles=15, average_band=0.01, change_candles=6, confirmation_candles=3
)


def volatility(candles: pd.DataFrame) -> pd.Series:
    return ewma_volatility(candles["close"], HALF_LIFE)


def answer(candles: pd.DataFrame) -> pd.DataFrame:
    return moving_average_regime(
        candles["close"], average_candles=15, average_band=0.01, change_candles=6, change_band=0.0
    )


def state(candles: pd.DataFrame) -> pd.Series:
    return answer(candles)["regime"]


def distance(candles: pd.DataFrame) -> pd.Series:
    return candles["close"] / full_window_mean(candles["close"], PERIOD) - 1


NEVER_BEAR = REGIME_COLUMNS[:3]
#: Every public function of features and regimes that takes candles. A new one is missed here.
CALLS = {
    "calendar_features": Call(
        lambda c: calendar_features(c["date"], hour=True, weekday=True),
        dict.fromkeys(["hour_sine", "hour_cosine", "weekday_sine", "weekday_cosine"], 0),
    ),
    "candle_shape_features": Call(
        lambda c: candle_shape_features(c, volatility(c)),
        {"close_location": 0, "range": VOLATILITY_WARM_UP},
    ),
    "full_window_covariance": Call(
        lambda c: full_window_covariance(c["close"], c["volume"], PERIOD), {"value": PERIOD - 1}
    ),
    "full_window_mean": Call(lambda c: full_window_mean(c["close"], PERIOD), {"value": PERIOD - 1}),
    "full_window_sum": Call(lambda c: full_window_sum(c["close"], PERIOD), {"value": PERIOD - 1}),
    "full_window_variance": Call(
        lambda c: full_window_variance(c["close"], PERIOD), {"value": PERIOD - 1}
    ),
    "ewma_volatility": Call(volatility, {"value": VOLATILITY_WARM_UP}),
    "last_known": Call(
        lambda c: pd.Series(last_known(c["volume"].where(c["volume"] > 0)), index=c.index),
        {"value": 0},
    ),
    "momentum_features": Call(
        lambda c: momentum_features(c, volatility(c), PERIOD),
        {"return": 20, "distance": 20, "channel": PERIOD - 1, "efficiency": PERIOD},
    ),
    "volume_features": Call(
        lambda c: volume_features(c, PERIOD),
        {"volume": PERIOD - 1, "volume_imbalance": PERIOD - 1},
    ),
    "moving_average_regime": Call(answer, dict.fromkeys(REGIME_COLUMNS, 14)),
    "reach": Call(lambda c: reach(distance(c), 0.02), {"value": PERIOD - 1}),
    "held_state": Call(
        lambda c: held_state(*(distance(c) > x for x in (0.02, 9, 0.02, 9)), distance(c).notna()),
        {"value": PERIOD - 1},
    ),
    "band_regime": Call(
        lambda c: band_regime(distance(c), 0.02, 0.001, soft=True),
        dict.fromkeys(REGIME_COLUMNS, PERIOD - 1),
        at_least=True,
    ),
    "doubtful": Call(
        lambda c: doubtful(state(c), bull=reach(distance(c), 0.02), bear=reach(-distance(c), 0.02)),
        dict.fromkeys(REGIME_COLUMNS, 14),
    ),
    "most_probable": Call(lambda c: most_probable(answer(c)), {"value": 14}),
    "vote": Call(lambda c: vote([answer(c), answer(c)]), dict.fromkeys(REGIME_COLUMNS, 14)),
    "dwelling_regime": Call(lambda c: dwelling_regime(state(c), 2), {"value": 16}, at_least=True),
    "exponential_average": Call(
        lambda c: exponential_average(c["close"], PERIOD), {"value": 2 * PERIOD - 1}
    ),
    "share_below": Call(lambda c: share_below(c["close"], PERIOD), {"value": PERIOD}),
    "efficiency_ratio": Call(lambda c: efficiency_ratio(c, PERIOD), {"value": PERIOD}),
    "atr": Call(lambda c: atr(c, PERIOD), {"value": PERIOD}),
    "bollinger_width": Call(lambda c: bollinger_width(c, PERIOD), {"value": PERIOD - 1}),
    "confirmed_regime": Call(lambda c: confirmed_regime(state(c), 3), {"value": 16}, at_least=True),
    "certain": Call(lambda c: certain(state(c)), dict.fromkeys(REGIME_COLUMNS, 14)),
    "regime_of": Call(
        lambda c: regime_of(c, SETTINGS, 15), dict.fromkeys(REGIME_COLUMNS, 16), at_least=True
    ),
    "price_above_average": Call(
        lambda c: price_above_average(c, SETTINGS, 15)[list(NEVER_BEAR)],
        dict.fromkeys(NEVER_BEAR, 14),
    ),
}
#: Verbs of the contracts of generators, labels and rules, which the certificate finds and checks.
CERTIFIED = {"judge", "generate", "generate_features", "compute"}
HORIZON = 4
#: Every public function of labels.
LABELS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "forward_return": lambda c: forward_return(c, volatility(c), HORIZON, 4.0),
}
#: What is no label itself, and where it is put to the test.
LABEL_PARTS = {
    "column": "reads one column",
    "future_growth": "looks ahead; the labels made of it say when they are known",
    "first_barrier": "looks ahead; the labels made of it say when they are known",
    "horizon_unit": "volatility at the row; cut with the labels in its unit",
    "resolve": "puts values and times together",
    "compute_labels": "puts labels side by side",
    "average_uniqueness": "weighs rows whose labels are known",
    "age_decay": "weighs rows by their dates",
    "sample_weight": "weighs rows whose labels are known",
}


# --- finding them --------------------------------------------------------------------------------


def modules(room: ModuleType) -> Iterator[ModuleType]:
    yield room
    for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
        yield importlib.import_module(module.name)


def takes_rows(function: Callable[..., Any]) -> bool:
    hints = get_type_hints(function)
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    assert set(names) <= set(hints), f"{function.__name__} has untyped parameters: candles or not?"
    kinds = [kind for name in names for kind in (hints[name], *get_args(hints[name]))]
    return any(kind in (pd.Series, pd.DataFrame, np.ndarray) for kind in kinds)


def public_functions(*rooms: ModuleType) -> set[str]:
    """Names of all public functions that are given rows, wherever in the rooms they stand."""
    found = set()
    for module in (module for room in rooms for module in modules(room)):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__ == module.__name__ and not name.startswith("_")
            own = own and name not in CERTIFIED
            if own and takes_rows(function):
                found.add(name)
    return found


def test_every_function_has_its_call_here() -> None:
    assert public_functions(features, regimes) == set(CALLS)
    assert public_functions(labels) == {*LABELS, *LABEL_PARTS}


def test_a_new_function_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    def smoothed_features(candles: pd.DataFrame, period_candles: int) -> dict[str, pd.Series]:
        return {}

    def with_numbers_only(period_candles: int) -> int:
        return period_candles

    for function in (smoothed_features, with_numbers_only):
        function.__module__ = momentum.__name__
        monkeypatch.setattr(momentum, function.__name__, function, raising=False)
    assert public_functions(features) - set(CALLS) == {"smoothed_features"}


def test_no_state_is_kept_between_calls() -> None:
    """Classes here are frozen values: what is computed on candles are functions, found above."""
    for module in (module for room in (features, labels, regimes) for module in modules(room)):
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ != module.__name__ or name.startswith("_"):
                continue
            if getattr(kind, "_is_protocol", False):
                continue
            if dataclasses.is_dataclass(kind):
                assert kind.__dataclass_params__.frozen, name
            else:
                assert issubclass(kind, BaseModel) and kind.model_config["frozen"], name
            methods = [part for part in vars(kind).values() if inspect.isfunction(part)]
            own = [method for method in methods if not method.__name__.startswith("_")]
            assert [method.__name__ for method in own if takes_rows(method)] == [], name


# --- the checks ----------------------------------------------------------------------------------


def with_another_future(candles: pd.DataFrame, row: int) -> pd.DataFrame:
    """Give every candle after the row other prices, another volume and another time."""
    rng = np.random.default_rng(row)
    changed, later = candles.copy(), candles.index[row + 1 :]
    for column in ("open", "high", "low", "close"):
        changed.loc[later, column] *= rng.uniform(2, 50, len(later))
    changed.loc[later, "volume"] = rng.lognormal(10, 3, len(later)) + 1
    changed.loc[later, "date"] += pd.Timedelta(days=2, hours=5, minutes=37)
    return changed


def equal(got: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(got, expected, check_exact=True, check_freq=False)


def check_truncation(call: Call) -> None:
    whole = call.values(CANDLES)
    for row in MOMENTS:
        equal(call.values(CANDLES.iloc[: row + 1]), whole.iloc[: row + 1])


def check_future_perturbation(call: Call) -> None:
    whole = call.values(CANDLES)
    for row in MOMENTS:
        got = call.values(with_another_future(CANDLES, row))
        equal(got.iloc[: row + 1], whole.iloc[: row + 1])


def check_past_matters(call: Call) -> None:
    """A function that looks at nothing would pass all the rest."""
    got = call.values(with_another_future(CANDLES, 100)).iloc[101:]
    whole = call.values(CANDLES).iloc[101:]
    for column in whole:
        assert not whole[column].equals(got[column]), column


def check_warm_up(call: Call) -> None:
    whole = call.values(CANDLES)
    assert set(whole) == set(call.warm_up), "each column states its warm-up"
    for column, first in call.warm_up.items():
        assert whole[column].iloc[:first].isna().all(), f"{column} is a number in its warm-up"
        known = whole[column].first_valid_index()
        assert known == first or (call.at_least and known >= first), (column, known)


def check_longer_history(call: Call) -> None:
    whole = call.values(CANDLES)
    for earlier in EARLIER:
        shorter = call.values(CANDLES.iloc[earlier:].reset_index(drop=True))
        longer = whole.iloc[earlier:].reset_index(drop=True)
        for column, first in call.warm_up.items():
            if call.at_least:
                first = int(shorter[column].first_valid_index())
            begins = first + (call.settles if column in ("rsi", "adx") else 0)
            tolerance = call.tolerance if column in ("rsi", "adx") else min(1e-9, call.tolerance)
            got, expected = shorter[column].iloc[begins:], longer[column].iloc[begins:]
            assert got.isna().equals(expected.isna()), column
            distance = (got - expected).abs().max()
            assert distance <= tolerance, (column, earlier, distance)


def check_no_mutation(call: Call) -> None:
    candles = CANDLES.copy(deep=True)
    first = call.values(candles)
    equal(candles, CANDLES)
    equal(call.values(candles), first)


def check_index(call: Call) -> None:
    """Rows keep their index, whatever it is, and are computed in their order."""
    moved = CANDLES.set_axis(np.arange(ROWS)[::-1] * 3 + 1000)
    got = call.values(moved)
    assert got.index.equals(moved.index)
    equal(got.reset_index(drop=True), call.values(CANDLES))


CHECKS = [
    check_truncation,
    check_future_perturbation,
    check_past_matters,
    check_warm_up,
    check_longer_history,
    check_no_mutation,
    check_index,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", CALLS)
def test_functions_of_candles(name: str, check: Callable[[Call], None]) -> None:
    check(CALLS[name])


# --- what the checks catch -----------------------------------------------------------------------


def writing(candles: pd.DataFrame) -> pd.Series:
    candles.loc[candles.index[-1], "volume"] += 1.0
    return candles["volume"] + 0.0


def of(run: Callable[[pd.DataFrame], Any], first: int = 0) -> Call:
    return Call(run, {"value": first})


CAUGHT = {
    "the next close": (of(lambda c: c["close"].shift(-1)), [check_truncation]),
    "a centred mean": (
        of(lambda c: c["close"].rolling(5, center=True).mean(), 2),
        [check_truncation, check_future_perturbation],
    ),
    "the mean of it all": (
        of(lambda c: c["close"] / c["close"].mean()),
        [check_truncation, check_future_perturbation],
    ),
    "the last row alone": (
        of(lambda c: c["close"] * (c.index < c.index[-1])),
        [check_truncation],
    ),
    "back-filled": (
        of(lambda c: c["close"].rolling(15).mean().bfill(), 14),
        [check_truncation, check_future_perturbation, check_warm_up],
    ),
    "zero while unknown": (
        of(lambda c: c["close"].rolling(15).mean().fillna(0.0), 14),
        [check_warm_up],
    ),
    "zero while unknown, and stated so": (
        of(lambda c: c["close"].rolling(15).mean().fillna(0.0)),
        [check_longer_history],
    ),
    "known later than stated": (of(lambda c: c["close"].rolling(15).mean(), 13), [check_warm_up]),
    "a sum since the beginning": (of(lambda c: c["close"].cumsum()), [check_longer_history]),
    "the number of the row": (
        of(lambda c: pd.Series(np.arange(len(c)) * 1.0, index=c.index)),
        [check_longer_history, check_past_matters],
    ),
    "an average that never forgets in time": (
        Call(lambda c: {"rsi": c["close"].ewm(alpha=0.001).mean()}, {"rsi": 0}, 200, 1e-6),
        [check_longer_history],
    ),
    "writing on the candles": (of(writing), [check_no_mutation]),
    "a new index": (of(lambda c: pd.Series(c["close"].to_numpy())), [check_index]),
    "by index instead of by order": (
        of(lambda c: c["close"].sort_index().shift(1), 1),
        [check_index],
    ),
}


@pytest.mark.parametrize(
    ("name", "check"),
    [(name, check) for name, (_, checks) in CAUGHT.items() for check in checks],
)
def test_what_is_forbidden_is_caught(name: str, check: Callable[[Call], None]) -> None:
    with pytest.raises(AssertionError):
        check(CAUGHT[name][0])


# --- labels --------------------------------------------------------------------------------------


LabelOf = Callable[[pd.DataFrame], pd.DataFrame]


def row_known(got: pd.DataFrame, row: int) -> int:
    """Return the row of the candle with which the label of a row is stated to be known."""
    return int(np.flatnonzero(CANDLES["date"] == got["known_at"].iloc[row])[0])


def resolved(got: pd.DataFrame) -> list[int]:
    return [row for row in (20, 21, 50, 133, 300, ROWS - 9) if got["label"].notna().iloc[row]]


def check_known_at(label: LabelOf) -> None:
    """By brute force: the first history in which the label of a row is there ends at known_at."""
    got = label(CANDLES)
    rows = resolved(got)
    assert len(rows) >= 5
    for row in rows:
        ends = range(row, min(row + 40, ROWS))
        first = next(k for k in ends if pd.notna(label(CANDLES.iloc[: k + 1])["label"].iloc[row]))
        assert first == row_known(got, row), row


def check_nothing_after_known_at(label: LabelOf) -> None:
    got = label(CANDLES)
    for row in resolved(got):
        known = row_known(got, row)
        for other in (CANDLES.iloc[: known + 1], with_another_future(CANDLES, known)):
            equal(label(other).iloc[row : row + 1], got.iloc[row : row + 1])


def check_future_inside_matters(label: LabelOf) -> None:
    """What comes after the row and up to known_at, the last candle too, moves the label."""
    got = label(CANDLES)
    for row in resolved(got):
        known = row_known(got, row)
        for first in (row, known - 1):
            other = label(with_another_future(CANDLES, first))["label"].iloc[row]
            assert other != got["label"].iloc[row], (row, first)


def check_unresolved(label: LabelOf) -> None:
    """Neither a number nor a date before its time: row by row, at every end of the history."""
    got = label(CANDLES)
    assert got["label"].dtype == np.float64
    for rows in (1, 2, 5, 6, 60, 333, ROWS):
        part = label(CANDLES.iloc[:rows])
        known = got["known_at"].iloc[:rows] <= CANDLES["date"].iloc[rows - 1]
        assert part["label"][~known].isna().all() and part["known_at"][~known].isna().all(), rows
        equal(part[known], got.iloc[:rows][known])
    assert got["known_at"].isna().any() and got["known_at"].notna().any()


def check_label_leaves_candles(label: LabelOf) -> None:
    candles = CANDLES.copy(deep=True)
    got = label(candles)
    equal(candles, CANDLES)
    moved = label(CANDLES.set_axis(np.arange(ROWS)[::-1] * 3)).reset_index(drop=True)
    equal(moved, got)


LABEL_CHECKS = [
    check_known_at,
    check_nothing_after_known_at,
    check_future_inside_matters,
    check_unresolved,
    check_label_leaves_candles,
]


@pytest.mark.parametrize("check", LABEL_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", LABELS)
def test_labels(name: str, check: Callable[[LabelOf], None]) -> None:
    check(LABELS[name])


def with_columns(**columns: Callable[[pd.DataFrame], pd.Series]) -> LabelOf:
    return lambda candles: LABELS["forward_return"](candles).assign(
        **{name: column(candles) for name, column in columns.items()}
    )


WRONG_LABELS = {
    "known a candle too early": (
        with_columns(known_at=lambda c: c["date"].shift(-HORIZON)),
        [check_known_at, check_nothing_after_known_at, check_unresolved],
    ),
    "known a candle too late": (
        with_columns(known_at=lambda c: c["date"].shift(-HORIZON - 2)),
        [check_known_at, check_future_inside_matters],
    ),
    "zero while unresolved": (
        lambda c: LABELS["forward_return"](c).fillna({"label": 0.0}),
        [check_known_at, check_unresolved],
    ),
    "false while unresolved": (
        with_columns(label=lambda c: c["open"].shift(-5) > c["open"].shift(-1)),
        [check_known_at, check_unresolved],
    ),
    "the past as a label": (
        with_columns(label=lambda c: c["close"].diff(HORIZON)),
        [check_known_at, check_future_inside_matters],
    ),
    "in units of the whole future": (
        with_columns(label=lambda c: c["open"].shift(-5) / c["open"].std()),
        [check_nothing_after_known_at, check_unresolved],
    ),
}


@pytest.mark.parametrize(
    ("name", "check"),
    [(name, check) for name, (_, checks) in WRONG_LABELS.items() for check in checks],
)
def test_wrong_labels_are_caught(name: str, check: Callable[[LabelOf], None]) -> None:
    with pytest.raises(AssertionError):
        check(WRONG_LABELS[name][0])
