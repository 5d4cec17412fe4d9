"""A walk-forward of a few seconds: the project's own features, label, learner, windows and signals.

What a bot does on candles, without freqtrade around it, for studies that need hundreds of runs.
Trades are those of freqtrade's backtest with a fixed stake; ``verdict_agreement.py`` compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from study_trees import STUDY_TREES

from freqai_regimes.evaluation.alternating_trades import Market, transactions
from freqai_regimes.evaluation.daily_returns import daily_returns
from freqai_regimes.experts import Asked, Target, Window, fit_experts
from freqai_regimes.features.engine import generate_features
from freqai_regimes.features.volatility import ewma_volatility
from freqai_regimes.labels.engine import compute_labels
from freqai_regimes.regimes.probabilities import REGIME
from freqai_regimes.regimes.rule import regime_of
from freqai_regimes.settings import Settings, parse_settings
from freqai_regimes.signals import edge_weight, entries, exits
from freqai_regimes.windows.span import training_span

Candles = Mapping[str, pd.DataFrame]
Rows = npt.NDArray[np.intp]

TIMEFRAME = "4h"
HORIZON = 6
LABEL = "forward_return"
TRAIN_DAYS, STEP_DAYS, TEST_DAYS = 1095, 365, 730
STAKE = 1000.0
#: Half the trees of twice the learning rate.
PARAMETERS = STUDY_TREES | {"n_estimators": 50, "learning_rate": 0.08}


@cache
def walk_settings(
    margin: float = 0.002, exit_threshold: float = 0.002, free: bool = False
) -> Settings:
    """Entries by predicted return in every regime; costs of the shipped spot market, or none."""
    windows = {"timeframe": TIMEFRAME, "windows_candles": [6, 24, 84]}
    own = {
        "entry": "edge",
        "feature_sets": [
            {"generator": "momentum", **windows},
            {"generator": "volume", **windows},
            {"generator": "candle_shape", "timeframe": TIMEFRAME},
        ],
        "label_sets": [
            {
                "label": LABEL,
                "name": LABEL,
                "horizon_candles": HORIZON,
                "volatility_half_life_candles": 90,
                "clip": 4.0,
            }
        ],
        "windows": {"pool": "all", "span": "rolling"},
        # One model for all regimes: these markets have none, and an expert costs three fits more.
        "experts": {"folds": 2, "minimum_rows": 1_000_000},
        "exposure": {"target_volatility": None},
        "edge": {"margin": margin, "exit_threshold": exit_threshold},
        "costs": {"fee": 0.0 if free else 0.001, "slippage": 0.0 if free else 0.0001},
    }
    return parse_settings({"regimes": own})


@dataclass(frozen=True)
class Run:
    """What a run leaves behind: daily net returns, freqtrade's columns of trades, its candles."""

    daily: pd.Series
    trades: pd.DataFrame
    candles: dict[str, pd.DataFrame]
    balance: float

    @property
    def sharpe(self) -> float:
        """Annual, net; 0 where nothing was traded."""
        spread = float(self.daily.std())
        return float(self.daily.mean() / spread * np.sqrt(365)) if spread > 0 else 0.0


def working_rows(candles: Candles, settings: Settings) -> pd.DataFrame:
    """Features, regime, volatility and label of all pairs, in time order; NaN where unknown."""
    parts = []
    for pair, frame in candles.items():
        features = generate_features(
            frame, settings.feature_sets, timeframe=TIMEFRAME, base_timeframe=TIMEFRAME
        )
        labels = compute_labels(frame, settings.label_sets)
        regime = regime_of(frame, settings.regime, settings.regime.average_candles)[REGIME]
        features["%-regime"] = regime
        workings = pd.DataFrame(
            {
                "date": frame["date"],
                "pair": pair,
                "regime": regime,
                "volatility": ewma_volatility(frame["close"], 90),
                "label": labels.values[LABEL],
                "known_at": labels.known_at[LABEL],
            }
        )
        parts.append(pd.concat([workings, features], axis=1))
    return pd.concat(parts, ignore_index=True).sort_values(
        ["date", "pair"], kind="stable", ignore_index=True
    )


def predictions(candles: Candles, settings: Settings) -> pd.DataFrame:
    """Predicted return of every candle of the test, as a fraction, from windows before it.

    Columns ``pair``, ``date``, ``regime``, ``volatility`` and ``expected_return``, pair by pair.
    """
    rows = working_rows(candles, settings)
    inputs = rows.columns[rows.columns.str.startswith("%-")]
    complete = rows[inputs].notna().all(axis=1)
    first = rows["date"].iloc[0] + pd.Timedelta(days=TRAIN_DAYS)
    last = first + pd.Timedelta(days=TEST_DAYS)
    said, begin = [], first
    while begin < last:
        end = min(begin + pd.Timedelta(days=STEP_DAYS), last)
        span = training_span(settings.windows, TRAIN_DAYS, int(begin.timestamp()))
        start = pd.Timestamp(span.start, unit="s", tz="UTC")
        known = (rows["date"] >= start) & (rows["known_at"] < begin) & complete
        bundle = fit_experts(
            _window(rows[known & rows["label"].notna()], list(inputs)),
            settings=settings,
            parameters=PARAMETERS,
            package_version="benchmark",
        )
        after = rows[(rows["date"] >= begin) & (rows["date"] < end)].reset_index(drop=True)
        answer = bundle.predict(Asked(after[inputs], after["regime"]))["prediction"]
        move = after["volatility"] * np.sqrt(HORIZON)
        columns = after[["date", "pair", "regime", "volatility"]]
        said.append(columns.assign(expected_return=answer.to_numpy() * move))
        begin = end
    return pd.concat(said).sort_values(["pair", "date"], ignore_index=True)


def trade_on(candles: Candles, said: pd.DataFrame, settings: Settings) -> Run:
    """Trade predicted returns by the rule of entry ``edge``: longs, a fixed stake a pair."""
    signal, pairs = signals(said, settings), sorted(candles)
    rows = len(said) // len(pairs)
    tested, trades = {}, []
    for place, pair in enumerate(pairs):
        tested[pair] = candles[pair].iloc[-rows:].reset_index(drop=True)
        scored = tested[pair].assign(signal=signal[place * rows : (place + 1) * rows])
        traded = transactions(Market.of(scored, "signal"), 1.0, -1.0)
        trades.append(_trades(pair, tested[pair], traded, settings))
    together = pd.concat(trades, ignore_index=True).sort_values("open_date", ignore_index=True)
    balance = 2 * STAKE * len(candles)  # enough for every stake after a bad stretch
    first, last = tested[pairs[0]]["date"].iloc[[0, -1]]
    daily = daily_returns(together["close_date"], together["profit_abs"], first, last, balance)
    return Run(daily, together, tested, balance)


def _window(rows: pd.DataFrame, inputs: list[str]) -> Window:
    rows = rows.reset_index(drop=True)
    target = Target(LABEL, "regression", rows["label"], rows["known_at"])
    return Window(rows[inputs], rows["regime"], rows["date"], rows["pair"], (target,))


def signals(said: pd.DataFrame, settings: Settings) -> npt.NDArray[np.float64]:
    """1 enters, -1 leaves; row t uses row t alone."""
    expected = said["expected_return"]
    annual = said["volatility"] * np.sqrt(6 * 365)
    weight = edge_weight(expected, said["regime"], annual, settings).clip(lower=0.0)
    enter = entries(weight, expected * np.nan, settings)["long"].to_numpy(dtype=float)
    leave = exits(weight, expected, settings)["long"].to_numpy(dtype=float)
    return np.asarray(enter - leave)


def _trades(pair: str, candles: pd.DataFrame, rows: Rows, settings: Settings) -> pd.DataFrame:
    """Trades from the open after an entry to the open after an exit, the last one if none came."""
    places = rows + 1
    if len(places) % 2:
        places = np.append(places, len(candles) - 1)
    entry, leave = places[0::2], places[1::2]
    entry, leave = entry[entry < leave], leave[entry < leave]
    opens, dates = candles["open"].to_numpy(), pd.DatetimeIndex(candles["date"])
    fee = settings.costs.fee + settings.costs.slippage
    amount = STAKE / opens[entry]
    profit = amount * (opens[leave] * (1 - fee) - opens[entry] * (1 + fee))
    return pd.DataFrame(
        {
            "pair": pair,
            "open_date": dates[entry],
            "close_date": dates[leave],
            "open_rate": opens[entry],
            "close_rate": opens[leave],
            "amount": amount,
            "stake_amount": STAKE,
            "fee_open": fee,
            "fee_close": fee,
            "is_short": False,
            "profit_abs": profit,
            "profit_ratio": profit / STAKE,
        }
    )
