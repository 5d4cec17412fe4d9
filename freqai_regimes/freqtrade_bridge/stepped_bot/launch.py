"""Starts a stepped run, or the backtest beside it, in a process of its own and follows it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from freqai_regimes.errors import RegimesError
from freqai_regimes.freqtrade_bridge.stepped_bot.plan import PROGRESS

_PACKAGE = __name__.rpartition(".")[0]
LIVE = f"{_PACKAGE}.live_process"
BACKTEST = f"{_PACKAGE}.backtest_process"
CUT = f"{_PACKAGE}.cut_process"
_WIDE = "1000"  # freqtrade breaks log lines at the width of the screen


def run_process(module: str, plan: Path, log: Path, told: Callable[[int], None]) -> None:
    """Run ``LIVE``, ``BACKTEST`` or ``CUT`` with a plan; ``told`` hears how many candles are done.

    Raises
    ------
    RegimesError
        If the process fails; the text has the last words of its log.
    """
    environment = {**os.environ, "COLUMNS": _WIDE}
    with (
        log.open("w", encoding="utf-8") as file,
        subprocess.Popen(
            [sys.executable, "-m", module, str(plan)],
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            env=environment,
        ) as process,
    ):
        try:
            for line in process.stdout or ():
                first, _, rest = line.partition(" ")
                if first == PROGRESS:
                    told(int(rest))
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise RegimesError(f"{_last_trouble(log)} The whole log is {log}.")


def _last_trouble(log: Path) -> str:
    """The last line of a log that says what went wrong."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]
    troubles = [line for line in lines if " ERROR " in line or " - ERROR - " in line]
    last = (troubles or lines or ["The process ended without a word."])[-1]
    return last.partition(" - ERROR - ")[2] or last
