"""Which training windows predict better: rolling or expanding, one model a pair or one for all.

    REGIMES_DATA=path/to/data python benchmarks/window_choice.py

The preset regime-4h without its gate, on BTC and ETH of ``hourly_daily_2017_2021`` (1h candles made
into 4h and 1d): rank correlation of all predictions from 2019 on with what came true, and its
one-sided p value among circular shifts. Trades do not differ: the preset's model has no say.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path

import pandas as pd

from freqai_regimes.candles import read_candles, resample, write_candles
from freqai_regimes.cli.main import main as freqai_regimes
from freqai_regimes.evaluation.metrics import circular_shift_null
from freqai_regimes.evaluation.record import outcome, read_record, trusted_prediction

PAIRS = ("BTC/USDT", "ETH/USDT")
TIMERANGE = "20190101-20210601"


def skill(pool: str, span: str, datadir: Path, folder: Path) -> str:
    """Backtest one choice of windows; its figures as a line."""
    folder.mkdir()
    windows = {"pool": pool, "span": span}
    own = {"regimes": {"windows": windows, "life": {"gate": {"enabled": False}}}}
    (folder / "own.json").write_text(json.dumps(own))
    arguments = ["backtest", "--userdir", str(folder), "--config", str(folder / "own.json")]
    arguments += ["--datadir", str(datadir), "--timerange", TIMERANGE, "--pairs", *PAIRS]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = freqai_regimes(arguments)
    if code:
        raise SystemExit(said.getvalue()[-3000:])
    [made] = (folder / "runs").glob("*/record")
    record = read_record(made)
    predicted = {pair: trusted_prediction(frame) for pair, frame in record.pairs.items()}
    realised = {pair: outcome(frame) for pair, frame in record.pairs.items()}
    null = circular_shift_null(
        pd.DataFrame(predicted), pd.DataFrame(realised), minimum_shift=record.horizon_candles
    )
    rows = [note["train_rows"] for note in record.run["windows"]]
    return f"{min(rows):8,} to {max(rows):6,}{null.observed:+12.3f}{null.p_greater:8.3f}"


def main() -> int:
    """Build the candles, run the four choices, print the table."""
    if "REGIMES_DATA" not in os.environ:
        raise SystemExit("Set REGIMES_DATA to a folder that holds hourly_daily_2017_2021.")
    source = Path(os.environ["REGIMES_DATA"]) / "hourly_daily_2017_2021"
    with tempfile.TemporaryDirectory() as name:
        datadir = Path(name) / "data"
        datadir.mkdir()
        for pair in PAIRS:
            candles = read_candles(source, pair, "1h")
            for timeframe in ("4h", "1d"):
                write_candles(resample(candles, "1h", timeframe), datadir, pair, timeframe)
        table = [f"{'pool':6}{'span':11}{'training rows':>18}{'rank corr.':>12}{'p':>8}"]
        for span in ("rolling", "expanding"):
            for pool in ("pair", "all"):
                line = skill(pool, span, datadir, Path(name) / f"{pool}-{span}")
                table.append(f"{pool:6}{span:11}{line}")
    print("\n".join(table))  # behind freqtrade's own reports
    return 0


if __name__ == "__main__":
    sys.exit(main())
