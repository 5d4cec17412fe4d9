"""Joins other series onto candles as of the time each value was available, never earlier.

Other pairs, mark prices and the futures basis are available when their candle has closed, a funding
rate when it is settled, and a value from a file one publication lag after its date. Gaps carry the
last value forward, with a flag and up to an age; nothing is interpolated and nothing is filled from
later rows. A row of the base candles is decided at its close, so what became available at that
moment or before is in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.errors import CandleError, SettingsError
from freqai_regimes.external_series import checked_dates, checked_numbers

#: Name of the flag column, after the prefix: the value is older than its series' own step.
FLAG = "is_filled"


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
    not flagged, before the first value (also where there is none yet) and beyond ``longest_age``.

    Raises
    ------
    SettingsError
        For a column that is there already, or a ``longest_age`` so short that values expire before
        the next one is due.
    CandleError
        If dates are missing, not sorted, repeat or have no time zone; if the source holds something
        else than numbers; if a row is available before its date.
    """
    name = f"source {prefix.rstrip('_') or '(without prefix)'}"
    step = pd.Timedelta(seconds=timeframe_seconds(base_timeframe))
    usual = step if every is None else every
    if longest_age < usual - step:
        raise SettingsError(
            f"The longest age of {name} is {longest_age}, but its values come every {usual}: allow "
            f"{usual} or more."
        )
    close = checked_dates(base, "the base candles", may_be_empty=True) + step
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


@dataclass(frozen=True)
class _Known:
    """Whole rows of a source in the order in which they become known."""

    times: pd.Series
    values: pd.DataFrame


def _by_time_known(source: pd.DataFrame, available_at: pd.Series, name: str) -> _Known:
    """Leave out rows that lack a value, and those published after a newer one."""
    dates = checked_dates(source, name, may_be_empty=True)
    if not available_at.index.equals(source.index):
        raise CandleError(
            f"available_at of {name} has {len(available_at)} times for {len(source)} rows, or "
            "another index: give one time for each row."
        )
    moments = pd.DataFrame({"date": available_at})
    times = checked_dates(moments, f"available_at of {name}", rising=False, may_be_empty=True)
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
