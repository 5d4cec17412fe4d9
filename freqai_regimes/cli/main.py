"""Parses the command line and turns every known error into one line and a non-zero exit."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from freqai_regimes import __version__
from freqai_regimes.cli import (
    backtest,
    certify,
    data_quality,
    dry_run,
    exchange,
    hyperopt_report,
    import_itb,
    installation,
    kline_extras,
    market,
    registry,
    replay,
    run_list,
    setting_list,
    shadow_backtest,
    simulate,
    walk_forward,
)
from freqai_regimes.errors import RegimesError

COMMANDS = (
    backtest,
    walk_forward,
    replay,
    dry_run,
    shadow_backtest,
    certify,
    exchange,
    market,
    data_quality,
    kline_extras,
    simulate,
    hyperopt_report,
    import_itb,
    registry,
    run_list,
    setting_list,
    installation,
)
INTERRUPTED = 130


def build_parser() -> argparse.ArgumentParser:
    """Parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="freqai-regimes",
        description="Regime-aware FreqAI strategy for freqtrade, with an exchange of its own.",
    )
    parser.add_argument("--version", action="version", version=f"freqai-regimes {__version__}")
    subparsers = parser.add_subparsers(required=True, metavar="command")
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns its exit code (2 for a known error, as freqtrade does)."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("freqtrade").setLevel(logging.WARNING)
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except RegimesError as error:
        print(f"freqai-regimes: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader, head for instance, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
