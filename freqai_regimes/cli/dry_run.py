"""``freqai-regimes dry-run``: the real ``freqtrade trade`` with play money, local or Binance."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from freqai_regimes.cli.bot_run import BotRun
from freqai_regimes.cli.built_in_market import build_for
from freqai_regimes.cli.freqtrade_process import freqtrade
from freqai_regimes.cli.options import add_run_options, load_run
from freqai_regimes.cli.run_config import RunConfig, new_run_folder, pairs_overlay, write_overlay
from freqai_regimes.freqtrade_bridge import rest_api
from freqai_regimes.local_exchange.clock import WEEK_MS
from freqai_regimes.local_exchange.freqtrade_config import exchange_overlay
from freqai_regimes.local_exchange.server import LocalExchange


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser("dry-run", help="trade with play money, retraining as it goes")
    add_run_options(parser)
    parser.add_argument("--datadir", type=Path, help="candles for the local exchange")
    parser.add_argument("--strategy", default="RegimeStrategy", help="or BaselineStrategy")
    parser.add_argument(
        "--api",
        nargs="?",
        type=int,
        const=0,
        metavar="PORT",
        help="FreqUI and REST API on 127.0.0.1, with a generated password (default port: 8080)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the bot until it is interrupted; returns freqtrade's exit code."""
    api = None
    if options.api is not None:
        api = rest_api.generated_file(options.userdir)
        options.config.insert(0, api)
    config, pairs = load_run(options)
    folder = new_run_folder(options.userdir, f"dry-run_{config.preset}")
    overlay = _overlay(config, pairs, folder, options)
    candles, weeks = None, 0
    with ExitStack() as stack:
        datadir = options.userdir / "data" / options.market
        if options.market == "local":
            candles = options.datadir or build_for(config, pairs, options.userdir)
            exchange = stack.enter_context(LocalExchange(candles, clock="shifted"))
            web_socket = bool(config.merged.get("exchange", {}).get("enable_ws", True))
            local = exchange_overlay(exchange.url, futures=options.futures, web_socket=web_socket)
            overlay["exchange"] = local.pop("exchange") | overlay["exchange"]
            overlay |= local
            # The bot keeps its own copy of history; a later run sees it shifted by other weeks.
            datadir = folder / "data"
            datadir.mkdir()
            weeks = exchange.clock.shift_ms // WEEK_MS
        path = write_overlay(folder, overlay)
        bot = BotRun((*config.files, path), options.strategy, options.userdir, candles, weeks)
        bot.write(folder)
        arguments = ["trade", *config.freqtrade_arguments(options.userdir, path)]
        arguments += ["--strategy", options.strategy, "--datadir", str(datadir)]
        arguments += ["--logfile", str(folder / "freqtrade.log")]
        print(f"Play money only. Everything of this run is in {folder}; stop it with Ctrl-C.")
        if api is not None:
            where = rest_api.address(api, options.api)
            print(f"FreqUI and REST API: {where}, user and password are in {api}.", flush=True)
        with freqtrade(arguments) as process:
            return process.wait()


def _overlay(
    config: RunConfig, pairs: list[str], folder: Path, options: argparse.Namespace
) -> dict[str, Any]:
    """What only this run has: its pairs, and its database and record in its folder."""
    overlay: dict[str, Any] = pairs_overlay(pairs) | {"dry_run": True}
    overlay["regimes"] = {"record": str((folder / "record").resolve())}
    if options.api:
        overlay["api_server"] = {"listen_port": options.api}
    if "db_url" not in config.merged:
        overlay["db_url"] = f"sqlite:///{(folder / 'trades.sqlite').resolve()}"
    return overlay
