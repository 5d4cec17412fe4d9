"""``freqai-regimes backtest``: candles, an exchange, freqtrade's backtest, then our report."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from freqai_regimes.candles import FUNDING, stored_candles
from freqai_regimes.cli.built_in_market import build_for
from freqai_regimes.cli.freqtrade_process import run_freqtrade
from freqai_regimes.cli.kline_extras import download, extras_timeframes
from freqai_regimes.cli.options import add_run_options, load_run
from freqai_regimes.cli.run_config import RunConfig, new_run_folder, one_at_a_time, write_overlay
from freqai_regimes.cli.stored_data import (
    check_range_in_data,
    check_stored,
    check_timerange,
    derive_range,
    download_days,
)
from freqai_regimes.cli.stored_sources import needs_extras, source_candles
from freqai_regimes.errors import RegimesError
from freqai_regimes.evaluation.record import read_record
from freqai_regimes.evaluation.report import write_report
from freqai_regimes.evaluation.scorecard import print_scorecard, scorecard
from freqai_regimes.freqtrade_bridge.backtest_result import read_backtest_result
from freqai_regimes.local_exchange.freqtrade_config import exchange_overlay
from freqai_regimes.local_exchange.server import LocalExchange


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "backtest", help="backtest with rolling retraining, then tables and an HTML report"
    )
    add_run_options(parser)
    parser.add_argument("--datadir", type=Path, help="a freqtrade data directory to run on")
    parser.add_argument("--timerange", help="YYYYMMDD-YYYYMMDD; by default all that data allow")
    parser.add_argument("--strategy", default="RegimeStrategy", help="or BaselineStrategy")
    parser.add_argument("--fee", type=float, help="fee of one side, as a fraction")
    parser.add_argument("--timeframe-detail", help="finer candles for fills inside a candle")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the whole chain; returns freqtrade's exit code if that is not 0."""
    began = time.monotonic()
    config, pairs = load_run(options)
    if options.timerange:
        check_timerange(options.timerange)
    folder = new_run_folder(options.userdir, f"backtest_{config.preset}")
    datadir, built_in = _candles(config, pairs, options, folder)
    if options.datadir is None and needs_extras(config):
        timeframes = extras_timeframes(config.settings, config.merged)
        download(config, pairs, timeframes, datadir, local=options.market == "local")
    check_stored(config, datadir, pairs, futures=options.futures)
    timerange = _timerange(config, datadir, pairs, options)
    if options.futures:
        _say_unfunded(datadir, pairs)
    with one_at_a_time(options.userdir):
        code = _backtest(config, pairs, datadir, timerange, folder, options)
    if code:
        print(f"freqtrade ended with exit code {code}; its log is {folder / 'freqtrade.log'}")
        return code
    if not (folder / "record" / "run.json").is_file():  # freqtrade may stop early and answer 0
        raise RegimesError(
            f"freqtrade stopped before the backtest; the reason is in {folder / 'freqtrade.log'}."
        )
    _report(folder, options.strategy, built_in=built_in)
    print(f"Took {time.monotonic() - began:.0f} s.")
    return 0


def _candles(
    config: RunConfig, pairs: list[str], options: argparse.Namespace, folder: Path
) -> tuple[Path, bool]:
    """The data directory of the run, and whether it is the built-in market."""
    if options.datadir is not None:
        return options.datadir.resolve(), False
    if options.market == "local":
        print("Candles: the built-in market (a profit on it means nothing).")
        return build_for(config, pairs, options.userdir), True
    return _downloaded(config, pairs, options, folder), False


def _downloaded(
    config: RunConfig, pairs: list[str], options: argparse.Namespace, folder: Path
) -> Path:
    """Candles of the pairs and of sources, which may lie on the other kind of market."""
    datadir: Path = options.userdir / "data" / options.market
    overlay = write_overlay(folder, _pairs_only(config, pairs))
    own = {*config.timeframes, config.settings.regime.timeframe}
    for futures in dict.fromkeys((options.futures, not options.futures)):
        others, timeframes = source_candles(config, futures=futures)
        wanted = list(dict.fromkeys([*(pairs if futures == options.futures else []), *others]))
        if not wanted:
            continue
        arguments = ["download-data", *config.file_arguments(options.userdir, overlay)]
        arguments += ["--datadir", str(datadir), "--days", str(download_days(config))]
        if futures != options.futures:
            arguments += ["--trading-mode", "futures" if futures else "spot"]
        arguments += ["--pairs", *wanted, "--timeframes"]
        arguments += sorted({*timeframes, *(own if futures == options.futures else ())})
        code = run_freqtrade(arguments, folder / "download.log", verbose=True)
        if code or not datadir.is_dir():  # freqtrade answers 0 to arguments that it does not know
            raise RegimesError(
                f"The download from {options.market} failed (exit code {code}); see "
                f"{folder / 'download.log'}. Without network, use --market local."
            )
    return datadir


def _timerange(
    config: RunConfig, datadir: Path, pairs: list[str], options: argparse.Namespace
) -> str:
    if options.timerange:
        check_range_in_data(options.timerange, config, datadir, pairs, futures=options.futures)
        return str(options.timerange)
    derived = derive_range(config, datadir, pairs, futures=options.futures)
    print(f"Timerange {derived.timerange}: {derived.reason}.")
    return derived.timerange


def _say_unfunded(datadir: Path, pairs: list[str]) -> None:
    funded = {file.pair for file in stored_candles(datadir) if file.candle_type == FUNDING}
    without = [pair for pair in pairs if pair not in funded]
    if without:
        print(f"No stored funding rates of {', '.join(without)}: taken as 0.")


def _backtest(
    config: RunConfig,
    pairs: list[str],
    datadir: Path,
    timerange: str,
    folder: Path,
    options: argparse.Namespace,
) -> int:
    with LocalExchange(datadir, clock="set", start=_first_day(timerange)) as exchange:
        overlay = exchange_overlay(exchange.url, futures=options.futures)
        overlay = _merged(overlay, _pairs_only(config, pairs))
        overlay |= {"regimes": {"record": str(folder / "record")}, "futures_funding_rate": 0.0}
        path = write_overlay(folder, overlay)
        arguments = ["backtesting", *config.freqtrade_arguments(options.userdir, path)]
        arguments += ["--strategy", options.strategy, "--datadir", str(datadir)]
        arguments += ["--timerange", timerange, "--enable-protections", "--cache", "none"]
        arguments += ["--backtest-directory", str(folder)]
        if options.fee is not None:
            arguments += ["--fee", str(options.fee)]
        if options.timeframe_detail:
            arguments += ["--timeframe-detail", options.timeframe_detail]
        return run_freqtrade(arguments, folder / "freqtrade.log", verbose=options.verbose)


def _first_day(timerange: str) -> str:
    """First day of a checked timerange, as ISO text."""
    return f"{timerange[:4]}-{timerange[4:6]}-{timerange[6:8]}"


def _report(folder: Path, strategy: str, *, built_in: bool) -> None:
    """Print our tables and write the page."""
    record_folder = folder / "record"
    run_file = record_folder / "run.json"
    run_file.write_text(
        json.dumps(json.loads(run_file.read_text()) | {"built_in_market": built_in})
    )
    result = read_backtest_result(folder, strategy)
    print_scorecard(scorecard(read_record(record_folder), result.trades, result.stats))
    page = write_report(
        record_folder, result.trades, result.stats, result.wallet, folder / "report.html"
    )
    print(f"Report: {page}")


def _pairs_only(config: RunConfig, pairs: list[str]) -> dict[str, Any]:
    return {"exchange": {"pair_whitelist": pairs}, "max_open_trades": max(len(pairs), 1)}


def _merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    return first | second | {"exchange": {**first["exchange"], **second["exchange"]}}
