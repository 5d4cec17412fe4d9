"""What experts gain over the pooled model: on built-in markets, and on real candles.

``python benchmarks/expert_gain.py`` runs on built-in markets (no data, no network, about ten
minutes on two cores); ``REGIMES_DATA=<folder> python benchmarks/expert_gain.py --real`` on real
candles. The rule, the markets and what counts as shown are stated in docs/experts.md; seeds from
100 on were used to choose, those used here begin at 1.

Windows go forward in time. Each is fitted as the strategy's are (``experts.fit_experts``), on the
rows of all pairs together, and predicts the rows after it.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from study_trees import STUDY_TREES

from freqai_regimes.calibration import expected_calibration_error, fit_calibrator
from freqai_regimes.candles import candle_path, read_candles, resample, timeframe_seconds
from freqai_regimes.evaluation.metrics import rank_correlation
from freqai_regimes.experts import Asked, Target, Window, fit_experts
from freqai_regimes.experts.fit import validation_split, with_parameters
from freqai_regimes.experts.problem import Problem
from freqai_regimes.experts.regime_models import REGIMES
from freqai_regimes.features.engine import generate_features
from freqai_regimes.labels.engine import compute_labels
from freqai_regimes.regimes import REGIME_NAMES
from freqai_regimes.regimes.probabilities import REGIME
from freqai_regimes.regimes.rule import regime_of
from freqai_regimes.settings import Settings, parse_settings
from freqai_regimes.synthetic_market import MarketSpec, simulate

Floats = npt.NDArray[np.float64]
Candles = Mapping[str, pd.DataFrame]

PAIRS = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "ADA/USDT", "XRP/USDT", "LTC/USDT")
#: The signal pulls one way in bull spells, the other way in bear spells, not at all in sideways
#: ones: a model that does not know the regime finds nothing in it on average.
BY_REGIME = MarketSpec(
    pairs=PAIRS,
    timeframe="4h",
    timeframes=("4h",),
    start="2016-01-01",
    days=2900,
    signal_strength=0.6,
    signal_horizon_candles=2,
    signal_by_spell=True,
    signal_in_sideways=0.0,
    spell_days=180.0,
    annual_volatility=0.25,
)
COMMON = replace(BY_REGIME, signal_by_spell=False, signal_in_sideways=1.0)
MARKETS = {"by regime": BY_REGIME, "one common signal": COMMON}
SEEDS = 10
ARMS = ("pooled", "experts", "blended")
BLOCKS = {
    "2020-12 to 2021-07": "spot_2020-12_2021-07",
    "2024-01 to 2024-09": "spot_2024-01_2024-09",
    "2024-12 to 2025-08": "spot_2024-12_2025-08",
}
REAL_PAIRS = ("BTC/USDT", "ETH/USDT", "LTC/USDT", "DOGE/USDT", "XRP/USDT")


@dataclass(frozen=True)
class Walk:
    """How windows go through the history."""

    timeframe: str
    train_days: int
    step_days: int
    every: int  # so many candles of a pair one row, to save time
    settings: Settings
    regime_is_a_feature: bool = False


def settings(
    base: str, horizon: int, half_life: int, windows: tuple[int, ...], **regime: Any
) -> Settings:
    """The shipped kinds of features, one label, and the moving-average regime."""
    everywhere = {"timeframe": base}
    label = {"label": "forward_return", "name": "forward_return", "clip": 4.0}
    own = {
        "regime": regime,
        "feature_sets": [
            {"generator": "momentum", "windows_candles": list(windows), **everywhere},
            {"generator": "volume", "windows_candles": list(windows), **everywhere},
            {"generator": "candle_shape", **everywhere},
        ],
        "label_sets": [
            label | {"horizon_candles": horizon, "volatility_half_life_candles": half_life}
        ],
    }
    return parse_settings({"regimes": own})


BUILT_IN = Walk(
    "4h",
    train_days=1460,
    step_days=240,
    every=3,
    settings=settings(
        "4h",
        2,
        48,
        (2, 6, 24),
        timeframe="4h",
        average_candles=300,
        average_band=0.05,
        change_candles=180,
        change_band=0.05,
        confirmation_candles=6,
    ),
)
#: A regime of 20 days, since the blocks are eight months long; labels of four hours.
SHORT_REGIME = {
    "timeframe": "4h",
    "average_candles": 120,
    "average_band": 0.02,
    "change_candles": 60,
    "confirmation_candles": 6,
}
REAL = {
    "1h": Walk("1h", 90, 30, 1, settings("1h", 4, 96, (6, 24, 84), **SHORT_REGIME)),
    "5m": Walk("5m", 60, 30, 6, settings("5m", 48, 144, (6, 24, 72), **SHORT_REGIME)),
}


def rows_of(candles: Candles, walk: Walk) -> pd.DataFrame:
    """Features, label and workings of all pairs, in time order."""
    parts = []
    for pair, frame in candles.items():
        features = generate_features(
            frame,
            walk.settings.feature_sets,
            timeframe=walk.timeframe,
            base_timeframe=walk.timeframe,
        )
        labels = compute_labels(frame, walk.settings.label_sets)
        workings = pd.DataFrame(
            {
                "date": frame["date"],
                "pair": pair,
                "regime": regime(frame, walk),
                "label": labels.values["forward_return"],
                "known_at": labels.known_at["forward_return"],
            }
        )
        if walk.regime_is_a_feature:
            features["%-regime"] = workings["regime"]
        parts.append(pd.concat([workings, features], axis=1).dropna().iloc[:: walk.every])
    together = pd.concat(parts, ignore_index=True)
    order = np.argsort(together["date"].to_numpy(), kind="stable")
    return together.iloc[order].reset_index(drop=True)


def regime(frame: pd.DataFrame, walk: Walk) -> pd.Series:
    """Regime of each candle, of regime candles that had closed by its close."""
    own = walk.settings.regime
    if own.timeframe == walk.timeframe:
        return regime_of(frame, own, own.average_candles)[REGIME]
    coarse = resample(frame, walk.timeframe, own.timeframe)
    known = regime_of(coarse, own, own.average_candles)[REGIME]
    closes = coarse["date"] + pd.Timedelta(seconds=timeframe_seconds(own.timeframe))
    step = pd.Timedelta(seconds=timeframe_seconds(walk.timeframe))
    place = closes.searchsorted(frame["date"] + step, side="right") - 1
    found = np.where(place >= 0, known.to_numpy()[np.maximum(place, 0)], np.nan)
    return pd.Series(found, index=frame.index)


def window_of(rows: pd.DataFrame) -> Window:
    """Rows as the experts take them."""
    target = Target("forward_return", "regression", rows["label"], rows["known_at"])
    features = rows.loc[:, rows.columns.str.startswith("%-")]
    return Window(features, rows["regime"], rows["date"], rows["pair"], (target,))


def spans(rows: pd.DataFrame, walk: Walk) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Training rows and the rows after them, window by window."""
    train, step = pd.Timedelta(days=walk.train_days), pd.Timedelta(days=walk.step_days)
    begins = rows["date"].iloc[0] + train
    while begins + step <= rows["date"].iloc[-1]:
        before = (rows["date"] >= begins - train) & (rows["known_at"] < begins)
        after = (rows["date"] >= begins) & (rows["date"] < begins + step)
        yield rows[before].reset_index(drop=True), rows[after].reset_index(drop=True)
        begins += step


def predicted(rows: pd.DataFrame, walk: Walk) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What each arm said of every row after the first window; and the weights of the windows."""
    said, weights = [], []
    for number, (train, after) in enumerate(spans(rows, walk)):
        window, later = window_of(train), window_of(after)
        bundle = fit_experts(
            window, settings=walk.settings, parameters=STUDY_TREES, package_version="benchmark"
        )
        split = validation_split(window, walk.settings)
        held = window.part(split.validation)
        answers = [arms(window, part, bundle, split.train, walk) for part in (held, later)]
        columns = {"date": after["date"], "regime": after["regime"], "label": after["label"]}
        for arm in ARMS:
            calibrator = fit_calibrator(
                answers[0][arm], held.main.values.to_numpy() > 0, span_rows=20
            )
            columns[arm] = answers[1][arm]
            columns[f"{arm} probability"] = calibrator.probability(answers[1][arm])
        usual = train["label"].iloc[split.train].mean()
        said.append(pd.DataFrame(columns | {"window": number, "usual": usual}))
        weights.append({name: one.weight for name, one in bundle.report.experts.items()})
    return pd.concat(said, ignore_index=True), pd.DataFrame(weights)


def arms(
    window: Window, asked: Window, bundle: Any, train: npt.NDArray[np.intp], walk: Walk
) -> dict[str, Floats]:
    """Pooled, unshrunken experts, and what the bundle predicts."""
    answer = bundle.predict(Asked(asked.features, asked.regime))
    learner = with_parameters(walk.settings.learners[0], STUDY_TREES)
    problem = Problem.of(window, window.main, learner, walk.settings.experts, train)
    enough = [
        code
        for code in REGIMES
        if len(problem.of_regime(train, code)) >= walk.settings.experts.minimum_rows
    ]
    pooled = answer["pooled"].to_numpy()
    experts = problem.fit_experts(train, enough, problem.said(bundle.pooled.pooled, train))
    moves = experts.moves(asked.rows(), pooled)
    own = asked.regime.to_numpy()[:, None] == np.array(REGIMES)
    return {
        "pooled": pooled,
        "experts": pooled + (moves * own).sum(axis=1),
        "blended": answer["prediction"].to_numpy(),
    }


# --- built-in markets ----------------------------------------------------------------------------


def one_market(spec: MarketSpec, walk: Walk, seed: int) -> dict[str, Any]:
    """Rank correlations of a seed, and the mean weight of each regime's expert."""
    paths = simulate(replace(spec, seed=seed))
    rows = rows_of({pair: path.candles for pair, path in paths.items()}, walk)
    said, weights = predicted(rows, walk)
    found = {arm: rank_correlation(said[arm], said["label"]) for arm in ARMS}
    return {"seed": seed, **found, **weights.mean().to_dict()}


def built_in(seeds: list[int], workers: int, walk: Walk) -> None:
    """Print a table for each market, and the gain with its interval over seeds."""
    for name, spec in MARKETS.items():
        with ProcessPoolExecutor(workers) as pool:
            table = pd.DataFrame(pool.map(partial(one_market, spec, walk), seeds))
        print(f"\nSignal: {name}; rank correlation out of sample, mean weights of experts")
        print(table.to_string(index=False, float_format="{:.3f}".format))
        for arm in ("experts", "blended"):
            gain = (table[arm] - table["pooled"]).to_numpy()
            low, high = over_seeds(gain)
            print(f"{arm} - pooled: {gain.mean():+.4f} [{low:+.4f}, {high:+.4f}]")
        print(
            f"mean weight: {table[list(REGIME_NAMES.values())].to_numpy().mean():.3f}", flush=True
        )


def over_seeds(values: Floats) -> tuple[float, float]:
    """95 % interval of the mean by bootstrap over seeds, which are independent markets."""
    rng = np.random.default_rng(0)
    means = rng.choice(values, (20_000, len(values))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


# --- real candles --------------------------------------------------------------------------------


def one_block(datadir: Path, walk: Walk) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions of a block of real candles and the weights of its windows."""
    stored = [pair for pair in REAL_PAIRS if candle_path(datadir, pair, walk.timeframe).is_file()]
    candles = {pair: read_candles(datadir, pair, walk.timeframe) for pair in stored}
    return predicted(rows_of(candles, walk), walk)


def real(data: Path, workers: int) -> None:
    """Print a table by timeframe, block and regime."""
    jobs = [(timeframe, block) for timeframe in REAL for block in BLOCKS]
    with ProcessPoolExecutor(workers) as pool:
        folders = [data / BLOCKS[block] for _, block in jobs]
        results = list(pool.map(one_block, folders, [REAL[timeframe] for timeframe, _ in jobs]))
    lines: list[dict[str, Any]] = []
    for (timeframe, block), (said, weights) in zip(jobs, results, strict=True):
        for part in (None, *REGIMES):
            chosen = said if part is None else said[said["regime"] == part]
            if len(chosen) >= 100:
                weight = float(weights.to_numpy().mean() if part is None else 0.0)
                if part is not None:
                    weight = float(weights[REGIME_NAMES[part]].mean())
                name = "all" if part is None else REGIME_NAMES[part]
                lines.append(
                    {"tf": timeframe, "block": block, "regime": name, "rows": len(chosen)}
                    | {"weight": weight}
                    | measured(chosen)
                )
    print(pd.DataFrame(lines).to_string(index=False, float_format="{:.3f}".format))


def measured(said: pd.DataFrame) -> dict[str, Any]:
    """Rank correlation, loss (of the training mean: 1) and calibration error of each arm."""
    found: dict[str, Any] = {}
    naive = ((said["label"] - said["usual"]) ** 2).mean()
    for arm in ARMS:
        found[f"IC {arm}"] = rank_correlation(said[arm], said["label"])
    for arm in ("experts", "blended"):
        low, high = over_weeks(said, arm)
        found[f"{arm} - pooled"] = f"[{low:+.3f}, {high:+.3f}]"
    for arm in ARMS:
        found[f"loss {arm}"] = ((said["label"] - said[arm]) ** 2).mean() / naive
    for arm in ARMS:
        found[f"calib. {arm}"] = expected_calibration_error(
            said[f"{arm} probability"], said["label"] > 0
        )
    return found


def over_weeks(said: pd.DataFrame, arm: str) -> tuple[float, float]:
    """95 % interval of the gain in rank correlation: weeks are drawn again, all pairs together."""
    ranks = {name: said[name].rank().to_numpy() for name in (arm, "pooled", "label")}
    week = ((said["date"] - said["date"].min()) // pd.Timedelta(days=7)).to_numpy()
    _, place = np.unique(week, return_inverse=True)
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, place.max() + 1, (2000, place.max() + 1))

    def correlations(name: str) -> Floats:
        x, y = ranks[name], ranks["label"]
        sums = [np.bincount(place, v)[drawn].sum(axis=1) for v in (x * 0 + 1, x, y, x * y, x * x)]
        n, sx, sy, sxy, sxx = sums
        syy = np.bincount(place, y * y)[drawn].sum(axis=1)
        spread = np.sqrt((n * sxx - sx**2) * (n * syy - sy**2))
        return np.asarray((n * sxy - sx * sy) / np.maximum(spread, 1e-9))

    low, high = np.quantile(correlations(arm) - correlations("pooled"), [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    """Parse the arguments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--real", action="store_true", help="candles of REGIMES_DATA")
    parser.add_argument(
        "--regime-is-a-feature", action="store_true", help="of all models, as it is not otherwise"
    )
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    if given.real:
        real(Path(os.environ["REGIMES_DATA"]), given.workers)
    else:
        seeds = list(range(given.first_seed, given.first_seed + given.seeds))
        walk = replace(BUILT_IN, regime_is_a_feature=given.regime_is_a_feature)
        built_in(seeds, given.workers, walk)


if __name__ == "__main__":
    main()
