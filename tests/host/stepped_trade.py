"""Runs the real ``freqtrade trade`` in this process under a clock that steps from candle to candle.

Only the bot's pause between two loops is replaced: instead of sleeping it waits until no pair needs
training (FreqAI's own thread does it), then moves the clock of this process and of the local
exchange to just after the next candle. Usage: ``stepped_trade.py PLAN.json`` where the plan holds
``url``, ``start``, ``candles``, ``timeframe_seconds``, ``arguments``, ``mend`` and ``answer``. It
may hold ``joined``, a folder for the frames that sources were joined onto, and ``actions``: what a
user does after the bot's loop number ``step`` (from 0 on), either ``call``, a method of freqtrade's
RPC with its ``arguments``, ``write``, a file and its ``text``, ``command``, arguments of
``freqai-regimes``, or ``kill``: this process dies in the midst of the next prediction.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import time_machine

SECONDS_AFTER_CANDLE = 2
MOST_REAL_SECONDS_PER_TRAINING = 20.0
SEEN = ["date", "close", "regime", "weight", "prediction", "do_predict", "enter_long", "exit_long"]


class Stepper:
    """Moves the clock and notes what training did at each step."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.clock = time_machine.travel(datetime.fromisoformat(plan["start"]), tick=False)
        self.moment = self.clock.start()
        self.now = datetime.fromisoformat(plan["start"]).timestamp()
        self.left = int(plan["candles"])
        self.strategy: Any = None
        self.trainings: list[dict[str, int]] = []
        self.bot: Any = None
        self.identifiers: list[str] = []
        self.seen: list[dict[str, Any]] = []

    def pause(self, seconds: float = 0.0) -> None:
        """Stand in for the bot's sleep."""
        self._wait_for_training()
        self.trainings.append(
            {pair: info["trained_timestamp"] for pair, info in self.freqai.dd.pair_dict.items()}
        )
        self._note_what_the_strategy_saw()
        for action in self.plan.get("actions", []):
            if action["step"] == len(self.trainings) - 1:
                self._act(action)
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        step = int(self.plan["timeframe_seconds"])
        self.now = (self.now // step + 1) * step + SECONDS_AFTER_CANDLE
        httpx.post(self.plan["url"] + "/clock", json={"now": int(self.now * 1000)}, timeout=30)
        self.moment.move_to(self.now)

    @property
    def freqai(self) -> Any:
        """FreqAI's model as the bot has loaded it."""
        return self.strategy.freqai

    def _note_what_the_strategy_saw(self) -> None:
        self.identifiers.append(self.strategy.config["freqai"]["identifier"])
        last = {}
        for pair in self.bot.active_pair_whitelist:
            frame, _ = self.bot.dataprovider.get_analyzed_dataframe(pair, self.strategy.timeframe)
            last[pair] = json.loads(frame.reindex(columns=SEEN).tail(1).to_json(orient="records"))
        self.seen.append(last)

    def _act(self, action: dict[str, Any]) -> None:
        if "write" in action:
            Path(action["write"]).write_text(action["text"])
        elif "command" in action:
            from freqai_regimes.cli.main import main as freqai_regimes

            assert freqai_regimes(action["command"]) == 0
        elif "kill" in action:
            from freqai_regimes.experts import RegimeExperts

            RegimeExperts.predict = _killed  # type: ignore[method-assign,assignment]
        else:
            getattr(self.bot.rpc._rpc, action["call"])(**action["arguments"])

    def _wait_for_training(self) -> None:
        if not self.freqai.dd.historic_data:
            return
        deadline = time.monotonic() + MOST_REAL_SECONDS_PER_TRAINING
        while self._is_to_be_dropped() or any(
            self._is_due(pair) for pair in list(self.freqai.train_queue)
        ):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)

    def _is_to_be_dropped(self) -> bool:
        """Whether FreqAI's thread will find a pair off the whitelist at the head of its queue."""
        head = list(self.freqai.train_queue)[:1]
        return any(pair not in self.bot.pairlists.whitelist for pair in head)

    def _is_due(self, pair: str) -> bool:
        trained = self.freqai.dd.get_pair_dict_info(pair)[1]
        failed = getattr(self.freqai, "_failed_stop", {}).get(pair, 0)
        retrain = float(self.freqai.freqai_info["live_retrain_hours"]) * 3600
        newest = max(trained, failed)
        return newest == 0 or self.now - newest > retrain


def _killed(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def keep_joined(folder: Path) -> None:
    """Write every frame that sources were joined onto, numbered, into a folder."""
    from freqai_regimes.freqtrade_bridge.market_sources import MarketSources

    honest, number = MarketSources.join, itertools.count()

    def join(self: Any, candles: Any, pair: str, timeframe: str, provider: Any) -> Any:
        joined = honest(self, candles, pair, timeframe, provider)
        name = f"{next(number)}-{timeframe}.feather"
        joined.reset_index(drop=True).to_feather(folder / name)
        return joined

    MarketSources.join = join  # type: ignore[method-assign]


def main(plan_path: str) -> int:
    """Trade as the plan says, then write what happened."""
    plan = json.loads(Path(plan_path).read_text())
    stepper = Stepper(plan)
    from freqtrade.freqai.data_drawer import FreqaiDataDrawer
    from freqtrade.freqtradebot import FreqtradeBot
    from freqtrade.main import main as freqtrade
    from freqtrade.worker import Worker

    from freqai_regimes.freqtrade_bridge import model
    from freqai_regimes.freqtrade_bridge.strategy import RegimeStrategyBase

    if not plan["mend"]:
        unmended = FreqaiDataDrawer.load_all_pair_histories
        model.RegimeDataDrawer.load_all_pair_histories = unmended  # type: ignore[method-assign]
    loaded = RegimeStrategyBase.ft_bot_start

    def remember(self: Any, **kwargs: Any) -> None:
        loaded(self, **kwargs)
        stepper.strategy = self

    started = FreqtradeBot.startup

    def remember_bot(self: Any) -> None:
        stepper.bot = self
        started(self)

    RegimeStrategyBase.ft_bot_start = remember  # type: ignore[method-assign]
    FreqtradeBot.startup = remember_bot  # type: ignore[method-assign]
    if plan.get("joined"):
        keep_joined(Path(plan["joined"]))
    Worker._sleep = staticmethod(stepper.pause)  # type: ignore[method-assign,assignment]
    with contextlib.suppress(SystemExit):
        freqtrade(plan["arguments"])
    stepper.clock.stop()
    predictions = {
        pair: json.loads(json.dumps(frame.to_dict("records"), default=str))
        for pair, frame in stepper.freqai.dd.historic_predictions.items()
    }
    answer = {
        "predictions": predictions,
        "trainings": stepper.trainings,
        "identifiers": stepper.identifiers,
        "seen": stepper.seen,
    }
    Path(plan["answer"]).write_text(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
