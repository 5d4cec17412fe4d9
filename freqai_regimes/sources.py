"""Joins other series onto candles as of the time each value was available, never earlier.

Other pairs, mark prices and the futures basis are available when their candle has closed, a funding
rate when it is settled, and a value from a file one publication lag after its date. Gaps carry the
last value forward, with a flag and up to an age; nothing is interpolated and nothing is filled from
later rows. A row of the base candles is decided at its close, so what became available at that
moment or before is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from freqai_regimes.candles import CANDLE_COLUMNS, timeframe_seconds
from freqai_regimes.errors import CandleError, SettingsError
from freqai_regimes.external_series import checked_dates, checked_numbers, require_columns

#: Name of the flag column, after the prefix: the value is older than its series' own step.
FLAG = "is_filled"
FUNDING_RATE, BASIS = "funding_rate", "basis"

Kind = Literal["pair", "funding", "mark", "basis", "file"]
#: What each kind must have and what else it may have; ``prefix`` and ``longest_age_hours`` always.
_FIELDS: dict[str, tuple[set[str], set[str]]] = {
    "pair": ({"pair", "timeframe"}, set()),
    "funding": ({"pair"}, {"every_hours"}),
    "mark": ({"pair", "timeframe"}, set()),
    "basis": ({"pair", "spot_pair", "timeframe"}, set()),
    "file": ({"path", "publication_lag_hours"}, {"date_column", "columns", "every_hours"}),
}


class SourceOptions(BaseModel):
    """Another series that is joined onto the base candles."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind = Field(description="pair, funding, mark, basis, or file (CSV or parquet)")
    prefix: str = Field(
        pattern=r"^[A-Za-z][A-Za-z0-9_]*$", description="put before the name of each column"
    )
    longest_age_hours: float = Field(
        ge=0, description="a value carried longer than this since it was available becomes NaN"
    )
    pair: str | None = Field(None, description="whose series; for basis the futures pair")
    spot_pair: str | None = Field(None, description="basis: the spot pair it is measured against")
    timeframe: str | None = Field(None, description="of the source's own candles")
    path: Path | None = Field(None, description="file: a .csv or .parquet with a date column")
    date_column: str = Field("date", description="file: the column with the time of each value")
    columns: tuple[str, ...] | None = Field(
        None, min_length=1, description="file: columns to take; null: all but the date"
    )
    publication_lag_hours: float | None = Field(
        None, ge=0, description="file: how long after its date a value can be known at all"
    )
    every_hours: float | None = Field(
        None, gt=0, description="usual time between values; older ones are flagged as filled"
    )

    @field_validator("timeframe")
    @classmethod
    def _is_a_timeframe(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                timeframe_seconds(value)
            except CandleError as error:
                raise ValueError(str(error)) from error
        return value

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        needed, optional = _FIELDS[self.kind]
        given = {name for name in self.model_fields_set if getattr(self, name) is not None}
        missing = sorted(needed - given)
        surplus = sorted(given - needed - optional - {"kind", "prefix", "longest_age_hours"})
        if missing:
            raise ValueError(f"a source of kind {self.kind} needs {', '.join(missing)}: add it")
        if surplus:
            raise ValueError(
                f"a source of kind {self.kind} has no use for {', '.join(surplus)}: remove it"
            )
        return self

    @property
    def longest_age(self) -> pd.Timedelta:
        """``longest_age_hours`` as a span of time."""
        return pd.Timedelta(hours=self.longest_age_hours)


def join_source(
    base: pd.DataFrame,
    base_timeframe: str,
    source: pd.DataFrame,
    options: SourceOptions,
    *,
    spot: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Join one configured source, by the function of its kind.

    Parameters
    ----------
    base, base_timeframe : the candles that decide, and their timeframe.
    source : candles (pair, mark, and for basis the futures pair's), funding rates, or what
        ``read_series`` gave.
    spot : the spot candles, for basis alone.

    Raises
    ------
    SettingsError
        If a basis has no spot candles, or an option does not fit the data.
    CandleError
        If a series is not sorted, repeats a date, or its dates have no time zone.
    """
    prefix, age = options.prefix, options.longest_age
    every = None if options.every_hours is None else pd.Timedelta(hours=options.every_hours)
    timeframe = options.timeframe or base_timeframe
    if options.kind == "funding":
        return join_funding(
            base, base_timeframe, source, prefix=prefix, longest_age=age, every=every
        )
    if options.kind == "file":
        lag = pd.Timedelta(hours=options.publication_lag_hours or 0.0)
        return join_as_of(
            base,
            base_timeframe,
            source,
            available_at=source["date"] + lag,
            prefix=prefix,
            longest_age=age,
            every=every,
        )
    if options.kind == "basis":
        if spot is None:
            raise SettingsError(f"Source {prefix} of kind basis got no spot candles: give both.")
        return join_basis(
            base, base_timeframe, source, spot, timeframe, prefix=prefix, longest_age=age
        )
    return join_candles(base, base_timeframe, source, timeframe, prefix=prefix, longest_age=age)


def join_as_of(
    base: pd.DataFrame,
    base_timeframe: str,
    source: pd.DataFrame,
    *,
    available_at: pd.Series,
    prefix: str,
    longest_age: pd.Timedelta,
    every: pd.Timedelta | None = None,
) -> pd.DataFrame:
    """Join to each base candle the newest row of a series that was available at its close.

    Newest by its own date: a value that is published late never replaces a newer one that is known
    already. A row that lacks a value (NaN, infinite) counts as missing altogether.

    Parameters
    ----------
    base : rows with ``date`` (opening time), rising; not changed.
    base_timeframe : one timeframe after ``date`` a base candle closes.
    source : ``date``, rising and with a time zone, and columns of numbers.
    available_at : when each row of the source can be known, index of ``source``; not before its
        date.
    prefix : put before each column's name.
    longest_age : a value that became available longer ago than this is NaN.
    every : usual time between values; a value at least this old is flagged as filled. By default
        one base candle: every value that is carried over from an earlier one.

    Returns
    -------
    ``base`` with a float column ``{prefix}{name}`` for each of the source's and a boolean
    ``{prefix}is_filled``; same index. Row t holds what was available at the close of t. NaN, and
    not flagged, before the first value and beyond ``longest_age``.

    Raises
    ------
    SettingsError
        For a column that is there already, or a ``longest_age`` so short that values expire before
        the next one is due.
    CandleError
        If dates are missing, not sorted, repeat or have no time zone; if the source has no rows, or
        something else than numbers; if a row is available before its date.
    """
    name = f"source {prefix.rstrip('_') or '(without prefix)'}"
    step = pd.Timedelta(seconds=timeframe_seconds(base_timeframe))
    usual = step if every is None else every
    if longest_age < usual - step:
        raise SettingsError(
            f"The longest age of {name} is {longest_age}, but its values come every {usual}: allow "
            f"{usual} or more."
        )
    close = checked_dates(base, "the base candles") + step
    known = _by_time_known(source, available_at, name)
    match = pd.merge_asof(
        pd.DataFrame({"at": close.array}),
        pd.DataFrame({"at": known.times, "since": known.times, "row": range(len(known.times))}),
        on="at",
        tolerance=longest_age,
    )
    columns = known.values.reset_index(drop=True).reindex(match["row"].fillna(-1).astype(int))
    columns = columns.set_axis(base.index)
    columns[FLAG] = (match["at"] - match["since"] >= usual).to_numpy()
    columns = columns.add_prefix(prefix)
    clash = [str(column) for column in columns if column in base]
    clash += [prefix + FLAG] if FLAG in source else []
    if clash:
        raise SettingsError(
            f"Columns {', '.join(clash)} are there already: give {name} another prefix."
        )
    return pd.concat([base, columns], axis=1)


def join_candles(
    base: pd.DataFrame,
    base_timeframe: str,
    candles: pd.DataFrame,
    timeframe: str,
    *,
    prefix: str,
    longest_age: pd.Timedelta,
) -> pd.DataFrame:
    """Join candles of another pair, or mark prices: available at their own close.

    Missing candles are filled as freqtrade fills them: open, high and low at the last close, and
    volume 0. See ``join_as_of`` for the rest.

    Returns
    -------
    ``base`` with ``{prefix}open`` ... ``{prefix}volume`` and ``{prefix}is_filled``.
    """
    require_columns(candles, CANDLE_COLUMNS, f"source {prefix}")
    step = pd.Timedelta(seconds=timeframe_seconds(timeframe))
    joined = join_as_of(
        base,
        base_timeframe,
        candles[list(CANDLE_COLUMNS)],
        available_at=candles["date"] + step,
        prefix=prefix,
        longest_age=longest_age,
        every=step,
    )
    filled = joined[f"{prefix}{FLAG}"]
    for column in ("open", "high", "low"):
        joined[prefix + column] = joined[prefix + column].mask(filled, joined[f"{prefix}close"])
    joined[f"{prefix}volume"] = joined[f"{prefix}volume"].mask(filled, 0.0)
    return joined


def join_funding(
    base: pd.DataFrame,
    base_timeframe: str,
    funding: pd.DataFrame,
    *,
    prefix: str,
    longest_age: pd.Timedelta,
    every: pd.Timedelta | None = None,
) -> pd.DataFrame:
    """Join the funding rate of a futures pair, a fraction: available at the time it is settled.

    Parameters
    ----------
    funding : ``date`` and the rate in ``funding_rate`` or, as freqtrade stores it, in ``open``.
    every : time between settlements; by default 8 hours, as on Binance.

    Returns
    -------
    ``base`` with ``{prefix}funding_rate`` and ``{prefix}is_filled``; see ``join_as_of``.
    """
    column = FUNDING_RATE if FUNDING_RATE in funding else "open"
    require_columns(funding, ("date", column), f"funding source {prefix}")
    return join_as_of(
        base,
        base_timeframe,
        funding[["date", column]].rename(columns={column: FUNDING_RATE}),
        available_at=funding["date"],
        prefix=prefix,
        longest_age=longest_age,
        every=pd.Timedelta(hours=8) if every is None else every,
    )


def join_basis(
    base: pd.DataFrame,
    base_timeframe: str,
    futures: pd.DataFrame,
    spot: pd.DataFrame,
    timeframe: str,
    *,
    prefix: str,
    longest_age: pd.Timedelta,
) -> pd.DataFrame:
    """Join the basis, futures close / spot close - 1 as a fraction: available at that close.

    Candles that only one of the two has give no basis.

    Returns
    -------
    ``base`` with ``{prefix}basis`` and ``{prefix}is_filled``; see ``join_as_of``.
    """
    closes = []
    for candles, what in ((futures, "futures"), (spot, "spot")):
        require_columns(candles, ("date", "close"), f"{what} of source {prefix}")
        dates = checked_dates(candles, f"{what} of source {prefix}")
        closes.append(pd.Series(candles["close"].to_numpy(float), index=pd.DatetimeIndex(dates)))
    basis = (closes[0] / closes[1]).dropna() - 1
    series = basis.rename(BASIS).rename_axis("date").reset_index()
    step = pd.Timedelta(seconds=timeframe_seconds(timeframe))
    return join_as_of(
        base,
        base_timeframe,
        series,
        available_at=series["date"] + step,
        prefix=prefix,
        longest_age=longest_age,
        every=step,
    )


@dataclass(frozen=True)
class _Known:
    """Whole rows of a source in the order in which they become known."""

    times: pd.Series
    values: pd.DataFrame


def _by_time_known(source: pd.DataFrame, available_at: pd.Series, name: str) -> _Known:
    """Leave out rows that lack a value, and those published after a newer one."""
    dates = checked_dates(source, name)
    if not available_at.index.equals(source.index):
        raise CandleError(
            f"available_at of {name} has {len(available_at)} times for {len(source)} rows, or "
            "another index: give one time for each row."
        )
    times = checked_dates(
        pd.DataFrame({"date": available_at}), f"available_at of {name}", rising=False
    )
    early = times < dates
    if early.any():
        raise CandleError(
            f"A value of {name} is available at {times[early].iloc[0]}, before its date "
            f"{dates[early].iloc[0]}: the lag must not be negative."
        )
    values = checked_numbers(source.drop(columns="date"), name).reset_index(drop=True)
    order = pd.DataFrame({"time": times.array, "date": dates.array})
    order = order[np.isfinite(values.to_numpy()).all(axis=1)].sort_values(["time", "date"])
    order = order[order["date"] >= order["date"].cummax()]
    return _Known(order["time"].reset_index(drop=True), values.loc[order.index])
