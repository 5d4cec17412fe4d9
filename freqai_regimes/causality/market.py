"""The candles of a certificate: several series that are cut and changed at one moment together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype

from freqai_regimes.candles import PRICE_COLUMNS, check_candles, resample, timeframe_seconds
from freqai_regimes.causality.subject import BASE

Floats = npt.NDArray[np.float64]
JUMP, STEP = 0.25, 0.02  # log of the jump after the cut, and of each later change of factor


@dataclass(frozen=True)
class Source:
    """One series.

    Parameters
    ----------
    frame : with ``date``, rising; for candles their opening time.
    known_after : a row is known this long after its ``date``: the timeframe for candles, the
        publication lag for anything else.
    coarser : timeframe, if these are coarser candles of the base pair; then a change of base
        candles changes what they show.
    """

    frame: pd.DataFrame
    known_after: pd.Timedelta
    coarser: str | None = None

    def rows_known(self, moment: pd.Timestamp) -> int:
        """How many rows are known at a moment."""
        return int(self.frame["date"].searchsorted(moment - self.known_after, side="right"))


@dataclass(frozen=True)
class Market:
    """Base candles and whatever else a subject looks at.

    Parameters
    ----------
    timeframe : of the base candles.
    sources : by name; ``base`` must be there.
    """

    timeframe: str
    sources: Mapping[str, Source]

    @classmethod
    def of(
        cls,
        candles: pd.DataFrame,
        timeframe: str,
        *,
        coarser: Sequence[str] | Mapping[str, pd.DataFrame] = (),
        others: Mapping[str, Source] | None = None,
    ) -> Market:
        """A market from base candles.

        Parameters
        ----------
        candles : with ``date``, prices, volume and maybe more columns.
        timeframe : of ``candles``.
        coarser : timeframes to build from ``candles``, or stored candles of the same pair by
            timeframe. They are named by their timeframe.
        others : other pairs and external series, by name.

        Raises
        ------
        CandleError
            If candles are damaged or a timeframe is not a multiple of the base one.
        """
        check_candles(candles, BASE)
        candles = candles.reset_index(drop=True)
        step = pd.Timedelta(seconds=timeframe_seconds(timeframe))
        sources = {BASE: Source(candles, step)}
        for name in coarser:
            stored = coarser[name] if isinstance(coarser, Mapping) else None
            frame = resample(candles, timeframe, name) if stored is None else stored
            span = pd.Timedelta(seconds=timeframe_seconds(name))
            sources[name] = Source(frame.reset_index(drop=True), span, coarser=name)
        return cls(timeframe, {**sources, **(others or {})})

    @property
    def base(self) -> pd.DataFrame:
        """The base candles."""
        return self.sources[BASE].frame

    @property
    def rows(self) -> int:
        """Number of base candles."""
        return len(self.base)

    def closes(self, row: int) -> pd.Timestamp:
        """When the base candle of a row closes."""
        opened: pd.Timestamp = self.base["date"].iloc[row]
        return opened + self.sources[BASE].known_after

    def inputs(self) -> dict[str, pd.DataFrame]:
        """Copies of all frames, so that a subject can spoil nothing but its own."""
        return {name: source.frame.copy() for name, source in self.sources.items()}

    def window(self, first: int, last: int) -> Market:
        """What is known when the candle ``last`` closes, of what began with ``first`` or later.

        With ``first`` 0 nothing is cut off at the front, also of coarser candles that begin before.
        """
        moment, begins = self.closes(last), self.base["date"].iloc[first]
        sources = {}
        for name, source in self.sources.items():
            start = 0 if first == 0 else int(source.frame["date"].searchsorted(begins))
            frame = source.frame.iloc[start : max(start, source.rows_known(moment))]
            sources[name] = replace(source, frame=frame.reset_index(drop=True))
        return Market(self.timeframe, sources)

    def changed_after(self, row: int, seed: int) -> Market:
        """The same market with another future: rows not known at the close of ``row`` change.

        Prices jump by about a quarter, up for even seeds and down for odd ones, and go on from
        there with other moves; candles keep low <= open, close <= high. Other numbers are
        multiplied by random factors. Coarser candles of the base pair are built again from the
        changed ones.
        """
        rng = np.random.default_rng(seed)
        moment, jump = self.closes(row), JUMP if seed % 2 == 0 else -JUMP
        sources = {
            name: replace(source, frame=_shaken(source.frame, source.rows_known(moment), jump, rng))
            for name, source in self.sources.items()
        }
        base = sources[BASE].frame
        for name, source in sources.items():
            if source.coarser is not None:
                known = source.rows_known(moment)
                frame = _rebuilt(source.frame, known, base, source.known_after)
                sources[name] = replace(source, frame=frame)
        return Market(self.timeframe, sources)

    def scaled(self, factor: float) -> Market:
        """The same market with all prices of all candles multiplied."""
        sources = {}
        for name, source in self.sources.items():
            prices = [column for column in PRICE_COLUMNS if column in source.frame]
            scaled = source.frame.assign(**{c: source.frame[c] * factor for c in prices})
            sources[name] = replace(source, frame=scaled)
        return Market(self.timeframe, sources)


def _rebuilt(
    frame: pd.DataFrame, first: int, base: pd.DataFrame, span: pd.Timedelta
) -> pd.DataFrame:
    """Coarse candles with the rows from ``first`` on as the base candles inside them make them.

    Rows without base candles, and columns that base candles lack, stay as they are.
    """
    begins = frame["date"].iloc[first:]
    starts = base["date"].searchsorted(begins).astype(np.intp)
    ends = base["date"].searchsorted(begins + span).astype(np.intp)
    filled = np.flatnonzero(ends > starts)
    if len(filled) == 0:
        return frame
    edges = np.column_stack([starts[filled], ends[filled]]).ravel()
    if edges[-1] == len(base):
        edges = edges[:-1]
    changed = {}
    for column, combine in _COMBINED.items():
        if column in frame and column in base:
            new = frame[column].to_numpy(dtype=float, copy=True)
            new[first + filled] = combine(base[column].to_numpy(dtype=float), edges)[::2]
            changed[column] = new
    return frame.assign(**changed)


def _first(values: Floats, edges: npt.NDArray[np.intp]) -> Floats:
    first: Floats = values[edges]
    return first


def _last(values: Floats, edges: npt.NDArray[np.intp]) -> Floats:
    last: Floats = values[np.append(edges[1:], len(values)) - 1]
    return last


_COMBINED: dict[str, Callable[[Floats, npt.NDArray[np.intp]], Floats]] = {
    "open": _first,
    "high": np.maximum.reduceat,
    "low": np.minimum.reduceat,
    "close": _last,
    "volume": np.add.reduceat,
}


def _shaken(frame: pd.DataFrame, first: int, jump: float, rng: np.random.Generator) -> pd.DataFrame:
    """Other numbers in all rows from ``first`` on."""
    count = len(frame) - first
    if count <= 0:
        return frame
    path = np.exp(jump + np.cumsum(rng.normal(0.0, STEP, count)))
    changed = {}
    for column in frame.columns:
        kept = frame[column]
        if not is_numeric_dtype(kept.dtype):
            continue
        old = kept.to_numpy(copy=True)
        if is_bool_dtype(kept.dtype):
            old[first:] = ~old[first:]
        elif column in PRICE_COLUMNS:
            old[first:] = old[first:] * path
        else:
            other = _other_numbers(old[first:].astype(float), rng)
            old[first:] = np.rint(other) + 1 if is_integer_dtype(kept.dtype) else other
        changed[column] = old
    return frame.assign(**changed)


def _other_numbers(old: Floats, rng: np.random.Generator) -> Floats:
    """Numbers of like size, none of them the old one."""
    size = float(np.nanmean(np.abs(old))) if np.isfinite(old).any() else 0.0
    return old * rng.lognormal(0.5, 1.0, len(old)) + (size or 1.0) * rng.uniform(0.1, 1.0, len(old))
