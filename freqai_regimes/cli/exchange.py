"""``freqai-regimes exchange``: the local exchange on its own, until it is interrupted."""

from __future__ import annotations

import argparse
import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from freqai_regimes.errors import ExchangeError
from freqai_regimes.local_exchange.clock import CLOCK_KINDS, SHIFTED
from freqai_regimes.local_exchange.faults.rule import FaultRule, read_rules
from freqai_regimes.local_exchange.server import serve
from freqai_regimes.local_exchange.trading.desk import START_MONEY, TradingOptions


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
    parser.add_argument(
        "--trading",
        action="store_true",
        help="accounts with made-up money and made-up keys; books at /audit, events at /events",
    )
    parser.add_argument(
        "--balance",
        action="append",
        metavar="COIN=AMOUNT",
        help=f"begin with this (default USDT={START_MONEY}); several times for several coins",
    )
    parser.add_argument(
        "--bnb-fees",
        action="store_true",
        help="take spot fees in BNB, a quarter less, while there is some (--balance BNB=1)",
    )
    parser.add_argument("--events", type=Path, help="file for one JSON line an event")
    parser.add_argument("--faults", type=Path, help="JSON list of faults to inject")
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
        trading=_trading(options),
        faults=_faults(options.faults),
    )
    return 0


def _trading(options: argparse.Namespace) -> TradingOptions | None:
    if not options.trading:
        if options.balance or options.events or options.bnb_fees:
            raise ExchangeError("--balance, --bnb-fees and --events belong to --trading: add it.")
        return None
    balances = dict(_balance(text) for text in options.balance or [f"USDT={START_MONEY}"])
    if options.bnb_fees and "BNB" not in balances:
        raise ExchangeError("--bnb-fees without BNB in the account: add --balance BNB=1.")
    return TradingOptions(balances=balances, events=options.events, bnb_fees=options.bnb_fees)


def _balance(text: str) -> tuple[str, Decimal]:
    coin, _, amount = text.partition("=")
    try:
        value = Decimal(amount)
    except InvalidOperation:
        value = Decimal("NaN")
    if not coin.isalnum() or not value.is_finite() or value <= 0:
        raise ExchangeError(f"Balance {text!r} is none: use COIN=AMOUNT, such as USDT=10000.")
    return coin.upper(), value


def _faults(path: Path | None) -> list[FaultRule]:
    if path is None:
        return []
    try:
        return read_rules(json.loads(path.read_text()))
    except (OSError, ValueError) as error:
        raise ExchangeError(f"Faults {path} cannot be read ({error}).") from error
