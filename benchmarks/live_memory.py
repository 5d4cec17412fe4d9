"""What memory and disk a running bot needs over a virtual week.

    python benchmarks/live_memory.py [--candles 2016] [--minutes 120]

The real ``freqtrade trade`` in dry-run on the built-in market, stepped from candle to candle as a
replay steps it: two pairs, the intraday features on 5m and 1h candles, LightGBM with 50 trees and
one thread, a training of both pairs every four hours, what it sees and decides recorded. Each
virtual hour the bot's process is asked for its resident memory; the trend is least squares over
the second half. "heap" is what glibc's allocator has handed out, "free" what was given back to it
and is kept from the system; Python's small objects and other libraries' own pools are in neither.
Python's own collector comes seldom to old objects, so their number has garbage in it (most of it of
the calls that set the clock of the built-in exchange, which no real bot makes); with ``--collect``
it is asked to come each hour, and the types that grew are told.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
from small_intraday import small_intraday

sys.path.append(str(Path(__file__).parents[1]))
from freqai_regimes.cli.run_config import RunConfig, write_overlay
from freqai_regimes.freqtrade_bridge.stepped_bot.live_process import trade
from freqai_regimes.freqtrade_bridge.stepped_bot.plan import SECONDS_AFTER_CANDLE, SteppedPlan
from freqai_regimes.freqtrade_bridge.stepped_bot.stepper import Stepper
from freqai_regimes.local_exchange import LocalExchange, exchange_overlay
from freqai_regimes.synthetic_market import MarketSpec, build_market

PAIRS = ("BTC/USDT", "ETH/USDT")
START = pd.Timestamp("2024-03-15T00:00Z")
STEP, WEEK = 300, 2016
HOUR, DAY = 3600 // STEP, 86_400 // STEP
MIB = 2**20


class HeapInfo(ctypes.Structure):
    """What glibc's ``mallinfo2`` answers, in bytes; blocks that it maps one by one are apart."""

    _fields_ = [
        ("not_asked_for", ctypes.c_size_t * 4),
        ("mapped", ctypes.c_size_t),
        ("nor_these", ctypes.c_size_t * 2),
        ("used", ctypes.c_size_t),
        ("free", ctypes.c_size_t),
        ("nor_this", ctypes.c_size_t),
    ]


def heap() -> dict[str, float]:
    """MiB of glibc's heaps; NaN with another C library."""
    ask = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if ask is None:
        return {"heap": float("nan"), "free": float("nan")}
    ask.restype = HeapInfo
    found = ask()
    return {"heap": (found.used + found.mapped) / MIB, "free": found.free / MIB}


def frames_kept(bot: Any, drawer: Any) -> dict[str, float]:
    """MiB of the frames that grow by a row a candle until they are cut."""
    analysed = [kept[0] for kept in bot.dataprovider._DataProvider__cached_pairs.values()]
    histories = [frame for frames in drawer.historic_data.values() for frame in frames.values()]
    histories += drawer.historic_predictions.values()
    kept = {"freqtrade's analysed candles": analysed, "FreqAI's histories": histories}
    return {
        name: float(sum(frame.memory_usage(deep=True).sum() for frame in frames)) / MIB
        for name, frames in kept.items()
    }


class MemoryStepper(Stepper):
    """Notes each virtual hour what the process and its folder hold."""

    def __init__(self, plan: SteppedPlan, *, collect: bool) -> None:
        super().__init__(plan)
        self.collect = collect
        self.process = psutil.Process()
        self.found = Path(plan.folder) / "found.jsonl"

    def after_look(self) -> None:
        """A line after the first look and then each hour; trainings of the look are done."""
        if self.looks % HOUR:
            return
        if self.collect:
            gc.collect()
        folder = Path(self.plan.folder)
        files = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
        trained = {info["trained_timestamp"] for info in self.freqai.dd.pair_dict.values()}
        note = {
            "candles": self.looks,
            "rss": self.process.memory_info().rss / MIB,
            "objects": len(gc.get_objects()),
            "disk": sum(files) / MIB,
            "files": len(files),
            "trained": max(trained),
            "frames": frames_kept(self.bot, self.freqai.dd),
            **heap(),
        }
        if self.collect:
            note["types"] = Counter(type(one).__qualname__ for one in gc.get_objects())
        with self.found.open("a") as file:
            file.write(json.dumps(note) + "\n")


def run(candles: int, minutes: float, folder: Path, *, collect: bool) -> pd.DataFrame:
    """Step the bot in a process of its own, so long at most; a row each virtual hour."""
    spec = MarketSpec(
        pairs=PAIRS,
        timeframe="5m",
        timeframes=("5m", "1h"),
        start=f"{START - pd.Timedelta(days=14):%Y-%m-%d}",
        days=15 + -(-candles // DAY),
        seed=1,
    )
    market = build_market(spec, folder / "market")
    bot = folder / "bot"
    for name in ("user_data", "data"):
        (bot / name).mkdir(parents=True)
    own = folder / "own.json"
    own.write_text(json.dumps(small_intraday(3.99)))
    config = RunConfig.load("intraday-5m", futures=False, model=True, own=(own,))
    start = (START + pd.Timedelta(seconds=SECONDS_AFTER_CANDLE)).isoformat()
    with LocalExchange(market, clock="set", start=start) as exchange:
        overlay = exchange_overlay(exchange.url, futures=False) | {"dry_run": True}
        overlay |= {"db_url": f"sqlite:///{bot / 'trades.sqlite'}", "max_open_trades": len(PAIRS)}
        overlay["exchange"]["pair_whitelist"] = list(PAIRS)
        overlay["regimes"] = {"record": str(bot / "record")}
        arguments = config.freqtrade_arguments(bot / "user_data", write_overlay(folder, overlay))
        arguments += ["--strategy", "RegimeStrategy", "--datadir", str(bot / "data")]
        plan = SteppedPlan(exchange.url, start, candles, STEP, ["trade", *arguments], str(bot))
        command = [sys.executable, __file__, "--plan", str(plan.write())]
        command += ["--collect"] if collect else []
        log = (folder / "freqtrade.log").open("w")
        with log, subprocess.Popen(command, stdout=log, stderr=log) as process:
            try:
                process.wait(minutes * 60)
            except subprocess.TimeoutExpired:
                process.kill()  # what it has noted until now is told
            else:
                if process.returncode:
                    raise SystemExit((folder / "freqtrade.log").read_text()[-3000:])
    lines = (bot / "found.jsonl").read_text().splitlines()
    return pd.DataFrame([json.loads(line) for line in lines])


def shown(found: pd.DataFrame, folder: Path) -> str:
    """The table, the trend and the largest files."""
    last = int(found["candles"].iloc[-1])
    moments = [0, HOUR, 6 * HOUR, *range(DAY, last, DAY), last]
    lines = [
        f"{'':11}{'RSS MiB':>9}{'heap':>7}{'free':>7}{'Python objects':>16}{'trainings':>11}"
        f"{'disk MiB':>10}{'files':>7}"
    ]
    trainings = (found["trained"].diff() > 0).cumsum() + 1
    for number, row in found.iterrows():
        if row["candles"] not in moments:
            continue
        name = f"{row['candles'] / DAY:.2f} days"
        lines.append(
            f"{name:11}{row['rss']:9.0f}{row['heap']:7.1f}{row['free']:7.1f}"
            f"{row['objects']:16,.0f}{trainings[number]:11}"
            f"{row['disk']:10.1f}{row['files']:7.0f}"
        )
    half = found[found["candles"] >= last / 2]
    days = half["candles"] / DAY
    slopes = [np.polyfit(days, half[name], 1)[0] for name in ("rss", "heap", "objects", "disk")]
    lines.append(
        f"\na virtual day, over the second half: {slopes[0]:+.2f} MiB resident, "
        f"{slopes[1]:+.2f} MiB of the heap, {slopes[2]:+,.0f} Python objects, "
        f"{slopes[3]:+.1f} MiB on disk"
    )
    frames = pd.DataFrame(found["frames"].to_list())
    for name in frames:
        held = frames[name]
        lines.append(f"{name}: {held[1]:.2f} MiB at first, {held.max():.2f} at most")
    lines.append("\nlargest files, MiB:")
    if "types" in found:
        grew = Counter(half["types"].iloc[-1])
        grew.subtract(half["types"].iloc[0])
        told = ", ".join(f"{name} {count:+,}" for name, count in grew.most_common(8))
        lines.insert(-1, f"\ngrew most over the second half: {told}")
    files = [path for path in (folder / "bot").rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: -path.stat().st_size)[:8]:
        lines.append(f"{path.stat().st_size / MIB:8.2f}  {path.relative_to(folder / 'bot')}")
    return "\n".join(lines)


def main() -> int:
    """Step the bot and print what it held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--candles", type=int, default=WEEK, help="of 5m, 2016 are a week")
    parser.add_argument("--minutes", type=float, default=120, help="then stop, and tell so far")
    parser.add_argument("--collect", action="store_true", help="collect garbage before counting")
    parser.add_argument("--plan", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.plan is not None:
        stepper = MemoryStepper(SteppedPlan.read(options.plan), collect=options.collect)
        trade(stepper)
        return 0 if stepper.is_done else 1
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as name:
        began = time.monotonic()
        found = run(options.candles, options.minutes, Path(name), collect=options.collect)
        took, last = time.monotonic() - began, found["candles"].iloc[-1]
        print(f"{len(PAIRS)} pairs, {last} candles of 5m, {took:.0f} s\n")
        print(shown(found, Path(name)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
