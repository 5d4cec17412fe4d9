"""``freqai-regimes registry``: the saved models of a user directory, and who is champion."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from freqai_regimes.errors import RegistryError
from freqai_regimes.model_life.pointer import Pointer
from freqai_regimes.model_life.registry import (
    DEFAULT_KEEP,
    ROOT,
    ModelRegistry,
    key_of,
    registries,
)
from freqai_regimes.model_life.version import read_version

BY_HAND = "by hand"


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "registry", help="saved models: list, show, promote, rollback, pin, verify, prune"
    )
    actions = parser.add_subparsers(required=True, metavar="action")
    _add(actions, "list", _list, "every version and its state", pairs="*")
    show = _add(actions, "show", _show, "all that is known of one version, as JSON")
    show.add_argument("--version", type=int, help="by default the champion")
    promote = _add(actions, "promote", _promote, "make a version the champion")
    promote.add_argument("--version", type=int, required=True)
    _add(actions, "rollback", _rollback, "put the former champion back")
    pin = _add(actions, "pin", _pin, "trade the champion without retraining it")
    pin.add_argument("--version", type=int, help="make this one the champion first")
    pin.add_argument("--off", action="store_true", help="retrain again")
    _add(actions, "verify", _verify, "read every model file; exit code 1 if one fails", pairs="*")
    prune = _add(actions, "prune", _prune, "delete the oldest versions")
    prune.add_argument("--keep", type=int, default=DEFAULT_KEEP, help=f"default: {DEFAULT_KEEP}")


def _add(
    actions: Any, name: str, run: Any, meaning: str, pairs: str = "+"
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=meaning)
    several = "several for the pool that was trained on them"
    parser.add_argument("pairs", nargs=pairs, metavar="PAIR", help=f"BTC/USDT; {several}")
    parser.add_argument(
        "--userdir", type=Path, default=Path("user_data"), help="freqtrade's user directory"
    )
    parser.add_argument("--identifier", help="of FreqAI; needed where there are several")
    parser.set_defaults(run=run)
    return parser


def _list(options: argparse.Namespace) -> int:
    for registry in _chosen(options):
        pointer = registry.pointer()
        pinned = ", pinned" if pointer.pinned else ""
        print(f"{registry.key} ({registry.folder.parent.name}{pinned})")
        for version in registry.versions():
            state = pointer.state(version.number)
            until = version.facts.trained_until[:16]
            reason = pointer.reasons.get(str(version.number), "")
            print(f"  {version.number:>5}  {state:<9}  until {until}  {reason}")
    return 0


def _show(options: argparse.Namespace) -> int:
    registry = _one(options)
    pointer = registry.pointer()
    number = pointer.champion if options.version is None else options.version
    if number is None:
        raise RegistryError(f"{registry.key} has no champion: name a version with --version.")
    version = read_version(registry.folder, number)
    state = {"state": pointer.state(number), "reason": pointer.reasons.get(str(number), "")}
    shown = {"key": registry.key, **state, **vars(version), "facts": vars(version.facts)}
    print(json.dumps(shown, indent=1, default=str))
    return 0


def _promote(options: argparse.Namespace) -> int:
    registry = _one(options)
    version = read_version(registry.folder, options.version).number
    return _told(registry, registry.change(lambda pointer: pointer.promoted(version, BY_HAND)))


def _rollback(options: argparse.Namespace) -> int:
    registry = _one(options)
    return _told(registry, registry.change(lambda pointer: pointer.rolled_back(BY_HAND)))


def _pin(options: argparse.Namespace) -> int:
    registry = _one(options)

    def pin(pointer: Pointer) -> Pointer:
        if options.version is not None:
            pointer = pointer.promoted(options.version, BY_HAND)
        if pointer.champion is None:
            raise RegistryError(f"{registry.key} has no champion to pin: use --version.")
        return pointer.with_pin(not options.off)

    return _told(registry, registry.change(pin))


def _verify(options: argparse.Namespace) -> int:
    chosen = _chosen(options)
    problems = [f"{registry.key}: {line}" for registry in chosen for line in registry.problems()]
    for line in problems:
        print(line)
    print(f"{len(chosen)} registries read, {len(problems)} problems.")
    return 1 if problems else 0


def _prune(options: argparse.Namespace) -> int:
    registry = _one(options)
    deleted = registry.prune(options.keep)
    print(f"{registry.key}: deleted {', '.join(map(str, deleted)) or 'nothing'}.")
    return 0


def _told(registry: ModelRegistry, pointer: Pointer) -> int:
    pinned = ", pinned" if pointer.pinned else ""
    print(f"{registry.key}: version {pointer.champion} is champion{pinned}.")
    return 0


def _root(options: argparse.Namespace) -> Path:
    """Folder of the chosen identifier, or of the only one."""
    folder: Path = options.userdir / ROOT
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if not names:
        raise RegistryError(f"No models are kept in {folder}: give the right --userdir.")
    wanted: str | None = options.identifier
    if wanted in names or (wanted is None and len(names) == 1):
        return folder / (wanted or names[0])
    problem = "Several identifiers" if wanted is None else f"No identifier {wanted!r}"
    raise RegistryError(f"{problem} in {folder}: give --identifier, one of {', '.join(names)}.")


def _chosen(options: argparse.Namespace) -> list[ModelRegistry]:
    return [_one(options)] if options.pairs else registries(_root(options))


def _one(options: argparse.Namespace) -> ModelRegistry:
    registry = ModelRegistry(_root(options), key_of(options.pairs))
    if not registry.folder.is_dir():
        known = ", ".join(found.key for found in registries(_root(options)))
        raise RegistryError(f"No models of {registry.key} are kept; there are: {known}.")
    return registry
