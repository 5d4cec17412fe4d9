"""The candles of the days on which a bot ran: given, downloaded, or those of its local exchange."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from freqai_regimes.cli.bot_run import BotRun
from freqai_regimes.cli.freqtrade_process import run_freqtrade
from freqai_regimes.cli.run_config import RunConfig, write_overlay
from freqai_regimes.cli.stored_data import download_days
from freqai_regimes.cli.stored_sources import source_candles
from freqai_regimes.errors import RegimesError


def candles_of(
    bot: BotRun,
    config: RunConfig,
    pairs: list[str],
    period: tuple[pd.Timestamp, pd.Timestamp],
    folder: Path,
) -> Path:
    """A data directory with the candles of the bot's days and what comes before.

    Parameters
    ----------
    folder : of this run, where moved candles are put.
    """
    if bot.candles is not None:
        return _moved(bot.candles, bot.weeks, folder / "candles")
    return _downloaded(bot, config, pairs, period, folder)


def _moved(stored: Path, weeks: int, target: Path) -> Path:
    """A copy of stored candles, moved as the local exchange had moved them."""
    files = sorted(stored.rglob("*.feather"))
    if not files:
        raise RegimesError(
            f"The candles of the bot's local exchange are gone: {stored} holds none. Give the data "
            "directory it had with --datadir, moved by the same weeks."
        )
    for path in files:
        place = target / path.relative_to(stored)
        place.parent.mkdir(parents=True, exist_ok=True)
        frame = pd.read_feather(path)
        frame["date"] += pd.Timedelta(weeks=weeks)
        frame.to_feather(place)
    return target


def _downloaded(
    bot: BotRun,
    config: RunConfig,
    pairs: list[str],
    period: tuple[pd.Timestamp, pd.Timestamp],
    folder: Path,
) -> Path:
    """Let freqtrade add what it has not stored yet."""
    exchange = str(config.merged.get("exchange", {}).get("name", ""))
    datadir = bot.userdir / "data" / exchange
    futures = config.merged.get("trading_mode") == "futures"
    first = period[0] - pd.Timedelta(days=download_days(config))
    own = {*config.timeframes, config.settings.regime.timeframe}
    for side in (futures, not futures):
        others, timeframes = source_candles(config, futures=side)
        wanted = list(dict.fromkeys([*(pairs if side == futures else []), *others]))
        if not wanted:
            continue
        overlay = write_overlay(folder, {"exchange": {"pair_whitelist": pairs}})
        arguments = ["download-data", *config.file_arguments(bot.userdir, overlay)]
        arguments += ["--datadir", str(datadir), "--prepend"]
        arguments += ["--timerange", f"{first:%Y%m%d}-", "--pairs", *wanted, "--timeframes"]
        arguments += sorted({*timeframes, *(own if side == futures else ())})
        if side != futures:
            arguments += ["--trading-mode", "futures" if side else "spot"]
        code = run_freqtrade(arguments, folder / "download.log", verbose=False)
        if code or not datadir.is_dir():
            raise RegimesError(
                f"The download from {exchange} failed (exit code {code}); see "
                f"{folder / 'download.log'}. With stored candles, give --datadir."
            )
    return datadir
