"""A process that has imported freqtrade once, and forks a bot whenever one is to start.

Usage: ``python -m tests.host.soak.nest``; each line of its input is the path of a plan
(``stepped_live``), answered with the bot's process id, and when it has ended with its exit code.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


def main() -> int:
    """Fork bots until the input ends."""
    import freqtrade.freqtradebot
    import freqtrade.main
    import freqtrade.plugins.pairlist.StaticPairList
    import freqtrade.rpc.api_server
    import freqtrade.worker  # noqa: F401

    import freqai_regimes.freqtrade_bridge.strategy  # noqa: F401
    from tests.host.soak.stepped_live import main as bot

    for line in sys.stdin:
        plan, log = line.rstrip("\n").split("\t")
        child = os.fork()
        if child == 0:
            out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(out, 1)
            os.dup2(out, 2)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            code = 1
            try:
                code = bot(plan)
            finally:
                os._exit(code)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    return 0


class Nest:
    """Starts bots; close it at the end."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.host.soak.nest"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "NO_PROXY": "*", "PYTHONPATH": str(ROOT)},
        )

    def start(self, plan: Path, log: Path) -> Bot:
        """Start a bot with a plan; it writes to the log."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{plan}\t{log}\n")
        self._process.stdin.flush()
        return Bot(int(self._process.stdout.readline()), self._process.stdout)

    def close(self) -> None:
        """End the nest; its bots have ended before."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


class Bot:
    """A bot that runs, or has ended with ``returncode`` (negative: by a signal)."""

    def __init__(self, pid: int, answers: Any) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._end = threading.Thread(target=self._wait, args=(answers,), daemon=True)
        self._end.start()

    def _wait(self, answers: Any) -> None:
        self.returncode = int(answers.readline())

    def kill(self) -> bool:
        """Send SIGKILL; whether it was still running."""
        if self.returncode is None:
            os.kill(self.pid, signal.SIGKILL)
            return True
        return False

    def wait(self) -> int:
        """Wait for the end."""
        self._end.join()
        assert self.returncode is not None
        return self.returncode


if __name__ == "__main__":
    sys.exit(main())
