"""Tops and bottoms between two moves of a given size, known only once the second move is seen.

A top is a candle whose price fell by ``level`` on both sides of it with nothing higher in between.
The zigzag on which this rests is found whole, by searching for the first exit from a band, not
candle by candle.

There is one form, the one confirmed online. ``topbot2`` of the Intelligent Trading Bot says "no"
for every candle whose top is not complete yet and takes that back when the fall comes; such a label
repaints, and training on it would use the future. On every candle that is settled both agree, so
its answer for a whole frame is ``compute(...).values.fillna(0)``; it is not offered as a label.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from freqai_regimes.labels.first_crossing import (
    Floats,
    Rows,
    first_above,
    first_below,
    just_below,
    last_above,
    last_below,
)
from freqai_regimes.labels.labelled import Labelled
from freqai_regimes.labels.options import LabelOptions
from freqai_regimes.labels.resolution import ColumnName, column, refuse_wrong_names, resolve

GRID_TOLERANCES = (0.0025, 0.005, 0.0075, 0.01, 0.0125, 0.015, 0.0175, 0.02, 0.025, 0.03)


class Options(LabelOptions):
    """Options of top-bottom; one label for each tolerance."""

    label: Literal["top_bottom"]
    side: Literal["top", "bottom"] = Field("top", description="what is looked for")
    level: float = Field(
        0.02, gt=0, lt=1, description="move on both sides that makes a top, as a fraction of it"
    )
    tolerances: tuple[Annotated[float, Field(ge=0, le=1)], ...] = Field(
        (0.1,), min_length=1, description="width of the top in price, as a part of the level"
    )
    price: str = Field("close", description="column in which tops are looked for")
    names: tuple[ColumnName, ...] | None = Field(
        None, description="one for each tolerance; null: SIDE_LEVEL_TOLERANCE"
    )

    @model_validator(mode="after")
    def _names_fit(self) -> Options:
        refuse_wrong_names(self.names, len(self.tolerances), "tolerances")
        if len(set(self.tolerances)) != len(self.tolerances):
            raise ValueError(f"tolerances repeat in {self.tolerances}: state each once")
        return self


def compute(candles: pd.DataFrame, options: Options) -> Labelled:
    """1 on the candles around a top whose price stays within the tolerance of it, else 0.

    Candles up to the one that completes the fall after a top are known at its close. Those after
    it are known when the price makes a new low (no later top can reach back beyond it) or has risen
    so far that a later top must begin after them. The delay has no bound; rows after the last
    settled one are NaN, and so are rows without a price. Kind: binary.

    Raises
    ------
    SettingsError
        If the candles lack the column of the price.
    """
    price = column(candles, options.price, "top_bottom")
    upright = price if options.side == "top" else -price
    legs = _legs(upright, options.level)
    found = {}
    for name, tolerance in zip(_names(options), options.tolerances, strict=True):
        value = _around(upright, legs.tops, options.level * tolerance)
        value[np.isnan(price)] = np.nan
        found[name] = (value, legs.settled_at)
    return resolve(candles, found, dict.fromkeys(found, "binary"))


def horizon_candles(options: Options) -> int | None:
    """None, no bound: a top is known when the price has fallen, however long that takes."""
    return None


def fixed_grid(price: str, level: float, side: Literal["top", "bottom"]) -> Options:
    """The labels of the Intelligent Trading Bot's older ``topbot`` for one of its levels.

    Its tolerances are parts of the price, from 0.25 % to 3 %. Those wider than the level are left
    out: there is no top of that width, and the original fails on them.

    >>> fixed_grid("close", 0.01, "top").names
    ('top1_025', 'top1_05', 'top1_075', 'top1_1')
    """
    short = "top" if side == "top" else "bot"
    fitting = [tolerance for tolerance in GRID_TOLERANCES if tolerance <= level]
    return Options(
        label="top_bottom",
        side=side,
        level=level,
        price=price,
        tolerances=tuple(tolerance / level for tolerance in fitting),
        names=tuple(
            f"{short}{100 * level:g}_" + f"{100 * tolerance:g}".replace(".", "")
            for tolerance in fitting
        ),
    )


def _names(options: Options) -> tuple[str, ...]:
    return options.names or tuple(
        f"{options.side}_{options.level:g}_{tolerance:g}" for tolerance in options.tolerances
    )


@dataclass(frozen=True)
class _Legs:
    """Rows of the completed tops, and for each row the one whose close settles it (n: none)."""

    tops: Rows
    settled_at: Rows


def _legs(price: Floats, level: float) -> _Legs:
    """Find completed tops and the row up to which each row's arrival settles the labels.

    A top is the first highest price since the last price that was ``level`` below it, followed by a
    fall of ``level`` before anything higher. Two arrivals settle rows for good. A high, since the
    last price that is ``level`` below it: whichever top comes next begins after that price. And a
    low, since the last price from which it is a fall of ``level``: no later top reaches back over
    it. The rows settled so far are the most that any arrival has settled.
    """
    rows = np.arange(len(price))
    fallen = _fallen(price, level)
    low_before = last_below(price, fallen, rows)
    high = low_before > last_above(price, just_below(price), rows)
    low = last_above(fallen, price, rows) > last_below(price, price, rows)
    settles = np.maximum(np.where(high, low_before, -1), np.where(low, rows, -1))
    settled_at = np.searchsorted(np.maximum.accumulate(settles), rows)
    peaks = rows[high]
    low_after = first_below(price, fallen[peaks], peaks + 1)
    return _Legs(peaks[low_after < first_above(price, price[peaks], peaks + 1)], settled_at)


def _around(price: Floats, tops: Rows, distance: float) -> Floats:
    """1 on the rows next to each top that lie within the distance of it, 0 elsewhere."""
    edge = _fallen(price[tops], distance)
    change = np.zeros(len(price) + 1)
    np.add.at(change, last_below(price, edge, tops) + 1, 1.0)
    np.add.at(change, first_below(price, edge, tops + 1), -1.0)
    return (change[:-1].cumsum() > 0).astype(float)


def _fallen(price: Floats, fraction: float) -> Floats:
    """Price after a fall; also right for the negative numbers in which bottoms are turned over."""
    return price - fraction * np.abs(price)
