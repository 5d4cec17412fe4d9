"""How many candles a second a replay does: one pair, and a week of two pairs.

    python benchmarks/replay_speed.py

The intraday features on 5m and 1h candles of the built-in market, LightGBM with 50 trees and one
thread, trained each hour on four days. Candles a second are the bot's, by the clock from its first
look to its last, trainings included; the CPU time is that of bot and backtest, from their start.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from small_intraday import small_intraday

sys.path.append(str(Path(__file__).parents[1]))
from freqai_regimes.cli.replay_run import ReplayRun, replay
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.parity.compare import compare
from freqai_regimes.synthetic_market import MarketSpec, build_market

START = pd.Timestamp("2024-03-15T00:00Z")


def measured(pairs: tuple[str, ...], candles: int, folder: Path) -> str:
    """Replay so many candles of some pairs; a line of the table."""
    spec = MarketSpec(
        pairs=pairs,
        timeframe="5m",
        timeframes=("5m", "1h"),
        start=f"{START - pd.Timedelta(days=14):%Y-%m-%d}",
        days=24,
        seed=1,
    )
    market = build_market(spec, folder / "market")
    (folder / "run").mkdir()
    own = folder / "own.json"
    own.write_text(json.dumps(small_intraday(0.99)))
    config = RunConfig.load("intraday-5m", futures=False, model=True, own=(own,))
    step = pd.Timedelta(minutes=5)
    moments: list[tuple[float, int]] = []
    run = ReplayRun(
        config=config,
        pairs=list(pairs),
        datadir=market,
        start=START,
        end=START + candles * step,
        folder=folder / "run",
        userdir=folder,
    )
    began, cpu = time.monotonic(), sum(os.times()[2:4])
    live, backtest = replay(run, lambda done: moments.append((time.monotonic(), done)))
    whole, used = time.monotonic() - began, sum(os.times()[2:4]) - cpu
    stepping = moments[-1][0] - moments[0][0]
    rate = (moments[-1][1] - moments[0][1]) / stepping
    equal = "equal" if compare(live, backtest).passed else "NOT equal"
    return (
        f"{len(pairs)} pair(s), {candles} candles: {rate:.1f} candles/s, whole replay {whole:.0f} s"
        f" ({used:.0f} s CPU in bot and backtest), {equal}"
    )


def main() -> int:
    """Print a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candles", type=int, help="fewer candles, for a short look")
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for pairs, candles in ((("BTC/USDT",), 288), (("BTC/USDT", "ETH/USDT"), 2016)):
        with tempfile.TemporaryDirectory() as name:
            print(measured(pairs, options.candles or candles, Path(name)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
