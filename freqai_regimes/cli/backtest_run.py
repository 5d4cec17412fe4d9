"""What every backtest of ours needs: its candles, its range, an exchange, and freqtrade's run."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from freqtrade.misc import deep_merge_dicts

from freqai_regimes.candles import FUNDING, stored_candles
from freqai_regimes.cli.built_in_market import build_for
from freqai_regimes.cli.candle_download import download_candles
from freqai_regimes.cli.freqtrade_process import run_freqtrade
from freqai_regimes.cli.kline_extras import download, extras_timeframes
from freqai_regimes.cli.options import add_run_options
from freqai_regimes.cli.run_config import RunConfig, pairs_overlay, write_overlay
from freqai_regimes.cli.stored_data import (
    check_range_in_data,
    check_stored,
    check_timerange,
    derive_range,
    download_days,
)
from freqai_regimes.cli.stored_sources import needs_extras
from freqai_regimes.errors import RegimesError
from freqai_regimes.freqtrade_bridge.backtest_result import BacktestResult, read_backtest_result
from freqai_regimes.local_exchange.freqtrade_config import exchange_overlay
from freqai_regimes.local_exchange.server import LocalExchange


@dataclass(frozen=True)
class RunData:
    """Where the candles of a run lie, which of them are traded, and whether they were made up."""

    datadir: Path
    timerange: str
    built_in: bool


@dataclass(frozen=True)
class Backtest:
    """One call of freqtrade's backtest.

    Attributes
    ----------
    folder : for its result, its log and its record; it exists.
    strategy : class name.
    overlay : configuration of this call alone, merged last.
    """

    folder: Path
    strategy: str = "RegimeStrategy"
    overlay: dict[str, Any] = field(default_factory=dict)

    @property
    def record(self) -> Path:
        """Where the strategy writes what it saw."""
        return self.folder / "record"

    def result(self) -> BacktestResult:
        """What freqtrade exported."""
        return read_backtest_result(self.folder, self.strategy)


def add_backtest_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a run, and those that only a backtest has."""
    add_run_options(parser)
    parser.add_argument("--datadir", type=Path, help="a freqtrade data directory to run on")
    parser.add_argument("--timerange", help="YYYYMMDD-YYYYMMDD; by default all that data allow")
    parser.add_argument("--fee", type=float, help="fee of one side, as a fraction")
    parser.add_argument("--timeframe-detail", help="finer candles for fills inside a candle")


def prepare(
    config: RunConfig, pairs: list[str], options: argparse.Namespace, folder: Path
) -> RunData:
    """Find, build or download the candles of a run, check them, and find the range they allow."""
    if options.timerange:
        check_timerange(options.timerange)
    datadir, built_in = _candles(config, pairs, options, folder)
    if options.datadir is None and needs_extras(config):
        timeframes = extras_timeframes(config.settings, config.merged)
        download(config, pairs, timeframes, datadir, local=options.market == "local")
    check_stored(config, datadir, pairs, futures=options.futures)
    timerange = _timerange(config, datadir, pairs, options)
    if options.futures:
        _say_unfunded(datadir, pairs)
    return RunData(datadir, timerange, built_in)


def run_backtest(
    config: RunConfig,
    pairs: list[str],
    data: RunData,
    backtest: Backtest,
    options: argparse.Namespace,
    *,
    quiet: bool = False,
) -> int:
    """Run freqtrade's backtest on an exchange of our own; returns its exit code.

    With ``quiet``, freqtrade's tables go to ``freqtrade.txt`` beside its log.

    Raises
    ------
    RegimesError
        If freqtrade ends in peace but without a result; the text names its log.
    """
    log = backtest.folder / "freqtrade.log"
    with LocalExchange(data.datadir, clock="set", start=_first_day(data.timerange)) as exchange:
        overlay = exchange_overlay(exchange.url, futures=options.futures)
        overlay = deep_merge_dicts(pairs_overlay(pairs), overlay)
        overlay |= {"futures_funding_rate": 0.0} | backtest.overlay
        own = {"record": str(backtest.record)}
        overlay["regimes"] = {**backtest.overlay.get("regimes", {}), **own}
        path = write_overlay(backtest.folder, overlay)
        arguments = ["backtesting", *config.freqtrade_arguments(options.userdir, path)]
        arguments += ["--strategy", backtest.strategy, "--datadir", str(data.datadir)]
        arguments += ["--timerange", data.timerange, "--enable-protections", "--cache", "none"]
        arguments += ["--backtest-directory", str(backtest.folder)]
        if options.fee is not None:
            arguments += ["--fee", str(options.fee)]
        if options.timeframe_detail:
            arguments += ["--timeframe-detail", options.timeframe_detail]
        report = backtest.folder / "freqtrade.txt" if quiet else None
        code = run_freqtrade(arguments, log, verbose=options.verbose, report=report)
    if code:
        print(f"freqtrade ended with exit code {code}; its log is {log}")
    elif not (backtest.record / "run.json").is_file():  # freqtrade may stop early and answer 0
        raise RegimesError(f"freqtrade stopped before the backtest; the reason is in {log}.")
    return code


def _candles(
    config: RunConfig, pairs: list[str], options: argparse.Namespace, folder: Path
) -> tuple[Path, bool]:
    """The data directory of the run, and whether it is the built-in market."""
    if options.datadir is not None:
        return options.datadir.resolve(), False
    if options.market == "local":
        print("Candles: the built-in market (a profit on it means nothing).")
        return build_for(config, pairs, options.userdir), True
    datadir = download_candles(
        config,
        pairs,
        ["--days", str(download_days(config))],
        options.userdir / "data" / options.market,
        options.userdir,
        folder,
        futures=options.futures,
        otherwise="Without network, use --market local.",
    )
    return datadir, False


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


def _first_day(timerange: str) -> str:
    """First day of a checked timerange, as ISO text."""
    return f"{timerange[:4]}-{timerange[4:6]}-{timerange[6:8]}"
