"""What a configuration item of a source system is here: mapped, found elsewhere, or refused."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

How = Literal["mapped", "elsewhere", "refused"]


@dataclass(frozen=True)
class Item:
    """A configuration item: pattern of its dotted name, our name for it, and a sentence."""

    name: str
    ours: str
    how: How
    sentence: str


def _entries(how: How, names: str, ours: str, sentence: str) -> list[Item]:
    return [Item(name, ours, how, sentence) for name in names.split()]


mapped = partial(_entries, "mapped")
elsewhere = partial(_entries, "elsewhere")
refused = partial(_entries, "refused")
