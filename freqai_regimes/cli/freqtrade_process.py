"""Runs a freqtrade command in its own process, which is told to stop when this one is."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

#: Freqtrade breaks log lines at the width of the screen; wide enough that it leaves them whole.
LOG_COLUMNS = "1000"
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_TRAINED = re.compile(r"Trained window (\d+)/(\d+) of pool (\d+)/(\d+) \((.+)\), until")
#: Said for every file of every run; the range itself is on the screen.
_USUAL = re.compile(r", data (starts|ends) at ")
_TROUBLE = re.compile(r" - (WARNING|ERROR|CRITICAL) - (.*)")


def run_freqtrade(
    arguments: list[str], log: Path, *, verbose: bool = False, report: Path | None = None
) -> int:
    """Run ``freqtrade`` with these arguments; its log goes to a file.

    Its report goes to the screen, or to the file ``report``.

    While it trains, a bar shows pairs and windows (where the screen is no terminal, a line each).
    Warnings and errors of the log are shown too; with ``verbose`` all of it is.

    Returns
    -------
    The exit code of freqtrade.
    """
    console = Console(stderr=True)
    with (
        log.open("w", encoding="utf-8") as file,
        Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f} windows"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=verbose or not console.is_terminal,
        ) as progress,
        nullcontext() if report is None else report.open("w") as screen,
        freqtrade(
            arguments,
            stdout=screen,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        display = _Display(console, progress, verbose)
        for line in process.stderr or ():
            file.write(line)
            display.show(line.rstrip("\n"))
        return process.wait()


@contextmanager
def freqtrade(arguments: list[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """Start ``freqtrade``; SIGINT and SIGTERM of this process reach it once, as SIGTERM.

    It gets a session of its own, so that a terminal's Ctrl-C does not reach it twice: a second one
    would break off its orderly shutdown. Not as SIGINT, which a process that a script started in
    the background ignores.
    """
    command = [sys.executable, "-m", "freqtrade", *arguments]
    environment = {**os.environ, "COLUMNS": LOG_COLUMNS}
    with subprocess.Popen(command, start_new_session=True, env=environment, **options) as process:

        def forward(number: int, frame: FrameType | None) -> None:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)

        before = {number: signal.signal(number, forward) for number in _STOP_SIGNALS}
        try:
            yield process
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Display:
    """Turns log lines into progress."""

    def __init__(self, console: Console, progress: Progress, verbose: bool) -> None:
        self._console = console
        self._progress = progress
        self._verbose = verbose
        self._task = progress.add_task("waiting for the first window", total=None, completed=0)
        self._last_pairs = ""
        self._seen: set[str] = set()

    def show(self, line: str) -> None:
        if self._verbose:
            print(line, file=sys.stderr)
            return
        trouble = _TROUBLE.search(line)
        trained = _TRAINED.search(line)
        if trouble is not None:
            if line[24:] in self._seen or _USUAL.search(line):
                return
            self._seen.add(line[24:])  # without its time
            self._progress.console.print(f"freqtrade {trouble[1]}: {trouble[2]}", markup=False)
        elif trained is not None:
            self._advance(trained)

    def _advance(self, trained: re.Match[str]) -> None:
        windows, pool, pools, pairs = int(trained[2]), int(trained[3]), int(trained[4]), trained[5]
        done, total = (pool - 1) * windows + int(trained[1]), pools * windows
        self._progress.update(
            self._task, description=f"training {pairs}", completed=done, total=total
        )
        if not self._console.is_terminal and pairs != self._last_pairs:
            print(f"training {pairs}: {windows} windows ({done} of {total} done)", file=sys.stderr)
        self._last_pairs = pairs
