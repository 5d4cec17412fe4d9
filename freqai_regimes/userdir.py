"""Puts strategies, model, hyperopt loss and configuration into any freqtrade user directory.

A manifest remembers what was written. So an upgrade replaces what the user left alone, and nothing
the user changed is overwritten or removed unasked.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from freqai_regimes import __version__
from freqai_regimes.errors import SettingsError

MANIFEST = Path("regimes", "installed.json")

# Folder as shipped -> (pattern of its files, folder in the user directory).
_SHIPPED = {
    "strategies": ("*.py", "strategies"),
    "freqaimodels": ("*.py", "freqaimodels"),
    "hyperopts": ("*.py", "hyperopts"),
    "config": ("*.json", "regimes"),
}


@dataclass(frozen=True)
class Removal:
    """What an uninstall did: files removed, and files kept because the user changed them."""

    removed: tuple[Path, ...]
    kept: tuple[Path, ...]

    @property
    def reason(self) -> str:
        """One line for the user."""
        line = f"removed {len(self.removed)} files"
        if self.kept:
            line += "; kept, because you changed them: " + ", ".join(map(str, self.kept))
        return line


def shipped_folder() -> Path:
    """Return the folder that holds ``strategies``, ``freqaimodels``, ``hyperopts`` and ``config``.

    It lies inside the installed package, or is the root of the clone in an editable install.
    """
    package = Path(__file__).parent
    inside = package / "shipped"
    return inside if inside.is_dir() else package.parent


def install_userdir(userdir: Path, force: bool = False) -> list[Path]:
    """Copy the shipped files into a freqtrade user directory, or upgrade them there.

    Parameters
    ----------
    userdir
        A user directory as ``freqtrade create-userdir`` makes it. Strategies, model and loss go to
        its ``strategies``, ``freqaimodels`` and ``hyperopts``, the rest to its ``regimes``.
    force
        Overwrite files that differ from what was installed; each is first kept as ``.bak``.

    Returns
    -------
    list of Path
        The files of this version, all in place. Files of an earlier version that are no longer
        shipped are gone, unless the user changed them.

    Raises
    ------
    SettingsError
        No user directory, a damaged manifest, or changed files without `force`. Nothing has been
        written then.
    """
    _check_userdir(userdir)
    recorded = _read_manifest(userdir)
    shipped = _shipped_files()
    changed = [
        name
        for name, content in shipped.items()
        if _digest_of(userdir / name) not in {None, _digest(content), recorded.get(name)}
    ]
    if changed and not force:
        raise SettingsError(
            f"not overwritten, because not as installed: {', '.join(changed)} in {userdir}; "
            "move them away, or use --force (each is kept as .bak)"
        )
    for name in changed:
        shutil.copy2(userdir / name, _free_backup(userdir / name))
    for name, content in shipped.items():
        _replace(userdir / name, content)
    for name in recorded.keys() - shipped.keys():
        if _digest_of(userdir / name) == recorded[name]:
            (userdir / name).unlink()
    _write_manifest(userdir, {name: _digest(content) for name, content in shipped.items()})
    return [userdir / name for name in shipped]


def uninstall_userdir(userdir: Path) -> Removal:
    """Remove what `install_userdir` wrote and the user has not changed since.

    Raises
    ------
    SettingsError
        No user directory, nothing installed there, or a damaged manifest.
    """
    _check_userdir(userdir)
    recorded = _read_manifest(userdir)
    if not recorded:
        raise SettingsError(f"nothing to remove: {userdir / MANIFEST} does not exist")
    removed, kept = [], []
    for name, digest in recorded.items():
        found = _digest_of(userdir / name)
        if found == digest:
            (userdir / name).unlink()
            removed.append(userdir / name)
        elif found is not None:
            kept.append(userdir / name)
    (userdir / MANIFEST).unlink()
    if not any((userdir / MANIFEST.parent).iterdir()):
        (userdir / MANIFEST.parent).rmdir()
    return Removal(tuple(removed), tuple(kept))


def _check_userdir(userdir: Path) -> None:
    if not (userdir / "strategies").is_dir():
        found = "it has no folder 'strategies'" if userdir.is_dir() else "no such folder"
        raise SettingsError(
            f"{userdir} is not a freqtrade user directory ({found}); "
            f"make one with: freqtrade create-userdir --userdir {userdir}"
        )
    for _, folder in _SHIPPED.values():
        if (userdir / folder).exists() and not (userdir / folder).is_dir():
            raise SettingsError(f"{userdir / folder} is a file and must be a folder; move it away")


def _shipped_files() -> dict[str, bytes]:
    """Return the content of each shipped file by its path in the user directory."""
    files = {
        f"{folder}/{path.name}": path.read_bytes()
        for source, (pattern, folder) in _SHIPPED.items()
        for path in sorted((shipped_folder() / source).glob(pattern))
    }
    if not files:
        raise SettingsError(f"no files to install in {shipped_folder()}; install the package again")
    return files


def _read_manifest(userdir: Path) -> dict[str, str]:
    """Return the digest of each installed file by its path in the user directory; {} if none."""
    path = userdir / MANIFEST
    if not path.exists():
        return {}
    try:
        recorded = json.loads(path.read_bytes())["files"]
        files = {str(name): str(digest) for name, digest in recorded.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"{path} is damaged ({error!r}); remove it, install again") from error
    folders = {folder for _, folder in _SHIPPED.values()}
    if strange := [name for name in files if str(Path(name).parent) not in folders]:
        raise SettingsError(
            f"{path} names files that are not ours: {', '.join(strange)}; remove it, install again"
        )
    return files


def _write_manifest(userdir: Path, files: dict[str, str]) -> None:
    content = json.dumps({"version": __version__, "files": files}, indent=2) + "\n"
    _replace(userdir / MANIFEST, content.encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest_of(path: Path) -> str | None:
    return _digest(path.read_bytes()) if path.exists() else None


def _free_backup(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.bak{number or ''}") for number in itertools.count())
    return next(name for name in names if not name.exists())


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds either the old or the new content."""
    path.parent.mkdir(exist_ok=True)
    half_written = path.with_name(f"{path.name}.part")
    half_written.write_bytes(content)
    half_written.replace(path)
