"""How long a bot retrains, and how long it is from a candle to all predictions meanwhile.

    python benchmarks/live_speed.py

The real ``freqtrade trade`` in dry-run on the built-in market, under a clock that steps from candle
to candle: a first training, one more after the fifth look, and from the sixth on that training over
and over in a thread beside the looks, as FreqAI trains. Stock FreqAI's ``LightGBMRegressor``
has the same strategy, features, label, windows and trees; ours fits more of them, for its experts
and the purged folds that weigh them, then asks the gate and writes to the registry. All arms have
one LightGBM thread and run in a process of their own, in turn.
"""

from __future__ import annotations

import argparse
import copy
import functools
import itertools
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import pandas as pd
from freqtrade.freqai import freqai_interface
from freqtrade.freqai.freqai_interface import IFreqaiModel
from walk_forward_speed import SAME

from freqai_regimes.cli.run_config import config_files
from freqai_regimes.freqtrade_bridge.model import RegimeModelBase
from freqai_regimes.freqtrade_bridge.strategy import RegimeStrategyBase
from freqai_regimes.local_exchange import LocalExchange, exchange_overlay
from freqai_regimes.synthetic_market import MarketSpec, build_market
from freqai_regimes.userdir import shipped_folder

COUNTS = (1, 5, 20)
TRAIN_DAYS, CANDLES, STEP = 7, 7, 300
FIRST_BESIDE = 5  # looks before this one have no training beside them; the first is no measure
START = "2024-01-15T12:00:02+00:00"
CHANGES = {"train_period_days": TRAIN_DAYS, "live_retrain_hours": 0.3}


@dataclass(frozen=True)
class Arm:
    """A model, and which pairs it is fitted on together."""

    name: str
    model: str
    pool: str = "pair"


ARMS = [
    Arm("stock FreqAI", "LightGBMRegressor"),
    Arm("ours, a model a pair", "RegimeLightGBM"),
    Arm("ours, one pool", "RegimeLightGBM", "all"),
]


class Watch:
    """Each training, by the end of its window, and each look at all pairs.

    Both have a thread of their own: ``(seconds, CPU seconds of the thread)``.
    """

    def __init__(self) -> None:
        self.trained: dict[int, list[tuple[float, float]]] = defaultdict(list)
        self.looked: list[tuple[float, float]] = []
        self.last_calls: dict[int, list[Callable[[], None]]] = defaultdict(list)
        self.fits_beside, self.failure = 0, ""
        self.is_over = threading.Event()
        self.beside = threading.Thread(target=self._train_on)

    def training(self, honest: Callable[..., None]) -> Callable[..., None]:
        """FreqAI's training of a pair, timed."""

        def timed(model: Any, window: Any, *arguments: Any, **options: Any) -> None:
            began, cpu = time.perf_counter(), time.thread_time()
            honest(model, window, *arguments, **options)
            took = (time.perf_counter() - began, time.thread_time() - cpu)
            self.trained[int(window.stopts) // STEP].append(took)
            again = functools.partial(honest, model, window, *arguments, **options)
            self.last_calls[int(window.stopts) // STEP].append(again)

        return timed

    def looking(self, honest: Callable[..., None]) -> Callable[..., None]:
        """Freqtrade's look at the newest candle of all pairs, timed."""

        def timed(strategy: Any, pairs: list[str]) -> None:
            if len(self.looked) == FIRST_BESIDE:
                self.beside.start()
            began, cpu = time.perf_counter(), time.thread_time()
            honest(strategy, pairs)
            self.looked.append((time.perf_counter() - began, time.thread_time() - cpu))
            if len(self.looked) > CANDLES:  # the last one
                self.is_over.set()
                self.beside.join()

        return timed

    def _train_on(self) -> None:
        """The last round's trainings again and again until the last look is done."""
        try:
            for call in itertools.cycle(self.last_calls[max(self.last_calls)]):
                if self.is_over.is_set():
                    return
                call()
                self.fits_beside += 1
        except Exception as error:
            self.failure = f"The training beside the looks failed: {error!r}"


def trade(plan: Path) -> dict[str, float]:
    """Run the bot in this process; seconds of the retraining and from candle to predictions."""
    sys.path.append(str(Path(__file__).parents[1]))
    from tests.host.stepped_trade import main as stepped_trade

    # FreqAI's pause of a second between two pairs is in no number here.
    pause = SimpleNamespace(time=time.time, sleep=lambda _, sleep=time.sleep: sleep(0.02))
    freqai_interface.time = pause
    watch = Watch()
    for base in (IFreqaiModel, RegimeModelBase):
        name = "extract_data_and_train_model"
        setattr(base, name, watch.training(getattr(base, name)))
    RegimeStrategyBase.analyze = watch.looking(RegimeStrategyBase.analyze)
    stepped_trade(str(plan))
    rounds = sorted(watch.trained)
    if len(rounds) != 2:
        raise SystemExit(f"{len(rounds)} rounds of training, 2 were meant.")
    if watch.failure or not watch.fits_beside or len(watch.looked) != CANDLES + 1:
        raise SystemExit(watch.failure or f"{len(watch.looked)} looks, {watch.fits_beside} fits.")
    trained, looked = watch.trained[rounds[1]], watch.looked[1:FIRST_BESIDE]
    beside = watch.looked[FIRST_BESIDE:]
    return {
        "training": sum(seconds for seconds, _ in trained),
        "training cpu": sum(cpu for _, cpu in trained),
        "prediction": median(seconds for seconds, _ in looked),
        "prediction cpu": median(cpu for _, cpu in looked),
        "beside": median(seconds for seconds, _ in beside),
        "longest beside": max(seconds for seconds, _ in beside),
    }


def run(arm: Arm, count: int, market: Path, folder: Path) -> dict[str, float]:
    """Trade ``count`` pairs with an arm in a process of its own."""
    for name in ("user_data", "bot_data"):
        (folder / name).mkdir(parents=True)
    with LocalExchange(market, clock="set", start=START) as exchange:
        own = copy.deepcopy(SAME) | exchange_overlay(exchange.url, futures=False)
        own["db_url"] = f"sqlite:///{folder / 'trades.sqlite'}"
        own["exchange"]["pair_whitelist"] = pairs(count)
        own["freqai"] |= CHANGES
        own["freqai"]["model_training_parameters"]["n_jobs"] = 1
        own["regimes"]["windows"]["pool"] = arm.pool
        (folder / "own.json").write_text(json.dumps(own))
        arguments = ["trade", "--strategy", "RegimeStrategy", "--freqaimodel", arm.model]
        arguments += ["--strategy-path", str(shipped_folder() / "strategies")]
        arguments += ["--freqaimodel-path", str(shipped_folder() / "freqaimodels")]
        arguments += ["--userdir", str(folder / "user_data"), "--datadir", str(market)]
        configs = config_files("intraday-5m", futures=False, model=True)
        for config in (*configs, folder / "own.json"):
            arguments += ["--config", str(config)]
        plan = {"url": exchange.url, "start": START, "candles": CANDLES, "arguments": arguments}
        plan |= {"timeframe_seconds": STEP, "mend": True, "answer": str(folder / "told.json")}
        (folder / "plan.json").write_text(json.dumps(plan))
        command = [sys.executable, __file__, "--plan", str(folder / "plan.json")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    answer: dict[str, float] = json.loads((folder / "answer.json").read_text())
    return answer


def pairs(count: int) -> list[str]:
    """So many pairs of the built-in market."""
    return [f"C{number:02}/USDT" for number in range(count)]


def main() -> int:
    """Run every arm with every number of pairs and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plan", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--pairs", type=int, nargs="+", default=COUNTS)
    options = parser.parse_args()
    if options.plan is not None:
        answer = trade(options.plan)
        (options.plan.parent / "answer.json").write_text(json.dumps(answer))
        return 0
    print(f"{TRAIN_DAYS} days of 5m candles, all pairs together; x: CPU time, stock FreqAI's is 1")
    print(
        f"\n{'pairs':>5}  {'':22}{'retraining':>12}{'x':>7}{'prediction':>13}{'x':>7}"
        f"{'while training':>17}{'longest':>10}"
    )
    with tempfile.TemporaryDirectory() as name:
        first = pd.Timestamp(START).floor("D") - pd.Timedelta(days=TRAIN_DAYS + 4)
        spec = MarketSpec(
            pairs=tuple(pairs(max(options.pairs))),
            timeframe="5m",
            timeframes=("5m",),
            start=f"{first:%Y-%m-%d}",
            days=TRAIN_DAYS + 5,
            seed=1,
        )
        build_market(spec, Path(name) / "market")
        for count in options.pairs:
            arms = ARMS if count > 1 else ARMS[:2]  # a pool of one pair is that pair
            _print(Path(name), count, arms)
    return 0


def _print(folder: Path, count: int, arms: list[Arm]) -> None:
    stock: dict[str, float] = {}
    for arm in arms:
        found = run(arm, count, folder / "market", folder / f"{count} {arm.name}")
        stock = stock or found
        cells = [
            f"{found[key]:10.2f} s{found[f'{key} cpu'] / stock[f'{key} cpu']:7.2f}"
            for key in ("training", "prediction")
        ]
        cells += [f"{found['beside']:15.2f} s{found['longest beside']:8.2f} s"]
        print(f"{count:5}  {arm.name:22}{cells[0]} {cells[1]}{cells[2]}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
