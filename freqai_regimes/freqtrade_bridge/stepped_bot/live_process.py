"""One stepped run in a process of its own: ``python -m ...live_process PLAN.json``."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from freqtrade.exchange import Exchange
from freqtrade.freqtradebot import FreqtradeBot
from freqtrade.main import main as freqtrade
from freqtrade.persistence import Trade
from freqtrade.persistence.pairlock import PairLock
from freqtrade.util import dt_ts
from freqtrade.worker import Worker

from freqai_regimes.freqtrade_bridge.stepped_bot.plan import SteppedPlan
from freqai_regimes.freqtrade_bridge.stepped_bot.side_record import SideRecord
from freqai_regimes.freqtrade_bridge.stepped_bot.stepper import Stepper
from freqai_regimes.freqtrade_bridge.strategy import RegimeStrategyBase


def trade(stepper: Stepper) -> None:
    """Run ``freqtrade trade`` in this process until the stepper ends it."""
    _remember(stepper)
    stepper.gate.install()
    Worker._sleep = staticmethod(stepper.pause)
    try:
        with contextlib.suppress(SystemExit):
            freqtrade(stepper.plan.arguments)
    finally:
        stepper.stop()


def _remember(stepper: Stepper) -> None:
    """Tell the stepper which strategy and bot are running, after a reload the new ones."""
    bot_start, startup = RegimeStrategyBase.ft_bot_start, FreqtradeBot.startup

    def with_strategy(self: Any, **kwargs: Any) -> None:
        bot_start(self, **kwargs)
        stepper.strategy = self

    def with_bot(self: Any) -> None:
        stepper.bot = self
        startup(self)

    RegimeStrategyBase.ft_bot_start = with_strategy
    FreqtradeBot.startup = with_bot


def ask_for_new_candles_alone() -> None:
    """Ask the exchange for candles from the newest known one on, instead of for a thousand again.

    Stored candles do not change once they have closed, so freqtrade puts the same frame together.
    """
    honest = Exchange._async_get_candle_history

    async def from_the_newest_on(
        exchange: Any, pair: str, timeframe: str, candle_type: Any, since_ms: int | None = None
    ) -> Any:
        known = exchange._klines.get((pair, timeframe, candle_type))
        if since_ms is None and known is not None and len(known):
            since_ms = dt_ts(known["date"].iloc[-1])
        return await honest(exchange, pair, timeframe, candle_type, since_ms)

    Exchange._async_get_candle_history = from_the_newest_on


def spare_the_disk() -> None:
    """Wait for no file to be on the disk: after a power failure a replay is run again anyway."""
    os.fsync = lambda handle: None  # type: ignore[assignment]


def write_database(folder: Path) -> None:
    """Write trades and locks of the bot's database, as freqtrade tells them."""
    trades = [trade.to_json(minified=True) for trade in Trade.get_trades([]).all()]
    (folder / "trades.json").write_text(json.dumps(trades, default=str))
    locks = [lock.to_json() for lock in PairLock.get_all_locks().all()]
    (folder / "locks.json").write_text(json.dumps(locks, default=str))


def main(path: str) -> int:
    """Trade as the plan says, then write what was seen, decided and traded."""
    plan = SteppedPlan.read(Path(path))
    ask_for_new_candles_alone()
    spare_the_disk()
    record = SideRecord()
    record.install()
    stepper = Stepper(plan)
    trade(stepper)
    if not stepper.is_done:
        return 1
    folder = Path(plan.folder)
    record.write(folder)
    write_database(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
