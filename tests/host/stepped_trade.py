"""The stepped bot of ``freqtrade_bridge`` with what a user does to it, and with what it kept.

Usage: ``stepped_trade.py PLAN.json`` where the plan holds ``url``, ``start``, ``candles``,
``timeframe_seconds``, ``arguments``, ``mend`` and ``answer``. It may hold ``joined``, a folder for
the frames that sources were joined onto, and ``actions``: what a user does after the bot's loop
number ``step`` (from 0 on), either ``call``, a method of freqtrade's RPC with its ``arguments``,
``write``, a file and its ``text``, ``command``, arguments of ``freqai-regimes``, or ``kill``: this
process dies in the midst of the next prediction.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from freqai_regimes.freqtrade_bridge.stepped_bot.live_process import trade
from freqai_regimes.freqtrade_bridge.stepped_bot.plan import SteppedPlan
from freqai_regimes.freqtrade_bridge.stepped_bot.stepper import Stepper

SEEN = ["date", "close", "regime", "weight", "prediction", "do_predict", "enter_long", "exit_long"]


class WatchedStepper(Stepper):
    """Acts for the user, and notes what training did at each step."""

    def __init__(self, told: dict[str, Any]) -> None:
        names = ("url", "start", "candles", "timeframe_seconds", "arguments")
        super().__init__(SteppedPlan(**{name: told[name] for name in names}, folder=""))
        self.actions = told.get("actions", [])
        self.trainings: list[dict[str, int]] = []
        self.identifiers: list[str] = []
        self.seen: list[dict[str, Any]] = []

    def after_look(self) -> None:
        """Note what is there, then do what the user does after this step."""
        self.trainings.append(
            {pair: info["trained_timestamp"] for pair, info in self.freqai.dd.pair_dict.items()}
        )
        self._note_what_the_strategy_saw()
        for action in self.actions:
            if action["step"] == len(self.trainings) - 1:
                self._act(action)

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


def run(plan: Path) -> subprocess.CompletedProcess[str]:
    """A process of its own that trades as the plan says, when it has ended; lines are whole."""
    return subprocess.run(
        [sys.executable, __file__, str(plan)],
        env={**os.environ, "COLUMNS": "1000"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


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
    stepper = WatchedStepper(plan)
    if not plan["mend"]:
        from freqtrade.freqai.data_drawer import FreqaiDataDrawer

        from freqai_regimes.freqtrade_bridge import model

        unmended = FreqaiDataDrawer.load_all_pair_histories
        model.RegimeDataDrawer.load_all_pair_histories = unmended  # type: ignore[method-assign]
    if plan.get("joined"):
        keep_joined(Path(plan["joined"]))
    trade(stepper)
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
