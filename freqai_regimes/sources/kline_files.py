"""Reads Binance's public kline files (CSV, or zip of one) as data.binance.vision has them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from freqai_regimes.errors import CandleError, SettingsError
from freqai_regimes.sources.kline_extras import extras_of_rows

_NAME = re.compile(r"(?P<symbol>[A-Z0-9]+)-(?P<timeframe>[1-9][0-9]*[mhdw])-.+\.(csv|zip)")


@dataclass(frozen=True)
class KlineFile:
    """A file of klines, and what its name says."""

    path: Path
    symbol: str
    timeframe: str


def kline_file(path: Path) -> KlineFile:
    """What a file's name says.

    Raises
    ------
    SettingsError
        If it is not named as Binance names them.

    >>> kline_file(Path("BTCUSDT-5m-2024-01.zip")).symbol
    'BTCUSDT'
    """
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise SettingsError(
            f"{path.name} is not named as Binance names its kline files: use a name such as "
            "BTCUSDT-5m-2024-01.zip (or .csv)."
        )
    return KlineFile(path, match["symbol"], match["timeframe"])


def read_kline_file(file: KlineFile) -> pd.DataFrame:
    """The extras of a file, with or without a line of headings (see ``extras_of_rows``).

    Raises
    ------
    CandleError
        If it cannot be read or holds something else than klines.
    """
    try:
        text = _text(file.path)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise CandleError(f"{file.path} cannot be read ({error}). Fetch it again.") from error
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    if rows and not rows[0][0].strip().isdigit():
        rows = rows[1:]
    if not rows:
        raise CandleError(f"{file.path} holds no klines. Fetch it again.")
    return extras_of_rows(rows, file.timeframe, file.path.name)


def _text(path: Path) -> str:
    if path.suffix == ".csv":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".csv")]
        if len(names) != 1:
            raise ValueError(f"it holds {len(names)} CSV files, not one")
        return archive.read(names[0]).decode("utf-8")
