"""``freqai-regimes settings``: every setting of the ``regimes`` section, default and meaning."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
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


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser("settings", help="list every setting, its default and meaning")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the list, then the options of each generator, label, step, learner and rule."""
    for name, default, meaning in rows(Settings):
        print(f"{SECTION}.{name} = {default}  ({meaning})")
    for generator, entry in FEATURE_OPTIONS.items():
        print(f"\nAn entry of {SECTION}.feature_sets with generator {generator!r}:")
        _print_entry(entry)
    for label, choices in LABEL_OPTIONS.items():
        print(f"\nAn entry of {SECTION}.label_sets with label {label!r}:")
        _print_entry(choices)
    for step, stated in SIGNAL_OPTIONS.items():
        print(f"\nAn entry of {SECTION}.signal_sets with generator {step!r}:")
        _print_entry(stated)
    for learner, chosen in LEARNER_OPTIONS.items():
        print(f"\nAn entry of {SECTION}.learners with learner {learner!r}:")
        _print_entry(chosen)
    print(f"\nNames that stand for options of {SECTION}.learners: {', '.join(PRESETS)}")
    for rule, given in RULE_OPTIONS.items():
        print(f"\nAn entry of {SECTION}.regime.rules with rule {rule!r}:")
        _print_entry(given)
    return 0


def _print_entry(options: type[BaseModel]) -> None:
    for name, default, meaning in rows(options):
        if name not in ("generator", "label", "learner", "rule"):
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
