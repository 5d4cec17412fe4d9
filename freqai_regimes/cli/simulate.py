"""``freqai-regimes simulate``: the alternating rule over a score, on a grid of thresholds."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from freqai_regimes.cli.logged_simulation import log_simulation
from freqai_regimes.cli.scored_candles import (
    PARTS,
    Scored,
    between,
    read_scored,
    thresholds_of,
    utc,
)
from freqai_regimes.errors import SettingsError
from freqai_regimes.evaluation.alternating_trades import Market
from freqai_regimes.evaluation.hyperopt_trials import annual
from freqai_regimes.evaluation.threshold_grid import (
    DIRECTIONS,
    Choice,
    GridResult,
    by_month,
    evaluate,
    search,
)
from freqai_regimes.evidence.backtest_overfitting import Overfitting, backtest_overfitting
from freqai_regimes.evidence.json_values import json_values

WIDTH = 100  # columns of a terminal


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "simulate", help="buy and sell in turn by a score, on a grid of thresholds"
    )
    add = parser.add_argument
    add("path", type=Path, help="a run's folder, or one .feather, .parquet or .csv of candles")
    add("--pairs", nargs="+", help="of the run; by default all of them, the same money in each")
    add("--score", help="column; by default trade_score, else score")
    add("--buy", default="0.02:0.4:20", help=f"{PARTS} (0.02:0.4:20)")
    add("--sell", help="the same; by default the negatives of --buy. Write --sell=-0.4:-0.02:20")
    add("--equal", action="store_true", help="sell at the negative of each buy threshold alone")
    add("--direction", choices=DIRECTIONS, default="both", help="trades that count (both)")
    add("--cost", type=float, help="of one side, a fraction; by default the run's fee and slippage")
    add("--fill", choices=("open", "close"), default="open", help="next open, or the same close")
    add("--start", help="first day of the candles used, as 2024-01-31")
    add("--end", help="day before which is chosen; what follows it shows the same thresholds")
    add("--best", type=int, default=10, help="so many are shown (10)")
    add("--json", type=Path, metavar="FILE", help="write all of it as JSON too")
    add(
        "--userdir",
        type=Path,
        default=Path("user_data"),
        help="freqtrade's user directory, whose log of runs counts the tries",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Search, print the best, the months of the best, and what it is worth."""
    scored = read_scored(options.path, options.pairs, options.score)
    cost = scored.cost if options.cost is None else options.cost
    if not 0 <= cost < 1:
        raise SettingsError(f"--cost is {cost:g}: give a fraction from 0 to below 1.")
    start, end = utc(options.start, "--start"), utc(options.end, "--end")
    markets = _markets(scored, start, end, options.fill)
    buys = thresholds_of(options.buy, "--buy")
    sells = thresholds_of(options.sell, "--sell") if options.sell else [-buy for buy in buys]
    found = search(
        markets, buys, None if options.equal else sells, direction=options.direction, cost=cost
    )
    log_simulation(options.userdir, scored, found, (start, end), (cost, options.fill))
    later = _later(scored, found, end, options, cost)
    best = found.choices[0]
    months = by_month(markets, best.buy_threshold, best.sell_threshold, cost)
    choosing = backtest_overfitting(pd.DataFrame(dict(enumerate(c.daily for c in found.choices))))
    if options.json:
        plain = {"score": scored.score, "cost": cost, "fill": options.fill, "months": months}
        options.json.write_text(json.dumps(plain | _plain(found, choosing, later), indent=1))
    console = Console(width=WIDTH)
    console.print(_choices(found, later, options.best))
    console.print(_months(months))
    for sentence in _sentences(scored, found, choosing, cost):
        console.print(Text(sentence))
    return 0


def _markets(
    scored: Scored, start: pd.Timestamp | None, end: pd.Timestamp | None, fill: str
) -> list[Market]:
    frames = between(scored, start, end)
    first = min(frame["date"].iloc[0] for frame in frames)
    return [Market.of(frame, scored.score, fill == "close", first) for frame in frames]


def _later(
    scored: Scored,
    found: GridResult,
    end: pd.Timestamp | None,
    options: argparse.Namespace,
    cost: float,
) -> list[Choice]:
    """The best ones again, on the candles after those on which they were chosen."""
    if end is None:
        return []
    markets = _markets(scored, end, None, options.fill)
    return [
        evaluate(markets, c.buy_threshold, c.sell_threshold, direction=found.direction, cost=cost)
        for c in found.choices[: options.best]
    ]


def _choices(found: GridResult, later: list[Choice], best: int) -> Table:
    table = Table(width=WIDTH, pad_edge=False, title=f"Best of {len(found.choices)} by month")
    titles = ["buy from", "sell from", "trades", "won", "return", "a month", "open", "Sharpe"]
    for title in titles + (["later: a month", "Sharpe"] if later else []):
        table.add_column(title, justify="right")
    for place, choice in enumerate(found.choices[:best]):
        own = choice.performance[found.direction]
        cells = [
            f"{choice.buy_threshold:g}",
            f"{choice.sell_threshold:g}",
            f"{own.transactions:,}",
            f"{own.profitable:.1%}",
            f"{own.total_return:+.2%}",
            f"{own.monthly_return:+.2%}",
            f"{own.open_return:+.2%}",
            f"{annual(choice.sample.sharpe):+.2f}",
        ]
        if later:
            after = later[place]
            cells.append(f"{after.performance[found.direction].monthly_return:+.2%}")
            cells.append(f"{annual(after.sample.sharpe):+.2f}")
        table.add_row(*cells)
    return table


def _months(months: dict[str, dict[str, float]]) -> Table:
    table = Table(pad_edge=False, title="The best by month")
    for title in ("month", "trades", "both", "long", "short"):
        table.add_column(title, justify="right")
    for month, own in months.items():
        returns = (f"{own[name]:+.2%}" for name in DIRECTIONS)
        table.add_row(month, f"{own['trades']:,.0f}", *returns)
    return table


def _sentences(scored: Scored, found: GridResult, choosing: Overfitting, cost: float) -> list[str]:
    tries, best = len(found.choices), found.choices[0]
    return [
        f"{scored.score} of {', '.join(scored.frames)}; {cost:.4%} paid on each side. Returns add "
        "up, money is not put to work again; no stops, no sizes: judge a strategy by the backtest.",
        f"SELECTION BIAS: thresholds chosen on the candles they are judged by look better than "
        f"they are. The best of {tries} has a Sharpe ratio of {annual(best.sample.sharpe):+.2f} a "
        f"year; so many without skill would show {annual(found.chance):+.2f}.",
        f"Probability that it is above 0: {found.psr:.3f}; above that of chance (deflated Sharpe "
        f"ratio, {tries} tries): {found.dsr:.3f} by the variance between the tries, "
        f"{found.dsr_by_chance:.3f} by that of pure chance.",
        choosing.reason,
    ]


def _plain(found: GridResult, choosing: Overfitting, later: list[Choice]) -> dict[str, Any]:
    whole = asdict(found)
    deflated = {name: whole[name] for name in ("variance", "chance", "psr", "dsr", "dsr_by_chance")}
    return {
        "direction": found.direction,
        "deflated": {"trials": len(found.choices), **deflated},
        "overfitting": json_values(choosing),
        "choices": [_without_days(choice) for choice in whole["choices"]],
        "later": [_without_days(asdict(choice)) for choice in later],
    }


def _without_days(choice: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in choice.items() if name != "daily"}
