"""``freqai-regimes settings``: every setting of the ``regimes`` section, default and meaning."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from freqai_regimes.features.engine import FEATURE_OPTIONS
from freqai_regimes.labels.engine import LABEL_OPTIONS
from freqai_regimes.learners.engine import LEARNER_OPTIONS
from freqai_regimes.learners.presets import PRESETS
from freqai_regimes.regimes.options import RULE_OPTIONS
from freqai_regimes.settings import SECTION, Settings
from freqai_regimes.signal_sets.engine import SIGNAL_OPTIONS

#: Lists of the section, the word that chooses an entry's options, and what it may be.
ENTRIES: tuple[tuple[str, str, Mapping[str, type[BaseModel]]], ...] = (
    ("feature_sets", "generator", FEATURE_OPTIONS),
    ("label_sets", "label", LABEL_OPTIONS),
    ("signal_sets", "generator", SIGNAL_OPTIONS),
    ("learners", "learner", LEARNER_OPTIONS),
    ("regime.rules", "rule", RULE_OPTIONS),
)


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser("settings", help="list every setting, its default and meaning")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the list, then the options of each generator, label, step, learner and rule."""
    for name, default, meaning in rows(Settings):
        print(f"{SECTION}.{name} = {default}  ({meaning})")
    for field, word, options_of in ENTRIES:
        for name, entry in options_of.items():
            print(f"\nAn entry of {SECTION}.{field} with {word} {name!r}:")
            _print_entry(entry)
    print(f"\nNames that stand for options of {SECTION}.learners: {', '.join(PRESETS)}")
    return 0


def _print_entry(options: type[BaseModel]) -> None:
    for name, default, meaning in rows(options):
        if name not in {word for _, word, _ in ENTRIES}:
            print(f"  {name} = {default}  ({meaning})")


def rows(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Name, default as JSON ("required" if none), and meaning of each setting, in order."""
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            yield from rows(type(field.default), f"{prefix}{name}.")
        else:
            yield prefix + name, _default(field), field.description or ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return json.dumps(field.get_default(call_default_factory=True), default=_plain)


def _plain(entry: BaseModel) -> dict[str, Any]:
    return entry.model_dump(exclude_defaults=True)
