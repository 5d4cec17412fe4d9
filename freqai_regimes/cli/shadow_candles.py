"""The candles of the days on which a bot ran: given, downloaded, or those of its local exchange."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from freqai_regimes.cli.bot_run import BotRun
from freqai_regimes.cli.candle_download import download_candles
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.cli.stored_data import download_days
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
    first = period[0] - pd.Timedelta(days=download_days(config))
    exchange = str(config.merged.get("exchange", {}).get("name", ""))
    return download_candles(
        config,
        pairs,
        ["--prepend", "--timerange", f"{first:%Y%m%d}-"],
        bot.userdir / "data" / exchange,
        bot.userdir,
        folder,
        futures=config.merged.get("trading_mode") == "futures",
        otherwise="With stored candles, give --datadir.",
        verbose=False,
    )


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
