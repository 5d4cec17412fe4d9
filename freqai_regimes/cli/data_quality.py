"""``freqai-regimes data-quality``: what stored candles hold, and whether any are damaged."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from freqai_regimes.candle_quality import (
    NEIGHBOURS,
    WICK_MULTIPLE,
    Disagreement,
    Gaps,
    Runs,
    SeriesQuality,
    Wicks,
    data_quality,
)
from freqai_regimes.errors import SettingsError

WIDTH = 100  # columns of a terminal
DAMAGED = 1
NOTHING = "-"


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "data-quality", help="gaps, silence, outliers and damage of stored candles"
    )
    parser.add_argument(
        "--datadir", type=Path, required=True, help="a freqtrade data directory to look at"
    )
    parser.add_argument("--pairs", nargs="+", help="by default all that are stored")
    parser.add_argument(
        "--wick-multiple",
        type=float,
        default=WICK_MULTIPLE,
        help=f"usual ranges from which a wick is an outlier (default: {WICK_MULTIPLE:g})",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all of it as JSON too")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the table; returns 1 if a file is damaged (gaps are not damage)."""
    if not options.wick_multiple > 0:
        raise SettingsError(f"--wick-multiple is {options.wick_multiple}: give one above 0.")
    found = data_quality(options.datadir, options.pairs, wick_multiple=options.wick_multiple)
    rule = (
        f"Outlier wick: longer than {options.wick_multiple:g} times the median range of the "
        f"{NEIGHBOURS} candles around it."
    )
    if options.json:
        plain = {"wick_rule": rule, "series": [asdict(one) for one in found]}
        options.json.write_text(json.dumps(plain, indent=1))
    console = Console(width=WIDTH)
    console.print(_table(found))
    console.print(Text(f"Gaps, silence: candles in places. Times in UTC. {rule}"))
    damaged = [one for one in found if one.damage]
    for one in damaged:
        for sentence in one.damage:
            console.print(Text(f"\n{one.file}: {sentence}", "red"))
    if damaged:
        console.print(Text(f"\nDAMAGED: {len(damaged)} of {len(found)} file(s).", "bold red"))
        return DAMAGED
    console.print(Text(f"\nNo damage in {len(found)} file(s).", "bold green"))
    return 0


def _table(found: list[SeriesQuality]) -> Table:
    """Two or three short lines a file, so that eight columns fit."""
    table = Table(width=WIDTH, pad_edge=False, collapse_padding=True, show_lines=True)
    table.add_column("candles", overflow="fold")
    table.add_column("first, last", no_wrap=True)
    for title in ("rows", "gaps", "no volume", "flat", "wicks", "unlike finer"):
        table.add_column(title, justify="right", overflow="fold")
    for one in found:
        name = Text(f"{one.pair}\n{one.timeframe} {one.candle_type}")
        span = f"{one.first or NOTHING}\n{one.last or NOTHING}"
        if one.damage:
            counts = [
                f"{count:,} {what}"
                for what, count in (
                    ("repeated", one.duplicates),
                    ("out of order", one.out_of_order),
                    ("off raster", one.off_raster),
                )
                if count
            ]
            table.add_row(name, span, f"{one.rows:,}", Text("\n".join(["damaged", *counts]), "red"))
        else:
            silence = [_runs(runs) for runs in (one.gaps, one.no_volume, one.flat)]
            others = _wicks(one.wicks), _disagreement(one.against_finer)
            table.add_row(name, span, f"{one.rows:,}", *silence, *others)
    return table


def _runs(runs: Gaps | Runs | None) -> str:
    if runs is None or not runs.count:
        return NOTHING
    candles = runs.missing_candles if isinstance(runs, Gaps) else runs.candles
    first = f"\n{str(runs.first)[:10]}" if isinstance(runs, Gaps) else ""
    return f"{candles:,} in {runs.count:,}\nlongest {runs.longest_candles:,}{first}"


def _wicks(wicks: Wicks | None) -> str:
    if wicks is None or not wicks.count:
        return NOTHING
    return f"{wicks.count:,}\n{wicks.longest_multiple:g}x"


def _disagreement(found: Disagreement | None) -> str:
    if found is None:
        return NOTHING
    against = f"{found.different:,} of {found.compared:,}\n{found.finer}"
    return f"{against}, {str(found.first)[:10]}" if found.first else against
