"""``freqai-regimes import-itb``: an ITB configuration as one of freqtrade's, and what is lost."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import rapidjson
from freqtrade.misc import deep_merge_dicts
from rich.console import Console
from rich.table import Table
from rich.text import Text

from freqai_regimes.cli.itb_entries import (
    MOST_STARTUP_CANDLES,
    feature_entries,
    label_entries,
    made_features,
    made_labels,
    needs_extras,
    plain,
)
from freqai_regimes.cli.itb_messages import messages
from freqai_regimes.cli.itb_names import Line, in_words, item_of, names_in
from freqai_regimes.cli.itb_signals import signals
from freqai_regimes.cli.itb_sources import source_entries
from freqai_regimes.cli.itb_training import market, rolling, timeframe_of, training
from freqai_regimes.cli.source_004_items import source_004
from freqai_regimes.errors import SettingsError
from freqai_regimes.features.engine import GENERATORS
from freqai_regimes.features.options import FeatureOptions
from freqai_regimes.settings import parse_settings

WIDTH = 100  # columns of a terminal
NOT_USABLE = 2
#: What the shipped presets need before the first candle, for regime and volatility.
LEAST_STARTUP_CANDLES = 600
#: Items beside an entry that speak of it alone.
_COMPANIONS = {
    "base_window": "feature_sets.binance_main",
    "averaging_windows": "feature_sets.binance_main",
    "area_windows": "feature_sets.binance_main",
    "use_differences": "feature_sets.binance_main",
    "highlow_horizon": "label_sets.highlow",
}

Config = dict[str, Any]
_RELAXED = rapidjson.PM_COMMENTS | rapidjson.PM_TRAILING_COMMAS
_HEADINGS = {
    "mapped": "carried over",
    "elsewhere": "done elsewhere",
    "refused": "not carried over",
    "unknown": "not known",
}
_COLOURS = {"mapped": "green", "elsewhere": "cyan", "refused": "yellow", "unknown": "red"}


@dataclass(frozen=True)
class Imported:
    """A fragment of a freqtrade configuration, and what became of each item of the original.

    ``missing`` says what a usable configuration would still need; empty if it is one.
    """

    fragment: Config
    lines: tuple[Line, ...]
    missing: str


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "import-itb", help="translate a configuration of the Intelligent Trading Bot"
    )
    parser.add_argument("config", type=Path, help="its .json or .jsonc file")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="a new file; by default it is printed"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Translate and say what was carried over; returns 2 if nothing usable came out."""
    if options.output is not None and options.output.exists():
        raise SettingsError(f"{options.output} exists already: choose another name for --output.")
    imported = translate(read_itb(options.config))
    console = Console(width=WIDTH, stderr=options.output is None)
    console.print(_table(imported.lines))
    if imported.missing:
        console.print(Text(f"No usable configuration: {imported.missing}", "bold red"))
        return NOT_USABLE
    text = json.dumps(imported.fragment, indent=4, ensure_ascii=False) + "\n"
    if options.output is None:
        print(text, end="")
    else:
        options.output.write_text(text, encoding="utf-8")
        console.print(
            f"Written to {options.output}. A preset gives the rest, as the regimes: freqai-regimes "
            f"backtest --preset regime-4h --config {options.output}",
            soft_wrap=True,
        )
    return 0


def read_itb(path: Path) -> Config:
    """Read JSON with comments and trailing commas.

    Raises
    ------
    SettingsError
        If there is no such file, or it is no JSON object; the text names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path} cannot be read ({error}): give an ITB configuration."
        ) from None
    try:
        config = rapidjson.loads(text, parse_mode=_RELAXED)
    except rapidjson.JSONDecodeError as error:
        raise SettingsError(f"{path} is no JSON with comments: {_place(error, text)}.") from error
    if not isinstance(config, dict):
        raise SettingsError(f"{path} holds {type(config).__name__}, not an object {{...}}.")
    return config


def translate(config: Config) -> Imported:
    """Translate a configuration of ITB or of source 004.

    Raises
    ------
    SettingsError
        If a value that everything else rests on (time, rows) is not what it should be.
    """
    timeframe = timeframe_of(config)
    fragments, lines = source_004(config, timeframe)
    if "freq" in config:
        lines.append(Line("freq", "mapped", f"timeframe: {timeframe}"))
    parts: list[Callable[[], tuple[Config, list[Line]]]] = [
        lambda: market(config),
        lambda: training(config, timeframe),
        lambda: rolling(config, timeframe),
        lambda: _features(config),
        lambda: _labels(config),
    ]
    for part in parts:
        fragment, more = part()
        fragments.append(fragment)
        lines += more
    whole: Config = {
        "timeframe": timeframe,
        "startup_candle_count": LEAST_STARTUP_CANDLES,
        "freqai": {"feature_parameters": {"include_timeframes": [timeframe]}},
    }
    for fragment in fragments:
        whole = deep_merge_dicts(fragment, whole)
    for part_of in (signals, messages):  # both build on what was carried over so far
        fragment, more = part_of(config, whole.get("regimes", {}))
        whole = deep_merge_dicts(fragment, whole)
        lines += more
    told = {line.item: line for line in lines}
    lines += [_from_table(name, config, told) for name in names_in(config) if name not in told]
    return Imported(whole, tuple(sorted(lines, key=_order(config))), _missing(whole))


def _features(config: Config) -> tuple[Config, list[Line]]:
    sources, lines = source_entries(config)
    entries, more = feature_entries(config, sources)
    lines += more
    fragment: Config = {}
    if entries:
        fragment = {"regimes": {"feature_sets": [plain(entry) for entry in entries]}}
        listed = [source.model_dump(mode="json", exclude_defaults=True) for source in sources]
        listed += [{"kind": "kline_extras"}] if needs_extras(entries) else []
        fragment["regimes"] |= {"sources": listed} if listed else {}
        startup, line = _startup(config, entries)
        fragment["startup_candle_count"] = startup
        lines += line
    if "train_features" in config:
        wanted = [str(name) for name in config["train_features"] or []]
        made = {name for entry in entries for name in made_features(entry, sources)}
        trained = [name for name in wanted if name in made]
        lost = [name for name in wanted if name not in made]
        words = f"regimes.train_features: {len(trained)} of {len(wanted)}"
        if lost:
            words += f"; no carried entry makes {', '.join(lost)}"
        lines.append(Line("train_features", "mapped" if trained else "refused", words))
        if trained:
            fragment["regimes"]["train_features"] = trained
    return fragment, lines


def _startup(config: Config, entries: list[FeatureOptions]) -> tuple[int, list[Line]]:
    """Candles before the first that is predicted, for features, regime and volatility."""
    warm_ups = [GENERATORS[e.model_dump()["generator"]].warm_up_candles(e) for e in entries]
    stated = config.get("features_horizon")
    needed = max(LEAST_STARTUP_CANDLES, *warm_ups, stated if isinstance(stated, int) else 0)
    startup = min(needed, MOST_STARTUP_CANDLES)
    if "features_horizon" not in config:
        return startup, []
    words = f"startup_candle_count: {startup}"
    if startup < needed:
        words += ", which is what freqtrade can load at most; the features need fewer"
    return startup, [Line("features_horizon", "mapped", words)]


def _labels(config: Config) -> tuple[Config, list[Line]]:
    entries, lines = label_entries(config)
    regimes: Config = {}
    made = [name for entry in entries for name in made_labels(entry)]
    wanted = [str(name) for name in config.get("labels") or made]
    trained = next((name for name in wanted if name in made), None)
    if trained is not None:
        regimes = {
            "entry": "regime",
            "label_sets": [plain(entry) for entry in entries],
            "train_label": trained,
        }
        others = [name for name in dict.fromkeys(wanted) if name in made and name != trained]
        regimes |= {"train_labels": others} if others and "labels" in config else {}
    if "labels" in config:
        words = f"regimes.train_label: {trained or 'none of them is made here'}"
        if further := regimes.get("train_labels"):
            words += f"; regimes.train_labels: {', '.join(further)}"
        if lost := [name for name in wanted if name not in made]:
            words += f"; no carried entry makes {', '.join(lost)}"
        lines.append(Line("labels", "mapped" if trained else "refused", words))
    fragment: Config = {"regimes": regimes} if regimes else {}
    horizon = config.get("label_horizon")
    if isinstance(horizon, int) and horizon > 0:
        fragment["freqai"] = {"feature_parameters": {"label_period_candles": horizon}}
        lines.append(Line("label_horizon", "mapped", in_words("label_horizon")))
    return fragment, lines


def _from_table(name: str, config: Config, told: dict[str, Line]) -> Line:
    """What the table says of an item that nothing was made of."""
    item = item_of(name)
    if name == "merge_interpolate" and not config[name]:
        return Line(name, "mapped", "Nothing is interpolated here either.")
    if item is None:
        return Line(name, "unknown", in_words(name))
    if item.how != "mapped":
        return Line(name, item.how, in_words(name))
    beside = told.get(_COMPANIONS.get(name, ""))
    return Line(name, beside.how if beside else "refused", in_words(name))


def _missing(fragment: Config) -> str:
    regimes = fragment.get("regimes", {})
    if not regimes.get("feature_sets"):
        return "no feature could be carried over."
    if not regimes.get("label_sets"):
        return "no label could be carried over."
    try:
        parse_settings(fragment)
    except SettingsError as error:
        return str(error)
    return ""


def _order(config: Config) -> Callable[[Line], tuple[int, int]]:
    """By what became of an item, then as in the original."""
    place = {name: number for number, name in enumerate(names_in(config))}
    kinds = list(_HEADINGS)
    return lambda line: (kinds.index(line.how), place.get(line.item, len(place)))


def _place(error: rapidjson.JSONDecodeError, text: str) -> str:
    """The error with its line instead of rapidjson's offset."""
    words = str(error)
    offset = words.removeprefix("Parse error at offset ").partition(":")[0]
    if not offset.isdigit():
        return words
    line = text.encode()[: int(offset)].count(b"\n") + 1
    return f"line {line}:{words.partition(':')[2]}".rstrip(".")


def _table(lines: tuple[Line, ...]) -> Table:
    table = Table(width=WIDTH, pad_edge=False, show_lines=False)
    table.add_column("item", overflow="fold", max_width=38)
    table.add_column("what became of it", overflow="fold", ratio=1)
    for how, of_kind in groupby(lines, lambda line: line.how):
        table.add_section()
        table.add_row(Text(_HEADINGS[how].upper(), f"bold {_COLOURS[how]}"), "")
        for words, same in groupby(of_kind, lambda line: line.words):
            names = dict.fromkeys(line.item for line in same)
            table.add_row(Text("\n".join(names)), Text(words))
    return table
