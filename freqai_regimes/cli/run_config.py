"""Which configuration files make up a run, and the small one that only this run has."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from freqtrade.configuration.load_config import load_from_files
from freqtrade.exceptions import FreqtradeException

from freqai_regimes.errors import SettingsError
from freqai_regimes.settings import Settings, nearest, parse_settings
from freqai_regimes.userdir import shipped_folder

DEFAULT_PRESET = "regime-4h"


def preset_names() -> list[str]:
    """Presets that are shipped, by name."""
    found = (shipped_folder() / "config").glob("preset-*.json")
    return sorted(path.stem.removeprefix("preset-") for path in found)


def config_files(preset: str, *, futures: bool, model: bool) -> list[Path]:
    """One file a decision, in the order freqtrade merges them.

    Raises
    ------
    SettingsError
        For an unknown preset, with the nearest known name.
    """
    if preset not in preset_names():
        raise SettingsError(f"Unknown preset {preset!r}; {nearest(preset, preset_names())}")
    names = (
        "base",
        "money",
        "market-futures" if futures else "market-spot",
        f"preset-{preset}",
        "model-on" if model else "model-off",
    )
    return [shipped_folder() / "config" / f"{name}.json" for name in names]


@dataclass(frozen=True)
class RunConfig:
    """A run's merged configuration and the files it comes from."""

    preset: str
    files: tuple[Path, ...]
    merged: dict[str, Any]
    settings: Settings

    @classmethod
    def load(cls, preset: str, *, futures: bool, model: bool, own: tuple[Path, ...]) -> RunConfig:
        """Read and merge the preset's files and the user's own ones, which win."""
        files = (*config_files(preset, futures=futures, model=model), *own)
        return cls.of_files(files, preset, own)

    @classmethod
    def of_files(cls, files: tuple[Path, ...], preset: str, own: tuple[Path, ...]) -> RunConfig:
        """Merge files in their order; errors name the user's ``own`` among them."""
        for path in files:
            if not path.is_file():
                raise SettingsError(f"Configuration file {path} does not exist.")
        try:
            merged = load_from_files([str(path) for path in files])
        except FreqtradeException as error:
            names = ", ".join(str(path) for path in own) or "the shipped files"
            raise SettingsError(f"{names}: {' '.join(str(error).split())}") from error
        return cls(preset, files, merged, parse_settings(merged))

    @property
    def model_is_on(self) -> bool:
        """Whether FreqAI trains and predicts in this run."""
        return bool(self.merged.get("freqai", {}).get("enabled"))

    @property
    def timeframes(self) -> list[str]:
        """Timeframes that must be stored: the base one and those of the model's features."""
        wanted = [self.merged["timeframe"]]
        if self.model_is_on:
            wanted += self.merged["freqai"]["feature_parameters"]["include_timeframes"]
        return list(dict.fromkeys(wanted))

    def file_arguments(self, userdir: Path, overlay: Path) -> list[str]:
        """Arguments that every freqtrade command of a run shares."""
        arguments = ["--userdir", str(userdir)]
        for path in (*self.files, overlay):
            arguments += ["--config", str(path)]
        return arguments

    def freqtrade_arguments(self, userdir: Path, overlay: Path) -> list[str]:
        """The same for commands that load the strategy and the model."""
        shipped = shipped_folder()
        arguments = self.file_arguments(userdir, overlay)
        arguments += ["--strategy-path", str(shipped / "strategies")]
        if self.model_is_on:
            arguments += ["--freqaimodel", "RegimeLightGBM"]
            arguments += ["--freqaimodel-path", str(shipped / "freqaimodels")]
        return arguments


@contextmanager
def one_at_a_time(userdir: Path) -> Iterator[None]:
    """Hold the user directory's models while a backtest writes them.

    Raises
    ------
    SettingsError
        If another backtest holds them: FreqAI keeps files of both in the same places.
    """
    with (userdir / "backtest.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SettingsError(
                f"Another backtest is running in {userdir}. Wait for it, or give --userdir."
            ) from error
        yield


def new_run_folder(userdir: Path, name: str) -> Path:
    """Make an empty folder for what one run writes, named by kind and time."""
    stamp = time.strftime("%Y-%m-%d_%H-%M-%S")
    for number in range(1000):
        folder = userdir / "runs" / (f"{name}_{stamp}" + (f"_{number}" if number else ""))
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise SettingsError(f"No free name for a run in {userdir / 'runs'}; delete old runs.")


def pairs_overlay(pairs: list[str]) -> dict[str, Any]:
    """Trade these pairs and no others, one position each."""
    return {"exchange": {"pair_whitelist": pairs}, "max_open_trades": max(len(pairs), 1)}


def write_overlay(folder: Path, overlay: dict[str, Any]) -> Path:
    """Write what only this run has into its folder."""
    path = folder / "overlay.json"
    path.write_text(json.dumps(overlay, indent=1))
    return path
