"""``freqai-regimes kline-extras``: trades and taker volumes of Binance's klines, beside candles."""

from __future__ import annotations

import argparse
import copy
import logging
from pathlib import Path
from typing import Any

import pandas as pd
from freqtrade.enums import CandleType, RunMode
from freqtrade.exceptions import FreqtradeException
from freqtrade.resolvers import ExchangeResolver

from freqai_regimes.candles import FUTURES, SPOT, read_candles
from freqai_regimes.cli.built_in_market import build_for
from freqai_regimes.cli.options import add_run_options, load_run
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.errors import RegimesError, SettingsError
from freqai_regimes.freqtrade_bridge.kline_download import fetch_kline_extras
from freqai_regimes.local_exchange.freqtrade_config import exchange_overlay
from freqai_regimes.local_exchange.server import LocalExchange
from freqai_regimes.settings import Settings
from freqai_regimes.sources.kline_extras import extras_path, read_extras, write_extras
from freqai_regimes.sources.kline_files import kline_file, read_kline_file


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "kline-extras", help="number of trades and taker volumes, as a side table of the candles"
    )
    add_run_options(parser)
    parser.add_argument("--datadir", type=Path, help="where the candles lie; else the market's own")
    parser.add_argument("--timeframes", nargs="+", help="by default those the settings ask for")
    parser.add_argument(
        "--files",
        type=Path,
        nargs="+",
        help="import these of data.binance.vision (BTCUSDT-5m-2024-01.zip) instead of downloading",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Import or download; prints what is stored then."""
    config, pairs = load_run(options)
    datadir = _datadir(config, pairs, options)
    if options.files:
        stored = _import(options.files, pairs, datadir)
    else:
        timeframes = options.timeframes or extras_timeframes(config.settings, config.merged)
        stored = download(config, pairs, timeframes, datadir, local=options.market == "local")
    for pair, timeframe in stored:
        table = read_extras(datadir, pair, timeframe)
        first, last = (f"{table['date'].iloc[row]:%Y-%m-%d %H:%M}" for row in (0, -1))
        where = extras_path(datadir, pair, timeframe)
        print(f"{pair} {timeframe}: {len(table):,} candles, {first} to {last}, in {where}")
    return 0


def extras_timeframes(settings: Settings, merged: dict[str, Any]) -> list[str]:
    """Timeframes of the kline extras that the settings ask for; the base one if they ask not."""
    asked = [s.timeframe for s in settings.sources if s.kind == "kline_extras"] or [None]
    return list(dict.fromkeys(timeframe or merged["timeframe"] for timeframe in asked))


def download(
    config: RunConfig, pairs: list[str], timeframes: list[str], datadir: Path, *, local: bool
) -> list[tuple[str, str]]:
    """Fetch the extras of all stored candles of these pairs, from Binance or the local exchange."""
    if not local:
        return _downloaded(config.merged, pairs, timeframes, datadir)
    logging.getLogger("freqai_regimes.local_exchange").setLevel(logging.ERROR)  # data end: meant so
    with LocalExchange(datadir, clock="set") as exchange:
        futures = config.merged["trading_mode"] == "futures"
        overlay = exchange_overlay(exchange.url, futures=futures)
        whole = config.merged | overlay
        whole["exchange"] = {**config.merged["exchange"], **overlay["exchange"]}
        return _downloaded(whole, pairs, timeframes, datadir)


def _datadir(config: RunConfig, pairs: list[str], options: argparse.Namespace) -> Path:
    if options.datadir is not None:
        if not options.datadir.is_dir():
            raise SettingsError(f"Data directory {options.datadir} does not exist: give another.")
        return Path(options.datadir)
    if options.market == "local":
        return build_for(config, pairs, options.userdir)
    return Path(options.userdir / "data" / options.market)


def _downloaded(
    merged: dict[str, Any], pairs: list[str], timeframes: list[str], datadir: Path
) -> list[tuple[str, str]]:
    spans = {(p, tf): _span(datadir, p, tf) for p in pairs for tf in timeframes}
    exchange = _exchange(merged)
    try:
        for (pair, timeframe), (first, last) in spans.items():
            extras = fetch_kline_extras(exchange, pair, timeframe, first, last)
            if extras.empty:
                raise RegimesError(f"The exchange has no klines of {pair} {timeframe}: correct it.")
            write_extras(extras, datadir, pair, timeframe)
    finally:
        exchange.close()
    return list(spans)


def _span(datadir: Path, pair: str, timeframe: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    dates = read_candles(datadir, pair, timeframe, FUTURES if ":" in pair else SPOT)["date"]
    return dates.iloc[0], dates.iloc[-1]


def _exchange(merged: dict[str, Any]) -> Any:
    """Freqtrade's exchange object, for public data only."""
    config = copy.deepcopy(merged) | {"dry_run": True, "runmode": RunMode.UTIL_EXCHANGE}
    config["candle_type_def"] = CandleType.get_default(config["trading_mode"])
    try:
        return ExchangeResolver.load_exchange(config, validate=False)
    except FreqtradeException as error:
        words = " ".join(str(error).split())
        raise RegimesError(f"The exchange cannot be reached ({words}). Try again later.") from error


def _import(files: list[Path], pairs: list[str], datadir: Path) -> list[tuple[str, str]]:
    """Store what files hold; all are read before the first is stored."""
    symbols = {pair.split(":")[0].replace("/", ""): pair for pair in pairs}
    read = []
    for path in files:
        file = kline_file(path)
        if file.symbol not in symbols:
            raise SettingsError(
                f"{path.name} is of {file.symbol}, the pairs are {', '.join(pairs)}: name its pair "
                "with --pairs."
            )
        read.append((symbols[file.symbol], file.timeframe, read_kline_file(file)))
    for pair, timeframe, extras in read:
        write_extras(extras, datadir, pair, timeframe)
    return list(dict.fromkeys((pair, timeframe) for pair, timeframe, _ in read))
