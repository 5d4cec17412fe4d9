"""Files that a kill, a power cut or a full disk leaves either as they were or as they should be."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from freqai_regimes.errors import RegistryError

LOCK_WAIT_SECONDS = 30.0
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file as a whole: a reader, or the next start, finds the old or the new content.

    Raises
    ------
    RegistryError
        If the disk is full; the old content is still there then.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        write_synced(part, content)
        part.replace(path)
        sync_folder(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def write_synced(path: Path, content: bytes) -> None:
    """Write a new file and wait until it is on the disk.

    Raises
    ------
    RegistryError
        If the disk is full.
    """
    try:
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise RegistryError(
            f"No room for {len(content):,} bytes in {path.parent}: nothing was changed there, the "
            "champion goes on. Free disk space; the next training tries again."
        ) from error


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def exclusive(folder: Path, wait_seconds: float = LOCK_WAIT_SECONDS) -> Iterator[None]:
    """Let one process at a time change what lies in a folder; a killed one leaves no lock behind.

    Raises
    ------
    RegistryError
        If another process keeps the lock for longer than ``wait_seconds``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_seconds
    with (folder / "lock").open("a") as lock:
        while not _taken(lock.fileno()):
            if time.monotonic() > deadline:
                raise RegistryError(
                    f"Another process has been changing {folder} for {wait_seconds:.0f} s. Wait "
                    "for it, or end it, and try again."
                )
            time.sleep(0.02)
        yield


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
