"""``freqai-regimes settings``: every setting of the ``regimes`` section, default and meaning."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from freqai_regimes.features.engine import FEATURE_OPTIONS
from freqai_regimes.settings import SECTION, Settings


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser("settings", help="list every setting, its default and meaning")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the list, then the options of each generator of features."""
    for name, default, meaning in rows(Settings):
        print(f"{SECTION}.{name} = {default}  ({meaning})")
    for generator, entry in FEATURE_OPTIONS.items():
        print(f"\nAn entry of {SECTION}.feature_sets with generator {generator!r}:")
        for name, default, meaning in rows(entry):
            if name != "generator":
                print(f"  {name} = {default}  ({meaning})")
    return 0


def rows(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Name, default as JSON ("required" if none), and meaning of each setting, in order."""
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            yield from rows(type(field.default), f"{prefix}{name}.")
        else:
            default = (
                "required" if field.is_required() else json.dumps(field.default, default=_plain)
            )
            yield prefix + name, default, field.description or ""


def _plain(entry: BaseModel) -> dict[str, Any]:
    return entry.model_dump(exclude_defaults=True)
