"""What a window costs, and what it is worth, beside FreqAI's own example.

    REGIMES_DATA=path/to/data python benchmarks/example_cost.py

One arm is ``FreqaiExampleStrategy`` as freqtrade ships it, with the configuration of its example:
three timeframes, two correlated pairs, two shifted candles, SVM and dissimilarity index, weights by
age, 1000 trees. The others are what the preset regime-4h learns with, its features and small trees
for one pool: on the example's own windows, and expanding ones as the preset has them. All run on
the same candles of ``spot_2024-01_2024-09``, one LightGBM thread each, and are judged by the
example's own label: rank correlation over all pairs and windows, of the rows that the arm itself
trusts.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from freqtrade import templates
from freqtrade.freqai.prediction_models.LightGBMRegressor import LightGBMRegressor
from timed_walk import in_own_process, stored_predictions, timed_walk

from freqai_regimes.candles import read_candles
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.evaluation.metrics import circular_shift_null
from freqai_regimes.freqtrade_bridge.model import RegimeModelBase
from freqai_regimes.userdir import shipped_folder

PAIRS = ["BTC/USDT", "ETH/USDT", "SOL/USDT"]
TIMEFRAMES = ["5m", "15m", "1h"]
TRAIN_DAYS, DAYS, WINDOWS, HORIZON = 15, 7, 8, 20
FIRST = pd.Timestamp("2024-02-01")
COMMON = {"train_period_days": TRAIN_DAYS, "backtest_period_days": DAYS}
EXAMPLE: dict[str, Any] = {
    "timeframe": "5m",
    "startup_candle_count": 200,
    "freqai": {
        "identifier": "example",
        **COMMON,
        "feature_parameters": {
            "include_timeframes": TIMEFRAMES,
            "include_corr_pairlist": ["BTC/USDT", "ETH/USDT"],
            "label_period_candles": HORIZON,
            "include_shifted_candles": 2,
            "DI_threshold": 0.9,
            "weight_factor": 0.9,
            "principal_component_analysis": False,
            "use_SVM_to_remove_outliers": True,
            "indicator_periods_candles": [10, 20],
        },
        "data_split_parameters": {"test_size": 0.33, "random_state": 1, "shuffle": False},
        "model_training_parameters": {"n_estimators": 1000, "n_jobs": 1, "verbose": -1},
    },
}


@dataclass(frozen=True)
class Arm:
    """A model on the windows, and the column of its predictions."""

    name: str
    model: type[Any]
    column: str
    span: str = "rolling"


class PresetModel(RegimeModelBase):
    """The shipped model, defined where freqtrade's loader is not asked."""


ARMS = [
    Arm("FreqAI's example (SVM, DI)", LightGBMRegressor, "&-s_close"),
    Arm("regime-4h's features and trees", PresetModel, "&-forward_return"),
    Arm("the same, expanding windows", PresetModel, "&-forward_return", "expanding"),
]


def preset(span: str) -> dict[str, Any]:
    """The preset's learning on the example's candles, horizon and windows, without its gate."""
    merged = RunConfig.load("regime-4h", futures=False, model=True, own=()).merged
    regimes = {**merged["regimes"], "life": {"gate": {"enabled": False}}}
    regimes["regime"] = {**regimes["regime"], "timeframe": "1h", "resample_from": None}
    regimes["regime"]["shorter_average_candles"] = None
    regimes["windows"] = {"pool": "all", "span": span, "workers": 1}
    regimes["label_sets"] = [{**regimes["label_sets"][0], "horizon_candles": HORIZON}]
    freqai = {**merged["freqai"], **COMMON}
    freqai["feature_parameters"] = {
        **freqai["feature_parameters"],
        "include_timeframes": TIMEFRAMES,
        "label_period_candles": HORIZON,
    }
    return {"timeframe": "5m", "startup_candle_count": 400, "freqai": freqai, "regimes": regimes}


def run(number: int, datadir: Path, folder: Path) -> dict[str, float]:
    """Train and predict all windows of one arm in this process."""
    ends = FIRST + pd.Timedelta(days=DAYS * WINDOWS)
    timerange = f"{FIRST:%Y%m%d}-{ends:%Y%m%d}"
    settings = EXAMPLE if number == 0 else preset(ARMS[number].span)
    settings["exchange"] = {"pair_whitelist": PAIRS}
    strategy = ("RegimeStrategy", shipped_folder() / "strategies")
    if number == 0:  # as shipped, but spot has no shorts
        text = Path(templates.__file__).with_name("FreqaiExampleStrategy.py").read_text()
        own = folder / "strategies"
        own.mkdir()
        (own / "FreqaiExampleStrategy.py").write_text(
            text.replace("can_short = True", "can_short = False")
        )
        strategy = ("FreqaiExampleStrategy", own)
    return timed_walk(ARMS[number].model, settings, datadir, timerange, folder, strategy)


def skill(arm: Arm, folder: Path, datadir: Path) -> str:
    """Rank correlation with the example's label, and how often shifted predictions do as well."""
    stored = stored_predictions(folder).reset_index(level=0, names="file")
    predicted, realised = {}, {}
    for pair in PAIRS:
        close = read_candles(datadir, pair, "5m").set_index("date")["close"]
        label = close.shift(-HORIZON).rolling(HORIZON).mean() / close - 1
        own = stored[stored["file"].str.startswith(f"cb_{pair.split('/')[0].lower()}_")]
        values = own.set_index("date")[arm.column].where(own.set_index("date")["do_predict"] == 1)
        predicted[pair], realised[pair] = values, label.reindex(values.index)
    null = circular_shift_null(
        pd.DataFrame(predicted), pd.DataFrame(realised), minimum_shift=2 * HORIZON
    )
    trusted = pd.DataFrame(predicted).notna().mean().mean()
    return f"{null.observed:+12.3f}{null.p_greater:10.3f}{trusted:10.0%}"


def main() -> int:
    """Run all arms, each in a process of its own, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arm", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if "REGIMES_DATA" not in os.environ:
        raise SystemExit("Set REGIMES_DATA to a folder that holds spot_2024-01_2024-09.")
    datadir = Path(os.environ["REGIMES_DATA"]) / "spot_2024-01_2024-09"
    if options.arm is not None:
        answer = run(options.arm, datadir, options.folder)
        (options.folder / "answer.json").write_text(json.dumps(answer))
        return 0
    print(f"{len(PAIRS)} pairs, {WINDOWS} windows of {DAYS} days, {TRAIN_DAYS} days of 5m candles")
    print(f"\n{'':32}{'CPU a window':>14}{'rank corr.':>12}{'p':>10}{'trusted':>10}")
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / str(number) for number in range(len(ARMS))]
        cost = [in_own_process(__file__, n, folder)["cpu"] for n, folder in enumerate(folders)]
        for arm, each, folder in zip(ARMS, cost, folders, strict=True):
            share = f"{each / cost[0]:.3f}"
            print(f"{arm.name:32}{share:>14}{skill(arm, folder, datadir)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
