"""Faults that make a proof worthless: dice, clocks, memory, written inputs, units, warm-up."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from freqai_regimes.causality.finding import (
    DETERMINISM,
    HISTORY,
    INPUT,
    STEPS,
    SURROUNDINGS,
    UNITS,
    WARM_UP,
)
from freqai_regimes.causality.leaks.mutant import Mutant, feature, of_inputs
from freqai_regimes.causality.leaks.neighbouring_rows import distance, returns
from freqai_regimes.causality.subject import BASE, Inputs

_calls = itertools.count()


def _adds_a_column(candles: pd.DataFrame) -> pd.Series:
    candles["change"] = returns(candles)
    return candles["change"].rolling(5).mean()


def _writes(candles: pd.DataFrame) -> pd.Series:
    candles.loc[candles["volume"] > candles["volume"].median(), "volume"] = 0.0
    return returns(candles).rolling(5).mean()


def _noise(candles: pd.DataFrame) -> pd.Series:
    return returns(candles) + np.random.normal(0, 1e-6, len(candles))


def _own_noise(candles: pd.DataFrame) -> pd.Series:
    return returns(candles) + np.random.default_rng().normal(0, 1e-6, len(candles))


def _age(candles: pd.DataFrame) -> pd.Series:
    today = pd.Timestamp(datetime.now(UTC).date(), tz="UTC")
    return pd.Series((today - candles["date"]).dt.days / 365)


def _remembers(candles: pd.DataFrame) -> pd.Series:
    return returns(candles) * (1 + next(_calls) % 2)


def _two_windows(inputs: Inputs, unit: float) -> pd.DataFrame:
    price = np.log(inputs[BASE]["close"])
    return pd.DataFrame({"return_12": price.diff(12), "return_24": unit * price.diff(24)})


MUTANTS: tuple[Mutant, ...] = (
    feature(
        "column added to the input",
        "frame['x'] = ... on the frame that was handed over",
        (INPUT,),
        _adds_a_column,
        lambda c: _adds_a_column(c.copy()),
        warm_up_candles=5,
    ),
    feature(
        "input overwritten",
        "outliers are set to zero in the caller's frame",
        (INPUT,),
        _writes,
        lambda c: _writes(c.copy()),
        warm_up_candles=5,
    ),
    feature(
        "noise",
        "a little noise against overfitting, from the global generator",
        (DETERMINISM, SURROUNDINGS),
        _noise,
        lambda c: returns(c) + 1e-6 * np.sin(1e6 * c["close"] / c["open"]),
        warm_up_candles=1,
    ),
    feature(
        "noise without a seed",
        "default_rng() is another one each time",
        (DETERMINISM,),
        _own_noise,
        returns,
        warm_up_candles=1,
    ),
    feature(
        "clock",
        "the age of a candle, counted from today",
        (SURROUNDINGS,),
        _age,
        lambda c: c["date"].dt.day_of_year / 365,
        warm_up_candles=0,
    ),
    feature(
        "memory between calls",
        "a module-level cache or counter",
        (DETERMINISM,),
        _remembers,
        returns,
        warm_up_candles=1,
    ),
    of_inputs(
        "percent beside a fraction",
        "one of two windows of the same feature is in percent",
        (UNITS,),
        lambda i: _two_windows(i, 100.0),
        lambda i: _two_windows(i, 1.0),
        warm_up_candles=24,
    ),
    feature(
        "price units not stated",
        "an average of the price itself, useless at another height of prices",
        (UNITS,),
        lambda c: c["close"].rolling(5).mean(),
        lambda c: c["close"].rolling(5).mean() / c["close"],
        warm_up_candles=4,
        price_unit_columns=(),
    ),
    feature(
        "zero while unknown",
        "fillna(0) hides that the window is not full",
        (WARM_UP,),
        lambda c: distance(c).fillna(0.0),
        distance,
        warm_up_candles=19,
    ),
    feature(
        "warm-up shorter than true",
        "a recursive average is said to be ready after five candles",
        (HISTORY, STEPS),
        lambda c: returns(c).ewm(span=30).mean(),
        lambda c: returns(c).rolling(5).mean(),
        warm_up_candles=5,
    ),
    feature(
        "warm-up longer than stated",
        "the first value comes later than startup_candle_count allows for",
        (WARM_UP,),
        lambda c: returns(c).rolling(30).mean(),
        lambda c: returns(c).rolling(5).mean(),
        warm_up_candles=5,
    ),
)
