"""Leaks in labels: False tails, moments that are too early, and targets that look backwards."""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.causality.finding import (
    HORIZON,
    PERTURBATION,
    RESOLUTION,
    TRUNCATION,
    UNITS,
)
from freqai_regimes.causality.leaks.mutant import Mutant, label, labelled
from freqai_regimes.causality.leaks.zig_zag import final_leg
from freqai_regimes.labels.labelled import Labelled

H = 6
TOO_EARLY = (TRUNCATION, PERTURBATION, HORIZON)


def move(candles: pd.DataFrame, horizon: int = H) -> pd.Series:
    """Change of the close over the horizon, as a fraction."""
    return candles["close"].shift(-horizon) / candles["close"] - 1


def later(candles: pd.DataFrame, horizon: int = H) -> pd.Series:
    """Opening time of the candle that is ``horizon`` after each row."""
    return candles["date"].shift(-horizon)


def rises(candles: pd.DataFrame, threshold: float = 0.01, unit: float = 1.0) -> pd.Series:
    """1 where the move reaches the threshold, NaN where it is unresolved."""
    found = move(candles)
    return (unit * found >= threshold).astype(float).where(found.notna())


def honest(candles: pd.DataFrame) -> Labelled:
    """The change over the horizon, known when the horizon ends."""
    return labelled(move(candles), later(candles))


def _past(candles: pd.DataFrame) -> Labelled:
    past = candles["close"] / candles["close"].shift(H) - 1
    known = later(candles)
    return labelled(past.where(known.notna()), known.where(past.notna()))


def _leg(candles: pd.DataFrame, *, at_once: bool) -> Labelled:
    leg, row = final_leg(candles["close"].to_numpy())
    dates = candles["date"]
    if at_once:
        return labelled(pd.Series(leg, candles.index), dates.where(~np.isnan(leg)), "binary")
    known = pd.Series(dates.array.take(row, allow_fill=True), candles.index)
    return labelled(pd.Series(leg, candles.index).where(known.notna()), known, "binary")


def _scaled(candles: pd.DataFrame) -> Labelled:
    return labelled((move(candles) - move(candles).mean()) / move(candles).std(), later(candles))


def _scaled_by_past(candles: pd.DataFrame) -> Labelled:
    size = candles["close"].pct_change().rolling(20).std()
    value = move(candles) / size
    return labelled(value, later(candles).where(value.notna()))


def _thirds(candles: pd.DataFrame, low: float, high: float) -> Labelled:
    found = move(candles)
    value = (found > high).astype(float) - (found < low).astype(float)
    return labelled(value.where(found.notna()), later(candles), "three_class")


def _thirds_of_sample(candles: pd.DataFrame) -> Labelled:
    found = move(candles)
    return _thirds(candles, float(found.quantile(1 / 3)), float(found.quantile(2 / 3)))


MUTANTS: tuple[Mutant, ...] = (
    label(
        "False tail",
        "a comparison with NaN is False, so the newest rows all say no",
        (RESOLUTION, TRUNCATION),
        lambda c: labelled((move(c) >= 0.01).astype(float), later(c), "binary"),
        lambda c: labelled(rises(c), later(c), "binary"),
        horizon_candles=H,
    ),
    label(
        "False tail that counts as known",
        "the same, with a moment made up for the newest rows",
        (TRUNCATION,),
        lambda c: labelled((move(c) >= 0.01).astype(float), later(c).fillna(c["date"]), "binary"),
        lambda c: labelled(rises(c), later(c), "binary"),
        horizon_candles=H,
    ),
    label(
        "target is the current candle",
        "the shift was forgotten: the label can be read off the features",
        (HORIZON,),
        lambda c: labelled((c["close"] > c["open"]).astype(float), c["date"], "binary"),
        lambda c: labelled(rises(c, 0.0), later(c), "binary"),
        horizon_candles=H,
    ),
    label(
        "target is the past return",
        "pct_change(h) without shift(-h)",
        (HORIZON,),
        _past,
        honest,
        horizon_candles=H,
    ),
    label(
        "known one candle early",
        "known_at is off by a single candle",
        TOO_EARLY,
        lambda c: labelled(move(c), later(c, H - 1).where(move(c).notna())),
        honest,
        horizon_candles=H,
    ),
    label(
        "known at once",
        "the label is dated by its own row, so nothing is purged",
        TOO_EARLY,
        lambda c: labelled(move(c), c["date"].where(move(c).notna())),
        honest,
        horizon_candles=H,
    ),
    label(
        "looks past its horizon",
        "the move is taken over twice the horizon that is stated",
        TOO_EARLY,
        lambda c: labelled(move(c, 2 * H), later(c).where(move(c, 2 * H).notna())),
        honest,
        horizon_candles=H,
    ),
    label(
        "horizon longer than stated",
        "the purge is set by hand and shorter than the label",
        (HORIZON,),
        lambda c: labelled(move(c, 2 * H), later(c, 2 * H)),
        honest,
        horizon_candles=H,
    ),
    label(
        "leg known before it ends",
        "top and bottom labels taken as known on their own candle",
        TOO_EARLY,
        lambda c: _leg(c, at_once=True),
        lambda c: _leg(c, at_once=False),
    ),
    label(
        "label standardised over the sample",
        "the target is scaled by mean and deviation of all rows",
        TOO_EARLY,
        _scaled,
        _scaled_by_past,
        horizon_candles=H,
    ),
    label(
        "classes by thirds of the sample",
        "qcut() of the target over all rows",
        TOO_EARLY,
        _thirds_of_sample,
        lambda c: _thirds(c, -0.005, 0.005),
        horizon_candles=H,
    ),
    label(
        "percent against a fraction",
        "a move in percent is compared with a threshold of 0.02",
        (UNITS,),
        lambda c: labelled(rises(c, 0.02, unit=100.0), later(c), "binary"),
        lambda c: labelled(rises(c, 0.02), later(c), "binary"),
        horizon_candles=H,
        thresholds={"value": 0.02},
    ),
    label(
        "fraction against a percent",
        "a move as a fraction is compared with a threshold of 2",
        (UNITS,),
        lambda c: labelled(rises(c, 2.0), later(c), "binary"),
        lambda c: labelled(rises(c, 0.02), later(c), "binary"),
        horizon_candles=H,
        thresholds={"value": 0.02},
    ),
)
