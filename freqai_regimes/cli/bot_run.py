"""Which bot ran: its configuration, its database and its candles, for a comparison afterwards."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.errors import RegimesError, SettingsError

FILE = "bot.json"
DRY_RUN_DATABASE, LIVE_DATABASE = "sqlite:///tradesv3.dryrun.sqlite", "sqlite:///tradesv3.sqlite"


@dataclass(frozen=True)
class BotRun:
    """How a bot was started.

    Attributes
    ----------
    files : its configuration files, in the order in which freqtrade merged them.
    strategy : class name.
    userdir : freqtrade's user directory.
    candles : data directory behind the local exchange it traded on; None: a real exchange.
    weeks : by which the local exchange had moved those candles.
    """

    files: tuple[Path, ...]
    strategy: str
    userdir: Path
    candles: Path | None = None
    weeks: int = 0

    def write(self, folder: Path) -> None:
        """Note it in the run's folder."""
        told = {
            "config": [str(path.resolve()) for path in self.files],
            "strategy": self.strategy,
            "userdir": str(self.userdir.resolve()),
            "candles": None if self.candles is None else str(self.candles.resolve()),
            "weeks": self.weeks,
        }
        (folder / FILE).write_text(json.dumps(told, indent=1))

    @classmethod
    def read(cls, folder: Path) -> BotRun:
        """What a run's folder says.

        Raises
        ------
        RegimesError
            If it says nothing.
        """
        try:
            told = json.loads((folder / FILE).read_text())
            candles = told["candles"]
            return cls(
                tuple(Path(path) for path in told["config"]),
                str(told["strategy"]),
                Path(told["userdir"]),
                None if candles is None else Path(candles),
                int(told["weeks"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RegimesError(
                f"{folder} is no folder of a run of freqai-regimes dry-run ({error}). Give the "
                "bot's own files with --config instead."
            ) from error

    def config(self) -> RunConfig:
        """The merged configuration."""
        return RunConfig.of_files(self.files, "of the bot", self.files)


def database_of(merged: dict[str, Any]) -> str:
    """The database that freqtrade would use with a configuration."""
    named = os.environ.get("FREQTRADE__DB_URL") or merged.get("db_url")
    return str(named or (DRY_RUN_DATABASE if merged.get("dry_run", True) else LIVE_DATABASE))


def parse_period(timerange: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Both ends of a range written ``YYYYMMDD-YYYYMMDD`` or ``YYYYMMDDTHHMM-YYYYMMDDTHHMM``.

    Raises
    ------
    SettingsError
        If it is not written so, or does not rise.
    """
    try:
        start, end = (pd.Timestamp(part, tz="UTC") for part in timerange.split("-"))
    except ValueError as error:
        raise SettingsError(
            f"Timerange {timerange!r} is not allowed: write both ends, as in 20260101-20260108 or "
            "20260101T0600-20260108T1200."
        ) from error
    if not start < end:
        raise SettingsError(f"Timerange {timerange!r} does not rise: the end comes first.")
    return start, end
