"""``freqai-regimes certify``: the proof that nothing a configuration computes looks ahead."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from rich.console import Console

from freqai_regimes.candles import FUTURES, SPOT, read_candles, timeframe_seconds
from freqai_regimes.causality.certificate_page import certificate_page
from freqai_regimes.causality.certify import certify
from freqai_regimes.causality.market import Market
from freqai_regimes.cli.built_in_market import build_for
from freqai_regimes.cli.options import add_run_options, load_run
from freqai_regimes.freqtrade_bridge.certified import certified_subjects

DEFAULT_ROWS = 20000


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "certify", help="prove that features, labels, regime and signals do not look ahead"
    )
    add_run_options(parser)
    parser.add_argument("--datadir", type=Path, help="candles to try it on; else built-in ones")
    parser.add_argument(
        "--rows", type=int, default=DEFAULT_ROWS, help=f"last candles used ({DEFAULT_ROWS})"
    )
    parser.add_argument("--json", type=Path, help="write the findings here")
    parser.add_argument("--html", type=Path, help="write a page here")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Certify on the first pair; returns 1 if anything looks ahead."""
    config, pairs = load_run(options)
    datadir = options.datadir or build_for(config, pairs, options.userdir)
    kind = FUTURES if options.futures else SPOT
    base = config.merged["timeframe"]
    candles = read_candles(datadir, pairs[0], base, kind).tail(options.rows)
    wanted = {*config.timeframes, config.settings.regime.timeframe} - {base}
    coarser = sorted(wanted, key=timeframe_seconds)
    market = Market.of(candles, base, coarser=coarser)
    subjects = certified_subjects(config.merged, config.settings, market.inputs())
    certificate = certify(subjects, market, workers=os.cpu_count() or 1)
    certificate.show(Console())
    if options.json:
        options.json.write_text(json.dumps(certificate.to_json(), indent=1))
    if options.html:
        options.html.write_text(certificate_page(certificate), encoding="utf-8")
    return certificate.exit_code
