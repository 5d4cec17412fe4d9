"""Translates the data sources of an ITB configuration: other symbols under their prefixes."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from freqai_regimes.cli.itb_names import Line, in_words
from freqai_regimes.cli.itb_training import pair_of, timeframe_of
from freqai_regimes.errors import SettingsError
from freqai_regimes.sources import SourceOptions

ITEM = "data_sources.column_prefix"


def source_entries(config: dict[str, Any]) -> tuple[list[SourceOptions], list[Line]]:
    """The sources with a prefix; those that cannot be carried over have a line that says why."""
    given = config.get("data_sources")
    prefixed = [
        entry
        for entry in (given if isinstance(given, list) else [])
        if isinstance(entry, dict) and "column_prefix" in entry
    ]
    others = [entry for entry in prefixed if entry["column_prefix"]]
    if prefixed and not others:
        return [], [Line(ITEM, "mapped", "The source without a prefix is the pair itself.")]
    carried, lines = [], []
    for entry in others:
        try:
            options = _source(entry, timeframe_of(config))
        except SettingsError as error:
            lines.append(Line(ITEM, "refused", f"{entry['column_prefix']}: {error}"))
            continue
        carried.append(options)
        words = f"{options.column_prefix} is {options.pair}; {in_words(ITEM)}"
        lines.append(Line(ITEM, "mapped", words))
    return carried, lines


def prefix_of(given: Any) -> str:
    """Our prefix for one of ITB, which puts an underscore behind it.

    >>> prefix_of("eth")
    'eth_'
    """
    return f"{given}_"


def _source(entry: dict[str, Any], timeframe: str) -> SourceOptions:
    folder, file = entry.get("folder"), str(entry.get("file") or "klines")
    pair = pair_of(folder)
    if pair is None or file not in ("klines", "futures"):
        raise SettingsError(
            f"Folder {folder!r} with file {file!r} is no symbol with klines or futures: add it to "
            "regimes.sources by hand, kind file for a CSV or parquet of your own."
        )
    if file == "futures":
        pair = f"{pair}:{pair.partition('/')[2]}"
    prefix = prefix_of(entry["column_prefix"])
    try:
        return SourceOptions(kind="pair", column_prefix=prefix, pair=pair, timeframe=timeframe)
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{message}: choose a prefix of letters and digits.") from error
