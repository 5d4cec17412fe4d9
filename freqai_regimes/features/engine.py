"""Turns ``feature_sets`` into columns: the same code in training, backtest and live."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Any, Protocol, cast, get_args

import pandas as pd
from pydantic import Field

from freqai_regimes.errors import SettingsError
from freqai_regimes.features import (
    calendar,
    candle_shape,
    cross_asset,
    custom,
    momentum,
    source_002,
    source_004,
    statistics,
    talib_function,
    volatility_estimators,
    volume,
    volume_profile,
)
from freqai_regimes.features.options import FeatureOptions

#: FreqAI takes every column with this sign in its name for a feature.
TRAINED = "%-"
#: An entry with this timeframe is computed on every timeframe that FreqAI includes.
ALL_TIMEFRAMES = "all"

FeatureSet = Annotated[
    momentum.Options
    | volume.Options
    | candle_shape.Options
    | calendar.Options
    | statistics.Options
    | talib_function.Options
    | volume_profile.Options
    | source_004.Options
    | source_002.Options
    | volatility_estimators.Options
    | cross_asset.Options
    | custom.Options,
    Field(discriminator="generator"),
]
#: Options by the name of their generator.
FEATURE_OPTIONS: dict[str, type[FeatureOptions]] = {
    get_args(options.model_fields["generator"].annotation)[0]: options
    for options in get_args(get_args(FeatureSet)[0])
}


class Generator(Protocol):
    """The contract of a generator's module."""

    def generate(self, candles: pd.DataFrame, options: Any) -> pd.DataFrame:
        """New columns; row t uses rows <= t."""

    def warm_up_candles(self, options: Any) -> int:
        """Rows before the first value that does not depend on how much history came before."""

    def price_unit_columns(self, options: Any) -> list[str]:
        """Columns that are not free of scale."""


GENERATORS: dict[str, Generator] = {
    name: cast(Generator, sys.modules[options.__module__])
    for name, options in FEATURE_OPTIONS.items()
}


def generate_features(
    candles: pd.DataFrame,
    feature_sets: Sequence[FeatureSet],
    *,
    timeframe: str,
    base_timeframe: str,
    train_features: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Columns of every entry that belongs to this timeframe.

    Parameters
    ----------
    candles : closed candles of ``timeframe``, one row a candle; not changed.
    feature_sets : entries in the order of the settings.
    timeframe, base_timeframe : an entry without a timeframe belongs to the base one.
    train_features : patterns (``return_*``) of the columns the model trains on; None: all. The
        others are there to look at and carry no ``TRAINED`` mark.

    Returns
    -------
    New columns alone, index of ``candles``; row t uses rows <= t.

    Raises
    ------
    SettingsError
        If two entries make a column of the same name, or an input column is missing.
    """
    parts: list[pd.DataFrame] = []
    for entry in feature_sets:
        if belongs(entry, timeframe, base_timeframe):
            part = GENERATORS[entry.generator].generate(candles, entry)
            parts.append(part.add_prefix(entry.prefix) if entry.prefix else part)
    if not parts:
        return pd.DataFrame(index=candles.index)
    columns = pd.concat(parts, axis=1)
    twice = sorted(set(columns.columns[columns.columns.duplicated()]))
    if twice:
        raise SettingsError(
            f"feature_sets make {', '.join(twice)} twice on {timeframe}: give one of the entries a "
            "prefix, or remove it."
        )
    return columns.set_axis([mark(str(name), train_features) for name in columns], axis=1)


def belongs(entry: FeatureSet, timeframe: str, base_timeframe: str) -> bool:
    """Whether an entry is computed on candles of this timeframe."""
    wanted = entry.timeframe or base_timeframe
    return wanted in (timeframe, ALL_TIMEFRAMES)


def mark(name: str, train_features: Sequence[str] | None) -> str:
    """The column's name in FreqAI's eyes: with its sign if the model trains on it.

    >>> mark("return_6", None), mark("return_6", ["rsi", "return_*"]), mark("adx", ["rsi"])
    ('%-return_6', '%-return_6', 'adx')
    """
    trains = train_features is None or any(fnmatchcase(name, wish) for wish in train_features)
    return TRAINED + name if trains else name


def warm_up_candles(feature_sets: Sequence[FeatureSet]) -> int:
    """The longest warm-up of all entries, in candles of their own timeframe."""
    return max((GENERATORS[e.generator].warm_up_candles(e) for e in feature_sets), default=0)


def price_unit_columns(
    feature_sets: Sequence[FeatureSet], train_features: Sequence[str] | None
) -> list[str]:
    """Columns in price units that the model would train on: they drift with the price."""
    named = [
        entry.prefix + column
        for entry in feature_sets
        for column in GENERATORS[entry.generator].price_unit_columns(entry)
    ]
    return [name for name in named if mark(name, train_features).startswith(TRAINED)]
