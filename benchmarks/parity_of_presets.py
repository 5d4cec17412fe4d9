"""Whether every preset does live what it does in its backtest, on real candles.

    REGIMES_DATA=... python benchmarks/parity_of_presets.py

``freqai-regimes replay`` of each preset, as it is shipped and with the gate off so that trades
really happen, spot and futures with shorts. ``REGIMES_DATA`` holds freqtrade data directories; the
folders are named below. Models have fewer trees and shorter training periods than the presets,
because the candles of a minute do not reach back further and each training is done twice; nothing
else is changed but what a row says. ``--only`` runs the rows whose name contains the text.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FEWER_TREES = {"model_training_parameters": {"n_estimators": 50}}
NO_GATE = {"life": {"gate": {"enabled": False}}}
FOLDERS = {
    ("spot", "5m"): "spot_2024-12_2025-08",
    ("futures", "5m"): "futures_2024-12_2025-08",
    ("spot", "1m"): "spot_1m_2025-05_2025-08",
    ("futures", "1m"): "futures_1m_2025-05_2025-06",
    ("spot", "4h"): "majors_2024-01_2025-08",
}


@dataclass(frozen=True)
class Row:
    """One replay: a preset, its candles, and what is changed of it."""

    preset: str
    market: str
    timeframe: str
    timerange: str
    freqai: dict[str, Any]
    gated: bool
    regimes: dict[str, Any] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    coins: tuple[str, ...] = ("BTC",)

    @property
    def name(self) -> str:
        """How it is called in the table."""
        more = " ".join(word.strip("-") for word in self.options)
        gate = "as shipped" if self.gated else "gate off"
        coins = "" if len(self.coins) == 1 else f", {' and '.join(self.coins)}"
        return f"{self.preset}, {self.market}, {gate}{coins}" + (f", {more}" if more else "")


MINUTES_5 = {"train_period_days": 2, "live_retrain_hours": 11.9}
MINUTES_1 = {"train_period_days": 1, "live_retrain_hours": 3.9}
HOURS_4 = {"train_period_days": 120, "live_retrain_hours": 239}
EAGER = {"edge": {"entry_threshold": 0.0002}}
#: A tenth of the rows that an expert must have, for windows of a tenth of the days.
SMALL_EXPERTS = {"experts": {"minimum_rows": 150}}
ROWS = [
    Row("regime-4h", "spot", "4h", "20250501-20250531", HOURS_4, True),
    Row("regime-4h", "spot", "4h", "20250501-20250531", HOURS_4, False),
    Row("intraday-5m", "spot", "5m", "20250701-20250704", MINUTES_5, True),
    Row("intraday-5m", "spot", "5m", "20250701-20250704", MINUTES_5, False, EAGER | SMALL_EXPERTS),
    Row(
        *("intraday-5m", "futures", "5m", "20250701-20250704", MINUTES_5, False),
        EAGER | SMALL_EXPERTS,
    ),
    Row(
        *("intraday-5m", "spot", "5m", "20250701-20250704", MINUTES_5, False),
        EAGER | SMALL_EXPERTS,
        coins=("BTC", "ETH"),
    ),
    Row("scalper-1m", "spot", "1m", "20250701-20250702", MINUTES_1, True),
    Row("scalper-1m", "spot", "1m", "20250701-20250702", MINUTES_1, False, EAGER | SMALL_EXPERTS),
    Row(
        *("scalper-1m", "futures", "1m", "20250615-20250616", MINUTES_1, False),
        EAGER | SMALL_EXPERTS,
    ),
    Row("source-004", "spot", "1m", "20250701-20250702", MINUTES_1, True),
    Row("source-004", "spot", "1m", "20250701-20250702", MINUTES_1, False, EAGER),
]


def replayed(row: Row, data: Path, folder: Path) -> dict[str, Any]:
    """Run the command; what its JSON file says, and its last line."""
    folder.mkdir(parents=True)
    own = folder / "own.json"
    regimes = row.regimes | ({} if row.gated else NO_GATE)
    own.write_text(json.dumps({"freqai": row.freqai | FEWER_TREES, "regimes": regimes}))
    settled = ":USDT" if row.market == "futures" else ""
    pairs = [f"{coin}/USDT{settled}" for coin in row.coins]
    command = "import sys; from freqai_regimes.cli.main import main; sys.exit(main(sys.argv[1:]))"
    arguments = ["replay", "--preset", row.preset, "--config", str(own), "--pairs", *pairs]
    arguments += ["--datadir", str(data / FOLDERS[row.market, row.timeframe])]
    arguments += ["--timerange", row.timerange, "--userdir", str(folder / "user_data")]
    arguments += ["--json", str(folder / "found.json"), *row.options]
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1):
        raise SystemExit(f"{row.name}: {done.stderr[-2000:]}")
    told: dict[str, Any] = json.loads((folder / "found.json").read_text())
    return told | {"said": done.stdout.strip().splitlines()[-1]}


def line(row: Row, told: dict[str, Any]) -> str:
    """A row of the table."""
    counted = told["counted"]
    sides = [pair["live"] or pair["backtest"] for pair in told["trades"]]
    trades = f"{len(sides)}, {sum(side['is_short'] for side in sides)} short"
    decided = [one for kind, one in counted.items() if kind not in ("trade", "lock")]
    values = sum(one["compared"] for one in decided)
    unequal = sum(one["differing"] for one in decided)
    causes = sorted({each["cause"] for each in told["differences"]})
    beyond = sum(not each["allowed"] for each in told["differences"])
    trainings = counted.get("training", {"compared": 0})["compared"]
    cells = [row.name, row.timerange, trainings, values, unequal, trades, beyond]
    return "| " + " | ".join([*map(str, cells), "; ".join(causes) or "none"]) + " |"


def main() -> int:
    """Print a row after each replay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="rows whose name contains this")
    options = parser.parse_args()
    if "REGIMES_DATA" not in os.environ:
        raise SystemExit("Set REGIMES_DATA to a folder of freqtrade data directories.")
    data = Path(os.environ["REGIMES_DATA"])
    heads = "replay | days | trainings | values | unequal | trades | beyond the three | causes"
    print(f"| {heads} |\n|{'---|' * 8}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        for number, row in enumerate(ROWS):
            if options.only in row.name:
                told = replayed(row, data, Path(name) / str(number))
                print(line(row, told), flush=True)
                print(f"{row.name}: {told['said']}", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
