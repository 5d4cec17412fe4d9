"""The versions of one pair, or of one pool of pairs, and the champion among them."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from freqai_regimes.errors import RegistryError
from freqai_regimes.model_life.durable_file import exclusive
from freqai_regimes.model_life.pointer import FILE, Pointer, read_pointer, write_pointer
from freqai_regimes.model_life.version import (
    Facts,
    Version,
    checked_model_file,
    delete_version,
    drop_unfinished,
    load_model,
    read_version,
    save_version,
    version_folder,
    version_numbers,
)

logger = logging.getLogger(__name__)

#: Folder below freqtrade's user directory; FreqAI purges only its own ``models``.
ROOT = "regimes_registry"
DEFAULT_KEEP = 10


@dataclass(frozen=True)
class Loaded:
    """A model that was loaded, and its version."""

    number: int
    model: Any


def key_of(pairs: Sequence[str]) -> str:
    """Name of what one model serves: the full pair, or the pool of several pairs.

    >>> key_of(["BTC/USDT:USDT"])
    'BTC/USDT:USDT'
    >>> key_of(["ETH/USDT", "BTC/USDT"])
    'pool of BTC/USDT, ETH/USDT'
    """
    return pairs[0] if len(pairs) == 1 else f"pool of {', '.join(sorted(pairs))}"


def folder_name(key: str) -> str:
    """Name of a key's folder; keys that differ have folders that differ.

    >>> folder_name("BTC/USDT"), folder_name("BTC/USDT:USDT")
    ('BTC_USDT', 'BTC_USDT+USDT')
    """
    if key.startswith("pool of "):
        return f"pool-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
    return key.replace("/", "_").replace(":", "+")


class ModelRegistry:
    """Keeps models of one key on disk; several processes may use the same folder.

    Parameters
    ----------
    root : the registry's folder for one FreqAI identifier.
    key : see ``key_of``.
    keep : versions that are kept; champion, shadow and the last former champion always are.
    """

    def __init__(self, root: Path, key: str, keep: int = DEFAULT_KEEP) -> None:
        self.folder = root / folder_name(key)
        self.key = key
        self.keep = keep

    def pointer(self) -> Pointer:
        """Which version is what, now (RegistryError if the file is damaged)."""
        return read_pointer(self.folder, self.key)

    def stamp(self) -> tuple[int, int]:
        """Something that differs after each change of the pointer; cheap enough for each candle."""
        try:
            status = (self.folder / FILE).stat()
        except FileNotFoundError:
            return (0, 0)
        return (status.st_mtime_ns, status.st_ino)

    def save(self, model: object, facts: Facts, reason: str) -> Version:
        """Keep a model as a candidate, and delete the oldest ones beyond ``keep``.

        Raises
        ------
        RegistryError
            If the disk is full or another process holds the lock; nothing has changed then.
        """
        with exclusive(self.folder):
            pointer = self.pointer()
            number = max([pointer.next_version, *(n + 1 for n in version_numbers(self.folder))])
            now = datetime.now(UTC).isoformat(timespec="seconds")
            saved = save_version(self.folder, number, pointer.champion, facts, model, now)
            pointer = Pointer(**{**vars(pointer), "next_version": number}).added(reason)
            write_pointer(self.folder, pointer)
            self._delete_old(pointer, self.keep)
        return saved

    def change(self, change: Callable[[Pointer], Pointer]) -> Pointer:
        """Move the pointer; a version that becomes champion or shadow is checked before.

        Raises
        ------
        RegistryError
            If that version is missing, damaged or does not fit; nothing has changed then.
        """
        with exclusive(self.folder):
            before = self.pointer()
            after = change(before)
            for number in {after.champion, after.shadow} - {before.champion, before.shadow, None}:
                assert number is not None
                checked_model_file(self.folder, number)
            write_pointer(self.folder, after)
        return after

    def champion(self) -> Loaded | None:
        """Load the champion, or, where its file is damaged or does not fit, a former one.

        Each version that cannot be loaded is told in one line. None: there is none to load.
        """
        pointer = self.pointer()
        if pointer.champion is None:
            return None
        for number in (pointer.champion, *reversed(pointer.former)):
            try:
                return Loaded(number, load_model(self.folder, number))
            except RegistryError as error:
                if self.pointer().champion != pointer.champion:  # replaced as it was read
                    return self.champion()
                logger.error("Registry of %s: %s Trying the champion before it.", self.key, error)
        logger.error("Registry of %s: no champion can be loaded.", self.key)
        return None

    def shadow(self) -> Loaded | None:
        """Load the shadow; None where there is none or it cannot be loaded (told in one line)."""
        number = self.pointer().shadow
        if number is None:
            return None
        try:
            return Loaded(number, load_model(self.folder, number))
        except RegistryError as error:
            logger.error("Registry of %s: %s The shadow is left out.", self.key, error)
            return None

    def versions(self) -> list[Version]:
        """Records of all versions that can be read, rising by number."""
        found = []
        for number in version_numbers(self.folder):
            try:
                found.append(read_version(self.folder, number))
            except RegistryError as error:
                logger.error("Registry of %s: %s", self.key, error)
        return found

    def problems(self) -> list[str]:
        """One line for each thing that is wrong: a damaged file, a version that does not fit."""
        lines = []
        for number in version_numbers(self.folder):
            try:
                checked_model_file(self.folder, number)
            except RegistryError as error:
                lines.append(str(error))
        try:
            champion = self.pointer().champion
        except RegistryError as error:
            return [*lines, str(error)]
        if champion is not None and not version_folder(self.folder, champion).is_dir():
            lines.append(f"Version {champion}, the champion, is missing in {self.folder}.")
        return lines

    def prune(self, keep: int) -> list[int]:
        """Delete the oldest versions beyond ``keep``; returns their numbers."""
        with exclusive(self.folder):
            drop_unfinished(self.folder)
            return self._delete_old(self.pointer(), keep)

    def _delete_old(self, pointer: Pointer, keep: int) -> list[int]:
        held = {pointer.champion, pointer.shadow, *pointer.former[-1:]}
        free = [n for n in version_numbers(self.folder) if n not in held]
        surplus = len(free) + len(held - {None}) - max(keep, 1)
        old = free[: max(surplus, 0)]
        if old:
            write_pointer(self.folder, pointer.without(set(old)))
            for number in old:
                delete_version(self.folder, number)
        return old


def registries(root: Path, keep: int = DEFAULT_KEEP) -> list[ModelRegistry]:
    """All registries of one identifier, by the keys in their pointers (damaged ones too)."""
    found = []
    for path in sorted(root.glob(f"*/{FILE}")):
        name = path.parent.name
        try:
            key = str(_raw_key(path))
        except (ValueError, KeyError, TypeError):
            key = name.replace("_", "/").replace("+", ":")
        found.append(ModelRegistry(root, key, keep))
    return found


def _raw_key(path: Path) -> object:
    return json.loads(path.read_bytes())["key"]
