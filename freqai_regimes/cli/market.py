"""``freqai-regimes market``: write a built-in market as a freqtrade data directory."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from freqai_regimes.synthetic_market import MarketSpec, build_market


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line; its defaults are those of ``MarketSpec``."""
    default = MarketSpec()
    parser = subparsers.add_parser(
        "market", help="write seeded candles with known regimes and a planted signal"
    )
    parser.add_argument("--datadir", type=Path, required=True, help="where to write them")
    parser.add_argument("--pairs", nargs="+", default=list(default.pairs))
    parser.add_argument("--timeframe", default=default.timeframe, help="finest candles")
    parser.add_argument("--timeframes", nargs="+", default=list(default.timeframes))
    parser.add_argument("--start", default=default.start, help="first day, YYYY-MM-DD")
    parser.add_argument("--days", type=int, default=default.days)
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument(
        "--signal-strength",
        type=float,
        default=default.signal_strength,
        help="rank correlation that the planted signal allows; 0 plants none",
    )
    parser.add_argument(
        "--signal-horizon-candles", type=int, default=default.signal_horizon_candles
    )
    parser.add_argument("--signal-by-spell", action="store_true", help="turned over in bear spells")
    parser.add_argument(
        "--spell-days", type=float, default=default.spell_days, help="mean length; 0: no spells"
    )
    parser.add_argument("--gaps", type=int, default=default.gaps, help="runs of missing candles")
    parser.add_argument("--futures", action="store_true", help="futures, mark and funding too")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Build the market and name its directory."""
    known = MarketSpec.__dataclass_fields__
    spec = MarketSpec(**{name: value for name, value in vars(options).items() if name in known})
    print(build_market(spec, options.datadir))
    return 0
