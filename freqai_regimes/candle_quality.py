"""How good stored candles are: gaps, silence, outliers, and whether timeframes tell the same story.

Damage is what no computation should start from (see ``candles.check_candles``, and dates that are
off their timeframe's raster or not in UTC). Gaps, runs without trades, long wicks and timeframes
that disagree happen on real exchanges: they are shown, not refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd

from freqai_regimes.candles import (
    CANDLE_COLUMNS,
    FUNDING,
    MARK,
    PRICE_COLUMNS,
    CandleFile,
    check_candles,
    gaps,
    resample,
    stored_candles,
    timeframe_seconds,
)
from freqai_regimes.errors import CandleError

#: A wick counts as an outlier from so many times the usual range on.
WICK_MULTIPLE = 15.0
#: Candles around each one that say what range is usual there: a day of 5m candles.
NEIGHBOURS = 289
#: Prices of two timeframes may differ by so much, relative (floats), volumes by more (sums).
PRICE_TOLERANCE, VOLUME_TOLERANCE = 1e-9, 1e-6


@dataclass(frozen=True)
class Gaps:
    """Places where candles are missing."""

    count: int
    missing_candles: int
    longest_candles: int
    first: str | None
    """Opening time of the first candle that is missing."""


@dataclass(frozen=True)
class Runs:
    """Stretches of candles that share something."""

    count: int
    candles: int
    longest_candles: int
    first: str | None


@dataclass(frozen=True)
class Wicks:
    """Outlier wicks; ``longest_multiple`` is in usual ranges."""

    count: int
    longest_multiple: float
    first: str | None


@dataclass(frozen=True)
class Disagreement:
    """Coarser candles that differ from those resampled from a finer timeframe.

    Only those count whose finer candles are all there.
    """

    finer: str
    compared: int
    different: int
    first: str | None


@dataclass(frozen=True)
class SeriesQuality:
    """What one stored file holds; parts that say nothing about its kind are None."""

    pair: str
    timeframe: str
    candle_type: str
    file: str
    damage: tuple[str, ...]
    rows: int = 0
    first: str | None = None
    last: str | None = None
    time_zone: str | None = None
    duplicates: int = 0
    out_of_order: int = 0
    off_raster: int = 0
    gaps: Gaps | None = None
    no_volume: Runs | None = None
    flat: Runs | None = None
    wicks: Wicks | None = None
    against_finer: Disagreement | None = None


def data_quality(
    datadir: Path, pairs: Sequence[str] | None = None, *, wick_multiple: float = WICK_MULTIPLE
) -> list[SeriesQuality]:
    """Look at every stored file of a freqtrade data directory, or at those of some pairs.

    Raises
    ------
    CandleError
        If the directory does not exist or holds no candles of a pair.
    """
    if not datadir.is_dir():
        raise CandleError(f"Data directory {datadir} does not exist. Give one with --datadir.")
    stored = stored_candles(datadir)
    known = sorted({file.pair for file in stored})
    unknown = [pair for pair in pairs or known[:1] or ["any pair"] if pair not in known]
    if unknown:
        raise CandleError(
            f"No candles of {', '.join(unknown)} in {datadir}; it holds "
            f"{', '.join(known) or 'none'}. Download them (freqtrade download-data) or choose "
            "other pairs."
        )
    wanted = [file for file in stored if pairs is None or file.pair in pairs]
    wanted.sort(key=lambda file: (file.pair, file.candle_type, timeframe_seconds(file.timeframe)))
    found = []
    for _, group in groupby(wanted, key=lambda file: (file.pair, file.candle_type)):
        found += _one_market(list(group), wick_multiple)
    return found


def series_quality(
    frame: pd.DataFrame,
    file: CandleFile,
    *,
    finer: tuple[str, pd.DataFrame] | None = None,
    wick_multiple: float = WICK_MULTIPLE,
) -> SeriesQuality:
    """Look at the candles of one file.

    Parameters
    ----------
    frame : as it is stored, damaged or not.
    file : what it is; for funding rates only the dates are looked at, and gaps not at all, since
        they are further apart than their file's timeframe says; mark prices have no volume.
    finer : timeframe and sound candles to compare with, a divisor of the file's timeframe.
    wick_multiple : see ``outlier_wicks``.
    """
    prices = file.candle_type != FUNDING
    dates = frame["date"] if "date" in frame else pd.Series(dtype="datetime64[ms, UTC]")
    times = isinstance(dates.dtype, pd.DatetimeTZDtype)
    zone = str(dates.dtype.tz) if isinstance(dates.dtype, pd.DatetimeTZDtype) else None
    off_raster = _off_raster(dates, file.timeframe) if times and prices else 0
    damage = _damage(frame, file, zone, off_raster)
    sound = prices and not damage
    trades = sound and file.candle_type != MARK
    return SeriesQuality(
        pair=file.pair,
        timeframe=file.timeframe,
        candle_type=file.candle_type,
        file=file.path.name,
        damage=damage,
        rows=len(frame),
        first=_text(dates.min()) if len(dates) else None,
        last=_text(dates.max()) if len(dates) else None,
        time_zone=zone,
        duplicates=int(dates.duplicated().sum()),
        out_of_order=int((dates.diff() < pd.Timedelta(0)).sum()) if times else 0,
        off_raster=off_raster,
        gaps=_gaps(frame, file.timeframe) if sound else None,
        no_volume=runs(frame["volume"] == 0, dates) if trades else None,
        flat=runs(flat_candles(frame), dates) if sound else None,
        wicks=_wicks(frame, wick_multiple) if sound else None,
        against_finer=disagreement(frame, file.timeframe, finer[1], finer[0])
        if sound and finer is not None
        else None,
    )


def flat_candles(frame: pd.DataFrame) -> pd.Series:
    """Whether a candle has no range and closes where the one before it did."""
    still = frame["close"].diff().fillna(0.0) == 0
    return (frame["high"] == frame["low"]) & still


def runs(state: pd.Series, dates: pd.Series) -> Runs:
    """Stretches of rows in which a state is true.

    >>> dates = pd.Series(pd.date_range("2024-01-01", periods=4, freq="D", tz="UTC"))
    >>> runs(pd.Series([False, True, True, False]), dates)
    Runs(count=1, candles=2, longest_candles=2, first='2024-01-02 00:00')
    """
    inside = state.to_numpy(dtype=bool)
    edges = np.diff(np.concatenate([[0], inside.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if not len(starts):
        return Runs(0, 0, 0, None)
    lengths = ends - starts
    return Runs(len(starts), int(inside.sum()), int(lengths.max()), _text(dates.iloc[starts[0]]))


def outlier_wicks(frame: pd.DataFrame) -> pd.Series:
    """Longest wick of each candle in multiples of the usual range around it.

    The wick is what a candle reaches beyond its open and close on one side; the usual range is the
    median of high - low over the ``NEIGHBOURS`` candles around it (half before, half after: this is
    for looking at data, not a feature), flat ones left out. Both relative to the close. A median is
    not moved by the outliers themselves. 0 where no neighbour has a range.
    """
    prices = frame[list(PRICE_COLUMNS)]
    body = prices[["open", "close"]]
    above = prices["high"] - body.max(axis=1)
    below = body.min(axis=1) - prices["low"]
    width = ((prices["high"] - prices["low"]) / prices["close"]).replace(0.0, np.nan)
    usual = width.rolling(NEIGHBOURS, center=True, min_periods=1).median()
    longest: pd.Series = np.maximum(above, below) / prices["close"] / usual
    return longest.fillna(0.0)


def disagreement(
    coarse: pd.DataFrame, timeframe: str, fine: pd.DataFrame, finer: str
) -> Disagreement:
    """Compare stored coarser candles with those that the finer ones make.

    Prices must be equal to ``PRICE_TOLERANCE`` and volumes to ``VOLUME_TOLERANCE``, both relative.
    """
    each = timeframe_seconds(timeframe) // timeframe_seconds(finer)
    counted = resample(fine.assign(volume=1), finer, timeframe)["volume"]
    made = resample(fine, finer, timeframe)[counted == each].set_index("date")
    both = made.add_suffix("_made").join(coarse.set_index("date"), how="inner")
    differs = np.zeros(len(both), dtype=bool)
    for column in CANDLE_COLUMNS[1:]:
        tolerance = VOLUME_TOLERANCE if column == "volume" else PRICE_TOLERANCE
        differs |= ~np.isclose(both[f"{column}_made"], both[column], rtol=tolerance, atol=0)
    first = _text(both.index[differs][0]) if differs.any() else None
    return Disagreement(finer, len(both), int(differs.sum()), first)


def _one_market(files: list[CandleFile], wick_multiple: float) -> list[SeriesQuality]:
    """Look at the files of one pair and type, finest first, each against the one before."""
    found: list[SeriesQuality] = []
    finer: tuple[str, pd.DataFrame] | None = None
    for file in files:
        names = (file.pair, file.timeframe, file.candle_type, file.path.name)
        try:
            frame = pd.read_feather(file.path)
        except (OSError, ValueError) as error:
            found.append(SeriesQuality(*names, (f"cannot be read ({error})",)))
            continue
        seconds = timeframe_seconds(file.timeframe)
        if finer is not None and seconds % timeframe_seconds(finer[0]):
            finer = None
        quality = series_quality(frame, file, finer=finer, wick_multiple=wick_multiple)
        found.append(quality)
        if not quality.damage and file.candle_type != FUNDING:
            finer = (file.timeframe, frame)
    return found


def _damage(
    frame: pd.DataFrame, file: CandleFile, zone: str | None, off_raster: int
) -> tuple[str, ...]:
    """Sentences on what no computation should start from."""
    found = []
    name = f"{file.pair} {file.timeframe} ({file.path.name})"
    try:
        check_candles(frame, name, prices=file.candle_type != FUNDING)
    except CandleError as error:
        found.append(str(error))
    if zone not in (None, "UTC"):
        found.append(
            f"Dates of {name} are in {zone}, not in UTC. Delete the file, download it again."
        )
    if off_raster:
        found.append(
            f"{off_raster} date(s) of {name} are no multiple of {file.timeframe} in UTC. Delete "
            "the file, download it again."
        )
    return tuple(found)


def _gaps(frame: pd.DataFrame, timeframe: str) -> Gaps:
    found = gaps(frame, timeframe)
    if found.empty:
        return Gaps(0, 0, 0, None)
    first = found["after"].iloc[0] + pd.Timedelta(seconds=timeframe_seconds(timeframe))
    missing = found["missing_candles"]
    return Gaps(len(found), int(missing.sum()), int(missing.max()), _text(first))


def _wicks(frame: pd.DataFrame, multiple: float) -> Wicks:
    longest = outlier_wicks(frame)
    outlier = longest > multiple
    first = _text(frame["date"][outlier].iloc[0]) if outlier.any() else None
    return Wicks(int(outlier.sum()), round(float(longest.max()), 1), first)


def _off_raster(dates: pd.Series, timeframe: str) -> int:
    """Dates that are no opening time of this timeframe; weeks open on Monday."""
    since = (dates.dropna() - pd.Timestamp("1970-01-05", tz="UTC")).dt.total_seconds()
    return int((since % timeframe_seconds(timeframe) != 0).sum())


def _text(time: object) -> str | None:
    """A time to the minute, for people; None for what is none."""
    if isinstance(time, pd.Timestamp) and not pd.isna(time):
        return f"{time:%Y-%m-%d %H:%M}"
    return None
