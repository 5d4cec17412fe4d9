"""How long the windows of a backtest take, beside stock FreqAI on the same windows and trees.

    python benchmarks/walk_forward_speed.py

All arms train one model: FreqAI's own ``LightGBMRegressor``, pipeline and split included. Its
"plain" arms run through our windows with exactly that fit, so that their predictions must be the
stock ones bit for bit (checked before anything is printed). Each arm runs in a process of its own,
in turn; what is timed is the training and predicting of all windows, without freqtrade's start.

Shares are of CPU time, so they hold on a busy machine: "LightGBM" is its binning and its trees;
"FreqAI around it" what FreqAI's own code does in all arms alike: its split, pipelines, predictions,
and its merging of features and of predictions into frames; "outside" is all the rest: features,
labels, cutting out windows, saving, reading back. "Faster" is by the clock, and means something on
idle cores alone.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen
from freqtrade.freqai.prediction_models.LightGBMRegressor import LightGBMRegressor
from timed_walk import in_own_process, stored_predictions, timed_walk

from freqai_regimes.freqtrade_bridge.fitted_window import FittedWindow
from freqai_regimes.freqtrade_bridge.model import RegimeModelBase
from freqai_regimes.freqtrade_bridge.served_model import ServedModel
from freqai_regimes.freqtrade_bridge.window_fit import TrainingRows
from freqai_regimes.model_life.promotion_gate import GateDecision
from freqai_regimes.synthetic_market import MarketSpec, build_market

PAIRS = ["BTC/USDT", "ETH/USDT", "SOL/USDT"]
TRAIN_DAYS, WINDOWS, TREES = 30, 27, 200
START = "2024-01-01"
FEATURES = [
    {"generator": "momentum", "timeframe": "all", "windows_candles": [6, 24, 84]},
    {"generator": "volume", "timeframe": "all", "windows_candles": [6, 24, 84]},
    {"generator": "candle_shape", "timeframe": "all"},
]
LABEL = {"label": "forward_return", "name": "forward_return", "horizon_candles": 12}
SAME: dict[str, Any] = {
    "timeframe": "5m",
    "startup_candle_count": 600,
    "freqai": {
        "identifier": "speed",
        "train_period_days": TRAIN_DAYS,
        "backtest_period_days": 1,
        "feature_parameters": {"include_timeframes": ["5m"]},
        "data_split_parameters": {"test_size": 0.2, "shuffle": False},
        "model_training_parameters": {
            "n_estimators": TREES,
            "num_leaves": 31,
            "random_state": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbose": -1,
        },
    },
    "regimes": {
        "regime": {
            "timeframe": "5m",
            "resample_from": None,
            "average_candles": 200,
            "shorter_average_candles": None,
            "change_candles": 100,
        },
        "feature_sets": FEATURES,
        "label_sets": [LABEL | {"volatility_half_life_candles": 24}],
        "windows": {"pool": "pair"},
    },
}


@dataclass(frozen=True)
class PlainFit:
    """A stock FreqAI model with the pipelines it was fitted behind."""

    model: Any
    kitchen: FreqaiDataKitchen
    report: Any

    def importance(self) -> pd.Series:
        """Not asked for."""
        return pd.Series(dtype=float)


@dataclass(frozen=True)
class PlainReport:
    """What the log of windows asks for."""

    train_rows: int


class PlainModel(RegimeModelBase):
    """Our windows around FreqAI's own fit, pipeline and split."""

    @cached_property
    def kitchen(self) -> FreqaiDataKitchen:
        """A new one, made once."""
        return FreqaiDataKitchen(self.config, False, PAIRS[0])

    def fit_rows(self, rows: TrainingRows) -> Any:
        """FreqAI's own training of these rows."""
        stock = LightGBMRegressor.__new__(LightGBMRegressor)
        stock.__dict__ = {**self.__dict__, "live": False}
        kitchen = copy.copy(self.kitchen)
        kitchen.pair, kitchen.data_dictionary = rows.workings["pair"].iloc[0], {}
        kitchen.data = dict(self.kitchen.data)
        kitchen.training_features_list = list(rows.features)
        label = str(rows.label.name)
        kitchen.label_list = [label]
        frame = rows.features.assign(**{"date": rows.workings["date"], label: rows.label})
        model = stock.train(frame, kitchen.pair, kitchen)
        return PlainFit(model, kitchen, PlainReport(len(rows.features)))

    def hand_over(self, fitted: FittedWindow, champion: Any) -> ServedModel:
        """Stock FreqAI has no gate."""
        return ServedModel(fitted.bundle, True, GateDecision(True, "no gate"), {})

    def predictions_of(self, served: ServedModel, frame: pd.DataFrame, dk: Any) -> Any:
        """FreqAI's own prediction."""
        plain: Any = served.bundle
        stock = LightGBMRegressor.__new__(LightGBMRegressor)
        stock.__dict__ = {**self.__dict__, "model": plain.model}
        dk.feature_pipeline = plain.kitchen.feature_pipeline
        dk.label_pipeline = plain.kitchen.label_pipeline
        return stock.predict(frame, dk)


@dataclass(frozen=True)
class Arm:
    """One way to train and predict all windows."""

    name: str
    model: type[Any]
    threads: int = 1
    workers: int = 1


ARMS = [
    Arm("stock FreqAI, 1 LightGBM thread", LightGBMRegressor),
    Arm("stock FreqAI, 2 LightGBM threads", LightGBMRegressor, threads=2),
    Arm("our windows, 1 worker", PlainModel),
    Arm("our windows, 2 workers", PlainModel, workers=2),
]


def run(arm: Arm, market: Path, folder: Path) -> dict[str, float]:
    """Train and predict all windows in this process."""
    settings = copy.deepcopy(SAME)
    settings["freqai"]["model_training_parameters"]["n_jobs"] = arm.threads
    settings["regimes"]["windows"]["workers"] = arm.workers
    settings["exchange"] = {"pair_whitelist": PAIRS}
    return timed_walk(arm.model, settings, market, _timerange(), folder)


def _timerange() -> str:
    first = pd.Timestamp(START) + pd.Timedelta(days=TRAIN_DAYS + 3)
    return f"{first:%Y%m%d}-{first + pd.Timedelta(days=WINDOWS):%Y%m%d}"


def main() -> int:
    """Run every arm in a process of its own, compare the predictions, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=2, help="the fastest of so many runs counts")
    parser.add_argument("--arm", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.arm is not None:
        market = options.folder.parent / "market"
        answer = run(ARMS[options.arm], market, options.folder)
        (options.folder / "answer.json").write_text(json.dumps(answer))
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        days = TRAIN_DAYS + 3 + WINDOWS
        spec = MarketSpec(
            pairs=tuple(PAIRS), timeframe="5m", timeframes=("5m",), start=START, days=days, seed=1
        )
        build_market(spec, folder / "market")
        answers = [_fastest(number, folder, options.repeat) for number in range(len(ARMS))]
        found = [
            stored_predictions(folder / f"{number}-0")[["date", "&-forward_return", "do_predict"]]
            for number in range(len(ARMS))
        ]
    for arm, frame in zip(ARMS[1:], found[1:], strict=True):
        pd.testing.assert_frame_equal(found[0], frame, check_exact=True, obj=arm.name)
    _print(answers, len(found[0]))
    return 0


def _fastest(number: int, folder: Path, repeat: int) -> dict[str, float]:
    runs = [in_own_process(__file__, number, folder / f"{number}-{n}") for n in range(repeat)]
    return min(runs, key=lambda answer: answer["seconds"])


def _print(answers: list[dict[str, float]], rows: int) -> None:
    first = answers[0]
    print(
        f"{len(PAIRS)} pairs, {WINDOWS} windows of {TRAIN_DAYS} days of 5m candles, {TREES} trees:"
    )
    print(f"{int(first['count'])} fits, {rows:,} predictions, equal bit for bit in all arms.")
    print(f"\n{'':34}{'faster':>7}{'CPU':>7}{'LightGBM':>10}{'FreqAI around it':>18}{'outside':>9}")
    for arm, answer in zip(ARMS, answers, strict=True):
        cells = f"{first['seconds'] / answer['seconds']:6.2f}x{answer['cpu'] / first['cpu']:7.2f}"
        if arm.threads == 1:  # of several threads of a fit only the first one is counted
            fits, host = (answer[key] / answer["cpu"] for key in ("fits", "host"))
            cells += f"{fits:10.1%}{host:18.1%}{1 - fits - host:9.1%}"
        print(f"{arm.name:34}{cells}")


if __name__ == "__main__":
    sys.exit(main())
