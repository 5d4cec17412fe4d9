"""Finds for each item of a given configuration the row of the table that speaks of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import groupby
from typing import Any, Literal

from freqai_regimes.cli.itb_item import Item
from freqai_regimes.cli.itb_items import ITEMS

Outcome = Literal["mapped", "elsewhere", "refused", "unknown"]


@dataclass(frozen=True)
class Line:
    """What became of one item of a given configuration."""

    item: str
    how: Outcome
    words: str


#: Lists of entries, and the key by which an entry is named.
ENTRY_LISTS = {
    "feature_sets": "generator",
    "label_sets": "generator",
    "train_feature_sets": "generator",
    "signal_sets": "generator",
    "output_sets": "generator",
    "algorithms": "algo",
}


def item_of(name: str) -> Item | None:
    """The first item whose pattern fits a dotted name; items of source 004 fit at any depth.

    >>> item_of("collector.depth.limit").ours
    'freqtrade download-data'
    >>> item_of("drift.sharpe_threshold").how, item_of("no_such_thing")
    ('refused', None)
    """
    leaf = name.rpartition(".")[2]
    for given in dict.fromkeys([name, leaf]):
        for item in ITEMS:
            if fnmatchcase(given, item.name):
                return item
    return None


def in_words(name: str) -> str:
    """Our name and the sentence of the table, for an item that is in it.

    >>> in_words("symbol")
    'exchange.pair_whitelist: BTCUSDT becomes the spot pair BTC/USDT.'
    """
    item = item_of(name)
    if item is None:
        return "Not an item that is known here."
    return item.sentence if item.ours == "none" else f"{item.ours}: {item.sentence}"


def names_in(config: dict[str, Any], above: str = "") -> Iterator[str]:
    """Yield the dotted name of each item of a configuration; entries of lists by their generator.

    >>> list(names_in({"a": 1, "b": {"c": []}, "label_sets": [{"generator": "highlow"}]}))
    ['a', 'b.c', 'label_sets.highlow']
    """
    for key, value in config.items():
        name = above + key
        if name == "data_sources" and isinstance(value, list):
            keys = dict.fromkeys(k for entry in value if isinstance(entry, dict) for k in entry)
            yield from (f"{name}.{inner}" for inner in keys)
        elif name in ENTRY_LISTS and isinstance(value, list):
            yield from dict.fromkeys(f"{name}.{entry_name(name, entry)}" for entry in value)
        elif isinstance(value, dict) and value and key != "grid":
            yield from names_in(value, f"{name}.")
        else:
            yield name


def entry_name(section: str, entry: Any) -> str:
    """How an entry of a list is called: its generator or algorithm.

    >>> entry_name("algorithms", "lc"), entry_name("algorithms", {"algo": "gb"})
    ('lc', 'gb')
    """
    if isinstance(entry, dict):
        return str(entry.get(ENTRY_LISTS[section]) or entry.get("name") or "without a name")
    return str(entry)


def as_markdown() -> str:
    """Write the table as it stands in ``docs/itb.md``: one row for the items of one sentence."""
    rows = ["| item | | here | |", "|---|---|---|---|"]
    for (how, ours, sentence), group in groupby(ITEMS, lambda i: (i.how, i.ours, i.sentence)):
        names = ", ".join(f"`{item.name}`" for item in group)
        rows.append(f"| {names} | {how} | {ours} | {sentence} |")
    return "\n".join(rows) + "\n"
