"""Strategies and a live process with defects that a replay has to find: planted, one of each kind.

``PlantedFeatures`` looks ahead before 13:00 and depends on the length of history after it;
``PlantedLabels`` says False where the label cannot be known yet, and that it is known at once. Run
as a module this is the live process of a replay whose retraining falls one candle further behind
each time.
"""

from __future__ import annotations

import sys
from typing import Any

import pandas as pd

from freqai_regimes.freqtrade_bridge.model import RegimeModelBase
from freqai_regimes.freqtrade_bridge.stepped_bot import live_process
from freqai_regimes.freqtrade_bridge.strategy import RegimeStrategyBase
from freqai_regimes.freqtrade_bridge.target_weight import LABEL

CANDLE = pd.Timedelta(minutes=5)
CHANGES_AT_HOUR = 13
AHEAD, TAIL = 2, 6


class PlantedFeatures(RegimeStrategyBase):
    """Two features that no backtest should have."""

    def feature_engineering_standard(
        self, dataframe: pd.DataFrame, metadata: dict[str, Any], **kwargs: Any
    ) -> pd.DataFrame:
        """Add them."""
        frame = super().feature_engineering_standard(dataframe, metadata, **kwargs)
        close, early = frame["close"], frame["date"].dt.hour < CHANGES_AT_HOUR
        peek = (close.shift(-AHEAD) / close - 1).fillna(0.0)
        since_start = close / close.expanding().mean()
        own = {"%-peek": peek.where(early, 0.0), "%-since_start": since_start.mask(early, 0.0)}
        return frame.assign(**own)


class PlantedLabels(RegimeStrategyBase):
    """A label that is False, not unknown, at the end of what is known."""

    def set_freqai_targets(
        self, dataframe: pd.DataFrame, metadata: dict[str, Any], **kwargs: Any
    ) -> pd.DataFrame:
        """Overwrite the label and the moment at which it is known."""
        frame = super().set_freqai_targets(dataframe, metadata, **kwargs)
        rises = frame["close"].shift(-TAIL) > frame["close"]
        name = LABEL + self.settings.train_label
        return frame.assign(**{name: rises.astype(float), "known_at": frame["date"] + CANDLE})


def plant_drift() -> None:
    """Let each training count as done one candle later than it was."""
    honest = RegimeModelBase.extract_data_and_train_model

    def trained_late(model: Any, window: Any, pair: str, *arguments: Any) -> None:
        honest(model, window, pair, *arguments)
        trained = model.dd.pair_dict[pair]["trained_timestamp"]
        if trained == window.stopts:
            model.dd.stamp((pair,), trained + int(CANDLE.total_seconds()))

    RegimeModelBase.extract_data_and_train_model = trained_late  # type: ignore[method-assign]


if __name__ == "__main__":
    plant_drift()
    sys.exit(live_process.main(sys.argv[1]))
