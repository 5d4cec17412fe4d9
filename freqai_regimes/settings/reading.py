"""Reads the ``regimes`` section of a configuration; what is wrong in it is told in one line.

Unknown keys and values out of range are refused, with the nearest known name.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, ValidationError

from freqai_regimes.errors import SettingsError
from freqai_regimes.features.engine import FEATURE_OPTIONS
from freqai_regimes.labels.engine import LABEL_OPTIONS
from freqai_regimes.learners.engine import LEARNER_OPTIONS
from freqai_regimes.regimes.options import RULE_OPTIONS
from freqai_regimes.settings.nearest import nearest
from freqai_regimes.settings.section import Settings
from freqai_regimes.signal_sets.engine import SIGNAL_OPTIONS
from freqai_regimes.sources import SourceOptions

SECTION = "regimes"
#: Options of the entries of lists, by the name that chooses them.
ENTRIES: dict[str, type[BaseModel]] = {
    **FEATURE_OPTIONS,
    **LABEL_OPTIONS,
    **LEARNER_OPTIONS,
    **SIGNAL_OPTIONS,
    **RULE_OPTIONS,
}
#: Options of the entries of lists that are all of one kind.
LISTS: dict[str, type[BaseModel]] = {"sources": SourceOptions}


def parse_settings(config: dict[str, Any]) -> Settings:
    """Settings from a whole freqtrade configuration; a missing section means all defaults.

    Raises
    ------
    SettingsError
        One line a problem: the key, what was got, what is allowed, the nearest known name.
    """
    section = config.get(SECTION, {})
    if not isinstance(section, dict):
        raise SettingsError(f"'{SECTION}' must be an object {{...}}; got {section!r}.")
    try:
        return Settings.model_validate(section)
    except ValidationError as error:
        lines = [_problem(dict(one)) for one in error.errors() if not _follows(dict(one))]
        raise SettingsError("; ".join(lines)) from error


def _follows(problem: dict[str, Any]) -> bool:
    """Whether it only says that a list is empty without its entries, each refused already."""
    return problem["type"] == "too_short" and bool(problem["input"])


def _problem(problem: dict[str, Any]) -> str:
    path = [str(part) for part in problem["loc"]]
    # Behind the number of an entry stands the name of its generator or label.
    shown = [
        part
        for before, part in pairwise(["", *path])
        if not before.isdigit() or part.isdigit() or part not in ENTRIES
    ]
    name = ".".join([SECTION, *shown])
    if problem["type"] == "extra_forbidden":
        return f"Unknown setting '{name}'; {nearest(path[-1], _known_names(path[:-1]))}"
    if problem["type"] == "union_tag_invalid":
        tag = str(problem["ctx"]["tag"])
        return f"Setting '{name}': unknown {tag!r}; {nearest(tag, _choices(path))}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"Setting '{name}': {message} (got {problem['input']!r})"


def _choices(path: list[str]) -> Iterable[str]:
    if "signal_sets" in path:
        return SIGNAL_OPTIONS
    if path[:2] == ["regime", "rules"]:
        return RULE_OPTIONS
    if "learners" in path:
        return LEARNER_OPTIONS
    return LABEL_OPTIONS if "label_sets" in path else FEATURE_OPTIONS


def _known_names(path: list[str]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in path:
        field = model.model_fields.get(part)
        inner = ENTRIES.get(part) if field is None else LISTS.get(part, field.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    return list(model.model_fields)
