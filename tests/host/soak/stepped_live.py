"""Runs the real ``freqtrade trade`` in live mode under a clock that steps with the exchange's.

Usage: ``stepped_live.py PLAN.json`` with ``url``, ``end`` (ISO), ``loop_seconds``, ``arguments``.
It begins at the exchange's present time, so that a killed bot goes on where it was killed. Only the
bot's pause between two loops is replaced, and waits for the exchange take no time: how often an
order is asked for while its answer is missing does not depend on how fast the machine is.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import time_machine

LONGEST_REAL_PAUSE = 0.002


class Waits:
    """The ``time`` of whoever waits for an order's answer: waiting moves it, work does not."""

    time = staticmethod(time.time)

    def __init__(self) -> None:
        self.waited = 0.0

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.waited += seconds

    def monotonic(self) -> float:
        """Seconds since the start."""
        return self.waited


def main(plan_path: str) -> int:
    """Trade until the end, or until killed."""
    plan: dict[str, Any] = json.loads(Path(plan_path).read_text())
    end = datetime.fromisoformat(plan["end"]).timestamp()
    real_sleep = time.sleep
    time.sleep = lambda seconds: real_sleep(min(seconds, LONGEST_REAL_PAUSE))
    real_wait = asyncio.sleep
    asyncio.sleep = lambda seconds, result=None: real_wait(  # type: ignore[assignment]
        min(seconds, LONGEST_REAL_PAUSE), result
    )
    with httpx.Client(timeout=30) as http:
        now = http.get(plan["url"] + "/clock").json()["now"] / 1000
        clock = time_machine.travel(datetime.fromtimestamp(now, UTC), tick=False)
        moment = clock.start()

        from freqai_regimes.freqtrade_bridge.safe_orders import keeper, order_guard, retry_after

        waits: Any = Waits()
        keeper.time = order_guard.time = retry_after.time = waits

        def pause(seconds: float = 0.0) -> None:
            nonlocal now
            if now >= end:
                raise KeyboardInterrupt
            now += float(plan["loop_seconds"])
            waits.sleep(float(plan["loop_seconds"]))
            http.post(plan["url"] + "/clock", json={"now": int(now * 1000)})
            moment.move_to(now)

        from freqtrade.main import main as freqtrade
        from freqtrade.worker import Worker

        Worker._sleep = staticmethod(pause)  # type: ignore[method-assign,assignment]
        with contextlib.suppress(SystemExit):
            freqtrade(plan["arguments"])
        clock.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
