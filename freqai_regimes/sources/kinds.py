"""Joins each kind of source: candles, funding rates, the basis, files, Binance's kline extras."""

from __future__ import annotations

import pandas as pd

from freqai_regimes.candles import CANDLE_COLUMNS, timeframe_seconds
from freqai_regimes.errors import SettingsError
from freqai_regimes.external_series import checked_dates, require_columns
from freqai_regimes.sources.as_of import FLAG, join_as_of
from freqai_regimes.sources.kline_extras import EXTRAS
from freqai_regimes.sources.options import SourceOptions

FUNDING_RATE, BASIS = "funding_rate", "basis"


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
    source : candles (pair, mark, and for basis the futures pair's), funding rates, what
        ``read_series`` gave, or kline extras of the base candles.
    spot : the spot candles, for basis alone.

    Raises
    ------
    SettingsError
        If a basis has no spot candles, or an option does not fit the data.
    CandleError
        If a series is not sorted, repeats a date, or its dates have no time zone.
    """
    prefix, age = options.column_prefix, options.longest_age
    every = None if options.every_hours is None else pd.Timedelta(hours=options.every_hours)
    timeframe = options.timeframe or base_timeframe
    if options.kind == "kline_extras":
        return join_kline_extras(base, source, prefix=prefix)
    if options.kind == "funding":
        return join_funding(
            base, base_timeframe, source, prefix=prefix, longest_age=age, every=every
        )
    if options.kind == "file":
        return join_as_of(
            base,
            base_timeframe,
            source,
            available_at=source["date"] + options.publication_lag,
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
    volume 0; candles that freqtrade has filled already, flat ones without volume, count as missing.
    See ``join_as_of`` for the rest.

    Returns
    -------
    ``base`` with ``{prefix}open`` ... ``{prefix}volume`` and ``{prefix}is_filled``.
    """
    require_columns(candles, CANDLE_COLUMNS, f"source {prefix}")
    candles = _traded(candles)
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

    Candles that only one of the two has give no basis; as in ``join_candles``, flat ones without
    volume count as missing.

    Returns
    -------
    ``base`` with ``{prefix}basis`` and ``{prefix}is_filled``; see ``join_as_of``.
    """
    closes = []
    for candles, what in ((futures, "futures"), (spot, "spot")):
        require_columns(candles, ("date", "close"), f"{what} of source {prefix}")
        candles = _traded(candles)
        dates = checked_dates(candles, f"{what} of source {prefix}", may_be_empty=True)
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


def _traded(candles: pd.DataFrame) -> pd.DataFrame:
    """Leave out flat candles without volume: live, freqtrade puts them where there were none."""
    if not {"high", "low", "volume"} <= set(candles):
        return candles
    kept = (candles["volume"] > 0) | (candles["high"] > candles["low"])
    return candles if kept.all() else candles[kept]


def join_kline_extras(base: pd.DataFrame, extras: pd.DataFrame, *, prefix: str) -> pd.DataFrame:
    """Join what Binance's klines hold beyond these very candles: available at their close.

    Parameters
    ----------
    extras : ``date`` and ``EXTRAS`` (see ``kline_extras.read_extras``), of the pair and timeframe
        of ``base``.

    Returns
    -------
    ``base`` with ``{prefix}trades`` and the other ``EXTRAS``, and ``{prefix}is_filled``. A candle
    that has none is flagged: 0 where nothing was traded (volume 0), else NaN.
    """
    dates = pd.DatetimeIndex(checked_dates(base, "the base candles", may_be_empty=True))
    known = extras.set_index(
        pd.DatetimeIndex(checked_dates(extras, "the kline extras", may_be_empty=True))
    )
    found = known[list(EXTRAS)].reindex(dates).set_axis(base.index)
    missing = found.isna().any(axis=1)
    silent = missing & (base["volume"] == 0)
    columns = found.mask(silent, 0.0).assign(**{FLAG: missing}).add_prefix(prefix)
    clash = [str(column) for column in columns if column in base]
    if clash:
        raise SettingsError(
            f"Columns {', '.join(clash)} are there already: give the kline extras another prefix."
        )
    return pd.concat([base, columns], axis=1)
