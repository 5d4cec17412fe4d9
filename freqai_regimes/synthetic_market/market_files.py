"""A built-in market on disk: ordinary freqtrade candles, and the truth in a folder of its own."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.candles import (
    FUNDING,
    FUTURES,
    MARK,
    candle_path,
    resample,
    timeframe_seconds,
    write_candles,
)
from freqai_regimes.errors import CandleError, SettingsError
from freqai_regimes.sources.kline_extras import FOLDER as EXTRAS_FOLDER
from freqai_regimes.synthetic_market.price_path import PairPath, random_stream, simulate
from freqai_regimes.synthetic_market.spec import MarketSpec

RECORD, TRUTH_FOLDER = "market.json", "truth"
_GENERATOR = 1  # to be raised with every change of the paths
_LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow")
_FUNDING_HOURS, _FUNDING_FILE_TIMEFRAME = 8, "1h"
_FUNDING_IN_SPELL, _FUNDING_NOISE = 1e-4, 3e-5
_STALE_SECONDS = 3600


def build_market(spec: MarketSpec, datadir: Path) -> Path:
    """Write a market as a freqtrade data directory, whole or not at all; a finished one is kept.

    A directory that already holds the market of the same spec, made by the same library versions,
    is left alone. One that holds another market of this kind is replaced.

    Files: ``BTC_USDT-1h.feather`` and so on; with futures also ``futures/`` (candles equal to the
    spot ones, mark candles equal to them but without gaps, and funding rates that longs pay in bull
    and receive in bear spells, pure noise without spells); ``truth/BTC_USDT-1h.feather`` in the
    finest timeframe, where freqtrade never looks; ``market.json`` with the spec, library versions
    and sizes of the files.

    Returns
    -------
    ``datadir`` as an absolute path.

    Raises
    ------
    SettingsError
        If the directory holds files that no market wrote: they are never deleted.
    """
    datadir = Path(datadir).resolve()
    wanted = _identity(spec)
    if _is_whole(datadir, wanted):
        return datadir
    _refuse_foreign_files(datadir)
    datadir.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{datadir.name}.partial-"
    for stale in datadir.parent.glob(f"{prefix}*"):
        if time.time() - stale.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(stale, ignore_errors=True)
    partial = Path(tempfile.mkdtemp(prefix=prefix, dir=datadir.parent))
    try:
        _write_everything(spec, partial)
        sizes = {name: (partial / name).stat().st_size for name in _files_in(partial)}
        (partial / RECORD).write_text(json.dumps({**wanted, "files": sizes}, indent=2))
        partial.chmod(0o755)
        _swap(partial, datadir, wanted)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return datadir


def read_spec(datadir: Path) -> MarketSpec:
    """Spec of the market in a data directory.

    Raises
    ------
    CandleError
        If the directory holds no built-in market.
    """
    record = _read_record(Path(datadir))
    if record is None:
        raise CandleError(f"{datadir} holds no built-in market ({RECORD}). Build one there first.")
    return MarketSpec(**record["spec"])


def read_truth(datadir: Path, pair: str) -> pd.DataFrame:
    """Truth of a pair (see ``PairPath``) of the market in a data directory; spot or futures name.

    Raises
    ------
    CandleError
        If the directory holds no built-in market, or none of this pair.
    """
    spec = read_spec(datadir)
    spot = pair.split(":")[0]
    if spot not in spec.pairs:
        raise CandleError(f"The market in {datadir} has no {pair}; it has {', '.join(spec.pairs)}.")
    return pd.read_feather(_truth_path(Path(datadir), spec, spot))


def _truth_path(datadir: Path, spec: MarketSpec, pair: str) -> Path:
    return candle_path(datadir / TRUTH_FOLDER, pair, spec.timeframe)


def _identity(spec: MarketSpec) -> dict[str, Any]:
    """Return what must be equal for a market to be used again, as read back from JSON."""
    libraries = {name: version(name) for name in _LIBRARIES}
    identity = {"spec": asdict(spec), "generator": _GENERATOR, "libraries": libraries}
    return dict(json.loads(json.dumps(identity)))


def _read_record(datadir: Path) -> dict[str, Any] | None:
    try:
        record = json.loads((datadir / RECORD).read_text())
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and {"spec", "files"} <= set(record) else None


def _is_whole(datadir: Path, wanted: dict[str, Any]) -> bool:
    record = _read_record(datadir)
    if record is None or any(record.get(key) != value for key, value in wanted.items()):
        return False
    return all(
        (datadir / name).is_file() and (datadir / name).stat().st_size == size
        for name, size in record["files"].items()
    )


def _files_in(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def _refuse_foreign_files(datadir: Path) -> None:
    record = _read_record(datadir)
    known = {RECORD, *record["files"]} if record else set()
    derived = f"{EXTRAS_FOLDER}/"  # fetched from the local exchange, for the candles there
    files = [name for name in _files_in(datadir) if not (record and name.startswith(derived))]
    foreign = [name for name in files if name not in known]
    if foreign:
        raise SettingsError(
            f"{datadir} holds {len(foreign)} file(s) that no built-in market wrote, such as "
            f"{foreign[0]}; choose a directory that is empty or does not exist."
        )


def _swap(partial: Path, datadir: Path, wanted: dict[str, Any]) -> None:
    """Put the finished market in place, unless another process has just done so."""
    if _is_whole(datadir, wanted):
        return
    aside = partial.with_name(f"{partial.name}-old")
    if datadir.exists():
        datadir.rename(aside)  # in one step: half a market would look like somebody's own files
    partial.rename(datadir)
    shutil.rmtree(aside, ignore_errors=True)


def _write_everything(spec: MarketSpec, folder: Path) -> None:
    for pair, path in simulate(spec).items():
        traded = path.candles[~path.truth["missing"]].reset_index(drop=True)
        futures_pair = f"{pair}:{pair.split('/')[1]}"
        for timeframe in spec.timeframes:
            candles = _in_timeframe(spec, traded, timeframe)
            write_candles(candles, folder, pair, timeframe)
            if spec.futures:
                write_candles(candles, folder, futures_pair, timeframe, FUTURES)
        if spec.futures:
            mark = _in_timeframe(spec, path.candles, "1h").assign(volume=0.0)
            write_candles(mark, folder, futures_pair, "1h", MARK)
            funding = _funding_rates(spec, pair, path)
            write_candles(funding, folder, futures_pair, _FUNDING_FILE_TIMEFRAME, FUNDING)
        truth = _truth_path(folder, spec, pair)
        truth.parent.mkdir(exist_ok=True)
        path.truth.to_feather(truth)


def _in_timeframe(spec: MarketSpec, candles: pd.DataFrame, timeframe: str) -> pd.DataFrame:
    """Candles in a coarser timeframe, without one that began before the market (a week may)."""
    if timeframe_seconds(timeframe) == timeframe_seconds(spec.timeframe):
        return candles
    coarse = resample(candles, spec.timeframe, timeframe)
    return coarse[coarse["date"] >= spec.first_open].reset_index(drop=True)


def _funding_rates(spec: MarketSpec, pair: str, path: PairPath) -> pd.DataFrame:
    """Rates every 8 hours as freqtrade stores them: in ``open``, in a file named after 1h."""
    step = _FUNDING_HOURS * 3600 // timeframe_seconds(spec.timeframe)
    settled = path.truth.iloc[::step]
    noise = random_stream(spec, "funding", pair).standard_normal(len(settled))
    rate = _FUNDING_IN_SPELL * settled["spell"].to_numpy() + _FUNDING_NOISE * noise
    funding = pd.DataFrame({"date": settled["date"], "open": np.round(rate, 8)})
    return funding.assign(high=0.0, low=0.0, close=0.0, volume=0.0)
