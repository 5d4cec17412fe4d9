"""Every shipped preset on real candles as it is, losing ones too, with its model's gate on and off.

    REGIMES_DATA=path/to/data python benchmarks/preset_results.py [--presets source-004 ...]

Fills cost 0.11 % a side. "A side" is the cost that would have eaten the gross profit: a preset
whose break-even lies below what an exchange takes loses whatever the settings are. Sharpe ratio of
the daily wallet, times the root of 365.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search.blocks import BLOCKS, SPOT_COST, data
from search.host import HostRun, backtest
from search.rule_arm import TIMEFRAME

from freqai_regimes.candles import resample, write_candles

HEAD = (
    f"{'preset':13}{'candles':28}{'gate':>5}{'windows':>8}{'let in':>7}{'trades':>7}{'net':>9}"
    f"{'gross':>9}{'a side':>9}{'Sharpe':>8}{'fall':>8}"
)


@dataclass(frozen=True)
class Case:
    """A preset and the candles it is run on."""

    preset: str
    folder: str
    coins: tuple[str, ...]
    timerange: str
    made: bool = False  # 4h and 1d candles are made of 1h ones


CASES = (
    Case("regime-4h", "hourly_daily_2017_2021", ("BTC", "ETH"), "20181112-20210717", made=True),
    Case("intraday-5m", "spot_2024-01_2024-09", ("BTC", "ETH", "SOL"), "20240701-20240830"),
    Case("scalper-1m", "spot_1m_2025-05_2025-08", ("BTC",), "20250604-20250704"),
    Case("source-004", "spot_1m_2025-05_2025-08", ("BTC",), "20250604-20250817"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", nargs="+", default=[case.preset for case in CASES])
    parser.add_argument("--gates", nargs="+", default=["on", "off"], choices=("on", "off"))
    given = parser.parse_args()
    print(HEAD, flush=True)
    for case in CASES:
        if case.preset in given.presets:
            with tempfile.TemporaryDirectory() as name:
                for gate in given.gates:
                    print(line(case, gate == "on", Path(name)), flush=True)
    return 0


def line(case: Case, gate: bool, folder: Path) -> str:
    """Backtest one case and put its figures in a line."""
    pairs = [f"{coin}/USDT" for coin in case.coins]
    words = ["--preset", case.preset, "--datadir", str(datadir(case, folder / "data"))]
    words += ["--timerange", case.timerange, "--pairs", *pairs, "--fee", str(SPOT_COST)]
    own: dict[str, Any] = {"regimes": {"life": {"gate": {"enabled": gate}}}}
    run = backtest(folder / str(gate), words, own)
    candles = f"{case.timerange} {' '.join(case.coins)}"
    return f"{case.preset:13}{candles:28}{'on' if gate else 'off':>5}{figures(run)}"


def datadir(case: Case, folder: Path) -> Path:
    """The stored directory, or one with the timeframes that the preset needs."""
    if not case.made:
        return data(case.folder)
    [block] = [block for block in BLOCKS if block.folder == case.folder]
    for pair, candles in block.candles("1h").items():
        for timeframe in (TIMEFRAME, "1d"):
            write_candles(resample(candles, "1h", timeframe), folder, pair, timeframe)
    return folder


def figures(run: HostRun) -> str:
    """Windows, trades, and what they earned before and after costs."""
    trades = run.result.trades
    noted = run.windows
    let_in = sum(bool(note.get("promoted", True)) for note in noted)
    gross, a_side = 0.0, "-"
    if len(trades):  # freqtrade's table without a trade has no columns
        value = trades["amount"] * (trades["open_rate"] + trades["close_rate"])
        gross = float(trades["profit_abs"].sum() + (value * SPOT_COST).sum())
        a_side = f"{1e4 * gross / value.sum():.1f}bp"
    return (
        f"{len(noted):>8}{let_in:>7}{len(trades):>7}{run.net:>+9.2%}"
        f"{gross / float(run.result.stats['starting_balance']):>+9.2%}"
        f"{a_side:>9}{run.sharpe:>8.2f}{run.drawdown:>8.2%}"
    )


if __name__ == "__main__":
    sys.exit(main())
