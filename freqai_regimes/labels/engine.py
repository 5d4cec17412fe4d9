"""Turns ``label_sets`` into labels, each with the moment at which it is known."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Protocol, cast, get_args

import pandas as pd
from pydantic import Field

from freqai_regimes.errors import SettingsError
from freqai_regimes.labels import (
    buy_hold_sell,
    first_touch,
    forward_return,
    high_low,
    meta_label,
    rise_within,
    top_bottom,
    trend_scan,
    triple_barrier,
)
from freqai_regimes.labels.labelled import Kind, Labelled
from freqai_regimes.labels.options import LabelOptions

LabelSet = Annotated[
    forward_return.Options
    | high_low.Options
    | first_touch.Options
    | top_bottom.Options
    | rise_within.Options
    | buy_hold_sell.Options
    | triple_barrier.Options
    | trend_scan.Options
    | meta_label.Options,
    Field(discriminator="label"),
]


class Label(Protocol):
    """The contract of a label's module."""

    def compute(self, candles: pd.DataFrame, options: Any) -> Labelled:
        """Values and the moment at which each is known."""

    def horizon_candles(self, options: Any) -> int | None:
        """Candles after the row until it is known at the latest; None: no bound."""


#: Options by the name of their label.
LABEL_OPTIONS: dict[str, type[LabelOptions]] = {
    get_args(options.model_fields["label"].annotation)[0]: options
    for options in get_args(get_args(LabelSet)[0])
}
LABELS: dict[str, Label] = {
    name: cast(Label, sys.modules[options.__module__]) for name, options in LABEL_OPTIONS.items()
}


def compute_labels(candles: pd.DataFrame, label_sets: Sequence[LabelSet]) -> Labelled:
    """Labels of every entry side by side.

    Raises
    ------
    SettingsError
        If two entries make a label of the same name, or an input column is missing.
    """
    parts = [LABELS[entry.label].compute(candles, entry) for entry in label_sets]
    if not parts:
        empty = pd.DataFrame(index=candles.index)
        return Labelled(empty, empty, {})
    if len(parts) == 1:
        return parts[0]
    values = pd.concat([part.values for part in parts], axis=1)
    twice = sorted(set(values.columns[values.columns.duplicated()]))
    if twice:
        raise SettingsError(f"label_sets make {', '.join(twice)} twice: give one another name.")
    known_at = pd.concat([part.known_at for part in parts], axis=1)
    return Labelled(values, known_at, {name: kind for p in parts for name, kind in p.kind.items()})


def label_names(entry: LabelSet) -> list[str]:
    """Names of the labels that an entry makes, found by letting it work on two candles."""
    return list(_found_names(entry))


@cache
def _found_names(entry: LabelSet) -> tuple[str, ...]:
    return tuple(_of_two_candles(entry).kind)


def label_kinds(label_sets: Sequence[LabelSet]) -> dict[str, Kind]:
    """Kind of every label by its name, found likewise."""
    made = [_of_two_candles(entry).kind for entry in label_sets]
    return {name: kind for kinds in made for name, kind in kinds.items()}


def _of_two_candles(entry: LabelSet) -> Labelled:
    dates = pd.date_range("2024-01-01", periods=2, freq="h", tz="UTC")
    candles = pd.DataFrame({"date": dates})
    for column in {"open", "high", "low", "close", "volume"} | _named_columns(entry):
        candles[column] = 1.0
    return LABELS[entry.label].compute(candles, entry)


def horizon_candles(entry: LabelSet) -> int | None:
    """Candles until a label of this entry is known at the latest; None: no bound."""
    return LABELS[entry.label].horizon_candles(entry)


def _named_columns(entry: LabelSet) -> set[str]:
    """Input columns that an entry names itself."""
    named = ("side", "price", "reference", "up", "down")
    return {str(getattr(entry, name)) for name in named if hasattr(entry, name)}
