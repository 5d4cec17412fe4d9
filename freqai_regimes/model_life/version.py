"""One saved model: a folder that is written once, with what it was made from and its digest."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import cloudpickle

from freqai_regimes.errors import RegistryError
from freqai_regimes.model_life.durable_file import sync_folder, write_synced

MODEL, RECORD = "model.pkl", "version.json"
UNFINISHED = ".unfinished-"
#: Libraries whose release (first two numbers) must be that of the saving, with ourselves first.
MUST_AGREE = ("freqai-regimes", "lightgbm", "scikit-learn")
NOTED = ("freqtrade", "numpy", "pandas", "scipy")


@dataclass(frozen=True)
class Facts:
    """What a version was made from and how it did; everything as plain JSON.

    Attributes
    ----------
    pairs : the pairs it was trained on.
    trained_from, trained_until : dates of its first row and its last one (ISO, UTC).
    data_hash, features_hash, settings_hash : digests of rows, feature names and settings.
    seed : of the learners.
    metrics : name -> number, or regime -> such numbers.
    gate : what the gate decided and on which numbers.
    drift_reference : see ``drift.DriftReference``; {} without.
    """

    pairs: tuple[str, ...]
    trained_from: str
    trained_until: str
    data_hash: str
    features_hash: str
    settings_hash: str
    seed: int | None = None
    metrics: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    gate: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    drift_reference: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Version:
    """A saved model as its record tells it; states are in the pointer, which alone changes."""

    number: int
    parent: int | None
    created_at: str
    facts: Facts
    versions: Mapping[str, str]
    model_bytes: int
    model_sha256: str


def environment() -> dict[str, str]:
    """Versions of Python, of this package and of what its models are made of."""
    return {"python": platform.python_version(), **_installed()}


@cache
def _installed() -> dict[str, str]:
    return {name: installed_version(name) for name in (*MUST_AGREE, *NOTED)}


def incompatibility(saved: Mapping[str, str], here: Mapping[str, str]) -> str | None:
    """Why a model saved under some versions may not be loaded under others; None if it may.

    The first two numbers of ``MUST_AGREE`` have to be equal: a new release of a library may change
    how its objects are stored, or what they answer.

    >>> incompatibility({"lightgbm": "4.6.0"}, {"lightgbm": "4.7.1"})
    'saved with lightgbm 4.6.0, installed is 4.7.1'
    """
    for name in MUST_AGREE:
        old, new = saved.get(name, "none"), here.get(name, "none")
        if old.split(".")[:2] != new.split(".")[:2]:
            return f"saved with {name} {old}, installed is {new}"
    return None


def version_folder(folder: Path, number: int) -> Path:
    """Folder of one version below its key's folder."""
    return folder / f"{number:06d}"


def version_numbers(folder: Path) -> list[int]:
    """Numbers of the versions that lie in a key's folder, rising."""
    if not folder.is_dir():
        return []
    return sorted(int(path.name) for path in folder.iterdir() if path.name.isdigit())


def save_version(
    folder: Path, number: int, parent: int | None, facts: Facts, model: object, created_at: str
) -> Version:
    """Write a version; it has its name only when all of it is on the disk (hold the lock).

    Raises
    ------
    RegistryError
        If the disk is full; nothing is left of it then.
    """
    content = cloudpickle.dumps(model)
    digest = hashlib.sha256(content).hexdigest()
    saved = Version(number, parent, created_at, facts, environment(), len(content), digest)
    drop_unfinished(folder)
    unfinished = folder / f"{UNFINISHED}{os.getpid()}"
    unfinished.mkdir()
    try:
        write_synced(unfinished / MODEL, content)
        record = json.dumps(dataclasses.asdict(saved), indent=1, default=str)
        write_synced(unfinished / RECORD, record.encode())
        sync_folder(unfinished)
        unfinished.rename(version_folder(folder, number))
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    sync_folder(folder)
    return saved


def drop_unfinished(folder: Path) -> None:
    """Delete what a killed process left half written (hold the lock)."""
    for path in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(path, ignore_errors=True)


def delete_version(folder: Path, number: int) -> None:
    """Delete a version; killed in between, it is gone all the same (hold the lock)."""
    unfinished = folder / f"{UNFINISHED}{os.getpid()}"
    version_folder(folder, number).rename(unfinished)
    shutil.rmtree(unfinished)


def read_version(folder: Path, number: int) -> Version:
    """The record of a version.

    Raises
    ------
    RegistryError
        If there is none, or it is damaged.
    """
    path = version_folder(folder, number) / RECORD
    try:
        raw = json.loads(path.read_bytes())
        raw["facts"]["pairs"] = tuple(raw["facts"]["pairs"])
        return Version(**{**raw, "facts": Facts(**raw["facts"])})
    except FileNotFoundError as error:
        raise RegistryError(f"There is no version {number} in {folder}.") from error
    except (ValueError, TypeError, KeyError) as error:
        raise RegistryError(f"Version {number}: {path} is damaged ({error!r}).") from error


def checked_model_file(folder: Path, number: int) -> bytes:
    """Content of a version's model file, as it was saved and loadable with what is installed.

    Raises
    ------
    RegistryError
        One line: missing, damaged, or saved under versions that do not fit.
    """
    saved = read_version(folder, number)
    path = version_folder(folder, number) / MODEL
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RegistryError(f"Version {number}: {path} cannot be read ({error}).") from error
    if hashlib.sha256(content).hexdigest() != saved.model_sha256:
        raise RegistryError(
            f"Version {number}: {path} is damaged ({len(content):,} bytes, not the "
            f"{saved.model_bytes:,} that were saved)."
        )
    if reason := incompatibility(saved.versions, environment()):
        raise RegistryError(f"Version {number}: {reason}; train again, or install that release.")
    return content


def load_model(folder: Path, number: int) -> Any:
    """The model of a version.

    Raises
    ------
    RegistryError
        As ``checked_model_file``, or if the code that it needs is gone.
    """
    content = checked_model_file(folder, number)
    try:
        return cloudpickle.loads(content)
    except Exception as error:
        raise RegistryError(f"Version {number} cannot be loaded ({error!r}).") from error
