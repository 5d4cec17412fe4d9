"""Rows of all blocks in one pool, and models that walk forward through it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from study_trees import STUDY_TREES

from freqai_regimes.features.engine import generate_features
from freqai_regimes.labels.engine import compute_labels
from freqai_regimes.regimes.probabilities import REGIME
from freqai_regimes.regimes.rule import regime_of
from freqai_regimes.settings import parse_settings
from search.blocks import Block
from search.rule_arm import preset

#: Retrained every 30 days on all that was known before.
PARAMETERS: dict[str, Any] = STUDY_TREES | {
    "n_jobs": 1,
    "random_state": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
STEP = pd.Timedelta(days=30)
LEAST_ROWS = 1500
FIRST_CUT = pd.Timestamp("2018-09-01", tz="UTC")


@dataclass(frozen=True)
class History:
    """Features and labels of every pair and candle, by block; a pair and date stands once.

    Attributes
    ----------
    blocks : whose candles may be touched.
    """

    timeframe: str
    windows: Sequence[int]
    horizons: Sequence[int]
    blocks: tuple[Block, ...]
    made: dict[str, pd.DataFrame] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """What ``make`` gives, made the first time it is asked for."""
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    def rows(self) -> pd.DataFrame:
        """All rows in time order; labels ``label_H``, known at ``known_H``."""
        return self.once("rows", self._rows)

    def _rows(self) -> pd.DataFrame:
        parts = [self._block(block) for block in self.blocks]
        pool = pd.concat(parts).drop_duplicates(["date", "pair"])
        return pool.sort_values(["date", "pair"], ignore_index=True)

    def features(self) -> list[str]:
        """Names of the columns that train."""
        return [name for name in self.rows() if str(name).startswith("%-")]

    def _block(self, block: Block) -> pd.DataFrame:
        settings = _settings(self.timeframe, self.windows, self.horizons)
        candles = block.candles(self.timeframe)
        parts = [self._pair(pair, frame, settings, block) for pair, frame in candles.items()]
        together = pd.concat(parts)
        leader = together[together["pair"] == "BTC/USDT"].set_index("date")
        for window in self.windows:
            name = f"%-return_{window}"
            together[f"%-btc_{window}"] = together["date"].map(leader[name])
            together[f"%-ahead_{window}"] = together[name] - together[f"%-btc_{window}"]
        return together.dropna(subset=[n for n in together if str(n).startswith("%-")])

    def _pair(self, pair: str, frame: pd.DataFrame, settings: Any, block: Block) -> pd.DataFrame:
        features = generate_features(
            frame,
            settings.feature_sets,
            timeframe=self.timeframe,
            base_timeframe=self.timeframe,
        )
        labels = compute_labels(frame, settings.label_sets)
        workings = pd.DataFrame({"date": frame["date"], "pair": pair})
        for horizon in self.horizons:
            workings[f"label_{horizon}"] = labels.values[f"label_{horizon}"]
            workings[f"known_{horizon}"] = labels.known_at[f"label_{horizon}"]
        if self.timeframe == "4h":
            regime = preset(block).regime
            workings["regime"] = regime_of(frame, regime, regime.average_candles)[REGIME]
        return pd.concat([workings, features], axis=1)


def _settings(timeframe: str, windows: Sequence[int], horizons: Sequence[int]) -> Any:
    half_life = {"4h": 90, "1h": 360}[timeframe]
    label = {"label": "forward_return", "clip": 4.0, "volatility_half_life_candles": half_life}
    own = {
        "feature_sets": [
            {"generator": "momentum", "windows_candles": list(windows)},
            {"generator": "volume", "windows_candles": list(windows)},
            {"generator": "candle_shape"},
        ],
        "label_sets": [label | {"name": f"label_{h}", "horizon_candles": h} for h in horizons],
        "train_label": f"label_{horizons[0]}",
    }
    return parse_settings({"regimes": own})


def walk(
    rows: pd.DataFrame,
    features: Sequence[str],
    label: pd.Series,
    known_at: pd.Series,
    *,
    learn: pd.Series | None = None,
    classify: bool = False,
) -> pd.Series:
    """Predict each row by a model of all labels that were known when its 30 days began.

    Parameters
    ----------
    rows : in time order, with ``date``.
    learn : which rows may be learnt from; None: all with a label.
    classify : the label is 0 or 1, the prediction its probability.

    Returns
    -------
    Series like ``rows``; NaN before there are ``LEAST_ROWS`` to learn from.
    """
    said = pd.Series(np.nan, index=rows.index)
    usable = label.notna() if learn is None else label.notna() & learn
    values = rows[list(features)].to_numpy(dtype=np.float32)
    begins = FIRST_CUT
    while begins <= rows["date"].iloc[-1]:
        asked = ((rows["date"] >= begins) & (rows["date"] < begins + STEP)).to_numpy()
        known = (usable & (known_at < begins)).to_numpy()
        if asked.any() and known.sum() >= LEAST_ROWS:
            kind = lightgbm.LGBMClassifier if classify else lightgbm.LGBMRegressor
            model = kind(**PARAMETERS).fit(values[known], label.to_numpy()[known])
            booster = model.booster_
            said[asked] = booster.predict(values[asked], num_threads=1)
        begins += STEP
    return said


def by_pair(rows: pd.DataFrame, values: pd.Series) -> pd.DataFrame:
    """A column of the pool side by side, by date and pair."""
    return rows.assign(value=values).pivot(index="date", columns="pair", values="value")
