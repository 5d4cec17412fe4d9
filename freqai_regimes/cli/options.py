"""Options that backtest and dry-run share."""

from __future__ import annotations

import argparse
from pathlib import Path

from freqai_regimes.cli.run_config import DEFAULT_PRESET, RunConfig, preset_names
from freqai_regimes.errors import SettingsError

MARKETS = ("local", "binance")


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add preset, market, pairs, model, user directory and further configuration files."""
    parser.add_argument(
        "--preset", default=DEFAULT_PRESET, help=f"one of {', '.join(preset_names())}"
    )
    parser.add_argument(
        "--market",
        default="local",
        choices=MARKETS,
        help="local: no network, no account; binance: the real exchange (default: local)",
    )
    parser.add_argument("--pairs", nargs="+", help="by default those of the market's file")
    parser.add_argument("--futures", action="store_true", help="USDT-M futures, long and short")
    parser.add_argument(
        "--model", choices=("on", "off"), default="on", help="off: regime alone, no FreqAI"
    )
    parser.add_argument(
        "--userdir", type=Path, default=Path("user_data"), help="freqtrade's user directory"
    )
    parser.add_argument(
        "--config", type=Path, action="append", default=[], help="your own file, merged last"
    )
    parser.add_argument("--verbose", action="store_true", help="show freqtrade's whole log")


def load_run(options: argparse.Namespace) -> tuple[RunConfig, list[str]]:
    """Configuration and pairs of the run; futures names such as BTC/USDT:USDT imply ``--futures``.

    Raises
    ------
    SettingsError
        If spot and futures names are mixed up, a pair is given twice, or the settings are not
        allowed.
    """
    given = [pair for text in options.pairs or () for pair in text.split()]
    options.futures = options.futures or any(":" in pair for pair in given)
    config = RunConfig.load(
        options.preset,
        futures=options.futures,
        model=options.model == "on",
        own=tuple(options.config),
    )
    pairs: list[str] = given or config.merged["exchange"]["pair_whitelist"]
    for pair in pairs:
        if ("/" not in pair) or ((":" in pair) != options.futures):
            form = "BTC/USDT:USDT for futures" if options.futures else "BTC/USDT for spot"
            raise SettingsError(f"Pair {pair!r} is not allowed here: write it as {form}.")
    if len(set(pairs)) < len(pairs):
        raise SettingsError(f"A pair is given twice: {' '.join(pairs)}.")
    try:
        options.userdir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"User directory {options.userdir} cannot be made ({error}). Give another --userdir."
        ) from error
    return config, pairs
