"""``freqai-regimes exchange``: the local exchange on its own, until it is interrupted."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from freqai_regimes.local_exchange.clock import CLOCK_KINDS, SHIFTED
from freqai_regimes.local_exchange.server import serve


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "exchange", help="serve stored candles as a Binance-shaped exchange on loopback"
    )
    parser.add_argument("--datadir", type=Path, required=True, help="a freqtrade data directory")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument(
        "--clock",
        choices=CLOCK_KINDS,
        default=SHIFTED,
        help="shifted: history moved by whole weeks to now; wall: as it is; set: by POST /clock",
    )
    parser.add_argument("--start", help="first moment of a set clock, e.g. 2025-06-01T00:00")
    parser.add_argument("--weeks", type=int, help="of a shifted clock: as in an earlier run")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    serve(
        options.datadir,
        host=options.host,
        port=options.port,
        clock=options.clock,
        start=options.start,
        weeks=options.weeks,
    )
    return 0
