"""Translates ITB's ``algorithms`` into learners: gb, nn, lc and svc, with their parameters."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError

from freqai_regimes.cli.itb_names import Line, entry_name, in_words, item_of
from freqai_regimes.learners.engine import LearnerOptions
from freqai_regimes.learners.presets import PRESETS

Fragment = dict[str, Any]

_ADAPTER: TypeAdapter[LearnerOptions] = TypeAdapter(LearnerOptions)


def _same(value: Any) -> Any:
    return value


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _inverse(value: Any) -> Any:
    return 1 / value if isinstance(value, int | float) and value else value


def _is_balanced(value: Any) -> Any:
    return {None: False, "balanced": True}.get(value, value)


#: Ours for each of their parameters, by algorithm.
_PARAMETERS: dict[str, dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "gb": {
        "max_depth": ("max_depth", _same),
        "learning_rate": ("learning_rate", _same),
        "num_boost_round": ("n_estimators", _same),
        "lambda_l1": ("reg_alpha", _same),
        "lambda_l2": ("reg_lambda", _same),
    },
    "nn": {
        "layers": ("layers", _as_list),
        "learning_rate": ("learning_rate", _same),
        "n_epochs": ("epochs", _same),
        "bs": ("batch_rows", _same),
    },
    "lc": {"C": ("alpha", _inverse), "class_weight": ("balance_classes", _is_balanced)},
    "svc": {"C": ("c", _same), "class_weight": ("balance_classes", _is_balanced)},
}
#: Theirs that need no place of their own: see ``in_words``; the rest is told as left out.
_NEEDLESS = {
    *("is_scale", "is_regression", "length", "shifts", "objective", "es", "solver", "max_iter"),
    *("n_jobs", "verbose", "probability"),
}


def learners(config: Fragment) -> tuple[list[Fragment], list[Line]]:
    """Entries of ``regimes.learners``, and what became of each algorithm."""
    entries: list[Fragment] = []
    lines = []
    for algorithm in config.get("algorithms") or []:
        kind = entry_name("algorithms", algorithm)
        name = f"algorithms.{kind}"
        if kind not in _PARAMETERS:
            item = item_of(name)
            lines.append(Line(name, item.how if item else "unknown", in_words(name)))
            continue
        entry, left_out = _entry(kind, algorithm)
        problem = _problem(entry)
        if problem:
            lines.append(Line(name, "refused", f"{problem}. {in_words(name)}"))
            continue
        entry["name"] = _unused(entry["name"], [made["name"] for made in entries])
        entries.append(entry)
        words = f"regimes.learners, {entry['name']}: {in_words(name)}"
        lines.append(Line(name, "mapped", f"{words}{_told(left_out)}"))
    return entries, lines


def stated(algorithm: Any) -> Fragment:
    """All parameters of an algorithm, wherever they stand; of a mere name none."""
    if not isinstance(algorithm, dict):
        return {}
    return {**(algorithm.get("params") or {}), **(algorithm.get("train") or {})}


def _entry(kind: str, algorithm: Any) -> tuple[Fragment, list[str]]:
    """The preset with what is stated, and the parameters that have no place."""
    given = stated(algorithm)
    known = _PARAMETERS[kind]
    called = algorithm.get("name", kind) if isinstance(algorithm, dict) else kind
    preset = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in PRESETS[f"source_000_{kind}"].items()
    }
    entry = {"name": _column(str(called), kind), **preset}
    for name, value in given.items():
        if name in known and value is not None:
            ours, turned = known[name]
            entry[ours] = turned(value)
    patience = (given.get("es") or {}).get("patience")
    if kind == "nn" and patience is not None:
        entry["patience_epochs"] = patience
    return entry, [name for name in given if name not in known and name not in _NEEDLESS]


def _problem(entry: Fragment) -> str:
    """Why our learner does not take the entry; empty if it does."""
    try:
        _ADAPTER.validate_python(entry)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{first['loc'][-1]}: {first['msg']} (got {first['input']!r})"
    return ""


def _column(name: str, kind: str) -> str:
    """A name that columns can have."""
    plain = re.sub(r"[^a-z0-9_]", "_", name.lower())[:40]
    return plain if re.match(r"[a-z]", plain) else kind


def _unused(name: str, taken: list[str]) -> str:
    """The name, numbered where it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[:37]}_{number}"
    return free


def _told(left_out: list[str]) -> str:
    return f" Without {', '.join(left_out)}, which has no place here." if left_out else ""
