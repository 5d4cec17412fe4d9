"""Lets freqtrade download the candles of a run: its pairs', and those that its sources name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from freqai_regimes.cli.freqtrade_process import run_freqtrade
from freqai_regimes.cli.run_config import RunConfig, pairs_overlay, write_overlay
from freqai_regimes.cli.stored_sources import source_candles
from freqai_regimes.errors import RegimesError


def download_candles(
    config: RunConfig,
    pairs: list[str],
    span: Sequence[str],
    datadir: Path,
    userdir: Path,
    folder: Path,
    *,
    futures: bool,
    otherwise: str,
    verbose: bool = True,
) -> Path:
    """Candles of the pairs and of sources, which may lie on the other kind of market.

    Parameters
    ----------
    span : arguments of ``download-data`` that say which days.
    datadir : where they are stored; returned.
    folder : of this run, for the log.
    futures : whether the pairs are futures.
    otherwise : what a user without network can do, a sentence.

    Raises
    ------
    RegimesError
        If freqtrade's download fails.
    """
    log = folder / "download.log"
    overlay = write_overlay(folder, pairs_overlay(pairs))
    own = {*config.timeframes, config.settings.regime.timeframe}
    for side in (futures, not futures):
        others, timeframes = source_candles(config, futures=side)
        wanted = list(dict.fromkeys([*(pairs if side == futures else []), *others]))
        if not wanted:
            continue
        arguments = ["download-data", *config.file_arguments(userdir, overlay)]
        arguments += ["--datadir", str(datadir), *span]
        if side != futures:
            arguments += ["--trading-mode", "futures" if side else "spot"]
        arguments += ["--pairs", *wanted, "--timeframes"]
        arguments += sorted({*timeframes, *(own if side == futures else ())})
        code = run_freqtrade(arguments, log, verbose=verbose)
        if code or not datadir.is_dir():  # freqtrade answers 0 to arguments that it does not know
            exchange = config.merged.get("exchange", {}).get("name", "the exchange")
            raise RegimesError(
                f"The download from {exchange} failed (exit code {code}); see {log}. {otherwise}"
            )
    return datadir
