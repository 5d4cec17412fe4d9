"""``freqai-regimes shadow-backtest``: what a bot did, beside what the backtest says it should."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.cli.backtest_run import Backtest, RunData, run_backtest
from freqai_regimes.cli.bot_run import BotRun, database_of, parse_period
from freqai_regimes.cli.run_config import RunConfig, new_run_folder, one_at_a_time
from freqai_regimes.cli.shadow_candles import candles_of
from freqai_regimes.cli.stored_data import check_stored, stored_period
from freqai_regimes.errors import RegimesError, SettingsError
from freqai_regimes.evaluation.record import read_record
from freqai_regimes.freqtrade_bridge.bot_database import BotTrades, read_bot_database
from freqai_regimes.freqtrade_bridge.bot_history import (
    BotHistory,
    first_predicted,
    identifier_folders,
    read_bot_history,
    recorded_pairs,
    training_stops,
)
from freqai_regimes.freqtrade_bridge.cadence import period_days, retrain_seconds
from freqai_regimes.freqtrade_bridge.shadow_sides import (
    Shadow,
    bot_side,
    fee_note,
    shadow_side,
)
from freqai_regimes.model_life.registry import ROOT
from freqai_regimes.parity.compare import WIDEST_SPREAD, compare
from freqai_regimes.parity.comparison import Comparison
from freqai_regimes.parity.page import comparison_page
from freqai_regimes.parity.terminal import print_comparison

Period = tuple[pd.Timestamp, pd.Timestamp]
WIDTH = 120  # where the output goes to no terminal
TITLE = "The bot beside its backtest"


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "shadow-backtest", help="compare what a bot did with the backtest of the same days"
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--run", type=Path, dest="run_folder", help="folder of a dry-run of ours")
    which.add_argument(
        "--config", type=Path, action="append", help="the bot's files, as freqtrade was given them"
    )
    parser.add_argument("--strategy", help="class name (default: the configuration's)")
    parser.add_argument("--userdir", type=Path, help="the bot's user directory (user_data)")
    parser.add_argument("--db-url", help="the bot's database (default: the configuration's)")
    parser.add_argument("--datadir", type=Path, help="stored candles; else they are downloaded")
    parser.add_argument("--timerange", help="only these days: YYYYMMDD-YYYYMMDD")
    parser.add_argument("--fee", type=float, help="fee of one side, as a fraction")
    parser.add_argument(
        "--balance", type=float, help="stake currency at the start (default: what is known)"
    )
    parser.add_argument("--timeframe-detail", help="finer candles for fills inside a candle")
    parser.add_argument(
        "--widest-spread",
        type=float,
        default=WIDEST_SPREAD,
        help=f"fills off by more are slippage, as a fraction ({WIDEST_SPREAD})",
    )
    parser.add_argument("--json", type=Path, help="write every difference here")
    parser.add_argument("--html", type=Path, help="write the page here (default: the run's folder)")
    parser.add_argument("--verbose", action="store_true", help="show freqtrade's whole log")
    parser.set_defaults(run=run)


@dataclass(frozen=True)
class _Past:
    """What is known of the bot.

    ``since`` is when it began; the backtest's ``period`` may begin earlier, with the window of the
    model that the bot had then.
    """

    bot: BotRun
    config: RunConfig
    pairs: list[str]
    trades: BotTrades
    history: BotHistory
    registry: Path
    since: pd.Timestamp
    period: Period

    @property
    def step(self) -> pd.Timedelta:
        return _step(self.config)

    @property
    def is_futures(self) -> bool:
        return bool(self.config.merged.get("trading_mode") == "futures")


def run(options: argparse.Namespace) -> int:
    """Backtest the bot's days and compare; 0 unless anything differs beyond the allowed."""
    past = _past(options)
    folder = new_run_folder(past.bot.userdir, "shadow-backtest")
    datadir, notes = options.datadir, list(past.history.notes)
    if datadir is None:
        datadir = candles_of(past.bot, past.config, past.pairs, past.period, folder)
    check_stored(past.config, datadir, past.pairs, futures=past.is_futures)
    start, end = stored_period(
        *past.period, past.config, datadir, past.pairs, futures=past.is_futures
    )
    if end < past.period[1]:
        notes.append(f"The stored candles end at {end:%Y-%m-%d %H:%M}; the bot ran longer.")
    data = RunData(datadir.resolve(), f"{start:%Y%m%dT%H%M}-{end:%Y%m%dT%H%M}", built_in=False)
    backtest = Backtest(folder, past.bot.strategy, _overlay(past, options.balance))
    options.userdir, options.futures = past.bot.userdir, past.is_futures
    with one_at_a_time(past.bot.userdir):
        code = run_backtest(past.config, past.pairs, data, backtest, options)
    if code:
        return code
    comparison = _compared(past, backtest, end, options.widest_spread)
    _show(comparison, past, folder, [*notes, *_notes(past)], options)
    return comparison.exit_code


# --- the bot --------------------------------------------------------------------------------------


def _past(options: argparse.Namespace) -> _Past:
    """Everything that the bot left behind."""
    bot = _bot(options)
    config = bot.config()
    trades = read_bot_database(options.db_url or database_of(config.merged), bot.strategy)
    record = config.settings.record
    record_folder = None if record is None else Path(record)
    models, label = None, f"&-{config.settings.train_label}"
    registry = bot.userdir / ROOT / "none"
    if config.model_is_on:
        identifier = config.merged["freqai"]["identifier"]
        models = next(iter(identifier_folders(bot.userdir / "models", identifier)), None)
        registry = next(iter(identifier_folders(bot.userdir / ROOT, identifier)), registry)
    pairs = recorded_pairs(record_folder, models)
    pairs = pairs or list(config.merged["exchange"].get("pair_whitelist", []))
    pairs = sorted({*pairs, *trades.trades["pair"]})
    history = read_bot_history(record_folder, models, pairs, label, _step(config))
    since, end = _period(history, trades, _step(config), options.timerange)
    spoken = first_predicted(history.candles)
    stops = [stop for stop in training_stops(registry) if spoken and stop <= max(spoken, since)]
    begins = min(stops[-1], since) if stops else since
    return _Past(bot, config, pairs, trades, history, registry, since, (begins, end))


def _bot(options: argparse.Namespace) -> BotRun:
    if options.run_folder is not None:
        return BotRun.read(options.run_folder)
    bot = BotRun(tuple(options.config), "", options.userdir or Path("user_data"))
    named = options.strategy or bot.config().merged.get("strategy")
    if not named:
        raise SettingsError("The configuration names no strategy: give it with --strategy.")
    return BotRun(bot.files, str(named), bot.userdir)


def _step(config: RunConfig) -> pd.Timedelta:
    return pd.Timedelta(seconds=timeframe_seconds(config.merged["timeframe"]))


def _period(
    history: BotHistory, known: BotTrades, step: pd.Timedelta, timerange: str | None
) -> Period:
    """From the bot's first start to its last candle, or what the user wants of it."""
    if history.spans:
        start = min(first for first, _ in history.spans).floor(step)
        end = max(frame["date"].iloc[-1] for frame in history.candles.values()) + step
    elif len(known.trades):
        moments = pd.concat([known.trades["open_date"], known.trades["close_date"]]).dropna()
        began = moments.min() if known.began is None else min(known.began, moments.min() - step)
        start, end = began.floor(step), moments.max().floor(step) + 2 * step
    else:
        raise RegimesError(
            "The bot left nothing to compare: no trades in its database, no record, no prediction "
            "history. Give its own --config, --userdir and --db-url, or let it run longer."
        )
    if timerange:
        first, last = parse_period(timerange)
        start, end = max(start, first), min(end, last)
    if start >= end:
        raise RegimesError(f"The bot did not run in {timerange}: it was {start} to {end}.")
    return start, end


# --- the backtest ---------------------------------------------------------------------------------


def _overlay(past: _Past, balance: float | None) -> dict[str, Any]:
    """What the backtest must have as the bot had it, and a place of its own for models."""
    merged = past.config.merged
    overlay: dict[str, Any] = {
        "max_open_trades": merged.get("max_open_trades", len(past.pairs)),
        "pairlists": [{"method": "StaticPairList"}],
    }
    known = balance if balance is not None else _balance(past)
    if known is not None:
        overlay["dry_run_wallet"] = known
    if past.config.model_is_on:
        overlay["freqai"] = {
            "identifier": f"shadow-of-{merged['freqai']['identifier']}",
            "backtest_period_days": period_days(retrain_seconds(merged)),
        }
    return overlay


def _balance(past: _Past) -> float | None:
    """What the bot had at the period's start, if freqtrade kept it."""
    before = past.trades.balances[: past.period[0] + past.step]
    return float(before.iloc[-1]) if len(before) and before.iloc[-1] > 0 else None


# --- the comparison -------------------------------------------------------------------------------


def _compared(past: _Past, backtest: Backtest, end: pd.Timestamp, spread: float) -> Comparison:
    record, result = read_record(backtest.record), backtest.result()
    shadow = Shadow(record, result, (past.since, end))
    live = bot_side(past.history, past.trades, past.registry, shadow)
    return compare(live, shadow_side(shadow), widest_spread=spread)


def _notes(past: _Past) -> list[str]:
    notes = []
    if past.trades.of_others:
        notes.append(f"{past.trades.of_others} trades of other strategies were left out.")
    before = int((past.trades.trades["open_date"] < past.since).sum())
    if before:
        notes.append(f"{before} trades from before {past.since:%Y-%m-%d %H:%M} were left out.")
    if not past.config.merged.get("dry_run", True) and _balance(past) is None:
        notes.append("What the bot had at the start is not known: if stakes differ, say --balance.")
    coins = {part for pair in past.pairs for part in pair.split(":")[0].split("/")}
    fees = fee_note(past.trades.fee_currencies, sorted(coins))
    return [*notes, *([fees] if fees else [])]


def _show(
    comparison: Comparison,
    past: _Past,
    folder: Path,
    notes: list[str],
    options: argparse.Namespace,
) -> None:
    currency = str(past.config.merged.get("stake_currency", ""))
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    for note in notes:
        print(note)
    print_comparison(comparison, console, currency=currency)
    if options.json:
        told = comparison.to_json() | {"notes": notes}
        options.json.write_text(json.dumps(told, indent=1))
    path = options.html or folder / "shadow.html"
    page = comparison_page(comparison, TITLE, currency=currency, notes=notes)
    path.write_text(page, encoding="utf-8")
    print(f"Page: {path}")
