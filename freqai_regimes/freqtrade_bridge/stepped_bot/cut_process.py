"""Features of candles from history cut off after them: ``python -m ...cut_process PLAN.json``.

What a backtest's value changes to when the candles after it are gone has looked ahead; what stays,
but is not live's, depends on how much history came before.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
from freqtrade.commands import Arguments
from freqtrade.commands.optimize_commands import setup_optimize_configuration
from freqtrade.enums import RunMode
from freqtrade.optimize.backtesting import Backtesting

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.freqtrade_bridge.data_kitchen import RegimeDataKitchen
from freqai_regimes.model_life.registry import folder_name
from freqai_regimes.regimes.probabilities import REGIME_COLUMNS

#: Kept beside the features, which are found by their sign.
KEPT = ("date", *REGIME_COLUMNS, "volatility")


class CutProvider:
    """A data provider that knows no candle which had not closed at a moment."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider
        self.moment = pd.Timestamp(0, tz="UTC")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    def get_pair_dataframe(
        self, pair: str, timeframe: str | None = None, candle_type: str = ""
    ) -> pd.DataFrame:
        """Candles that had closed."""
        frame: pd.DataFrame = self._provider.get_pair_dataframe(pair, timeframe, candle_type)
        wanted = timeframe or self._provider._config["timeframe"]
        length = pd.Timedelta(seconds=timeframe_seconds(wanted))
        return frame[frame["date"] + length <= self.moment] if len(frame) else frame


def cut_rows(strategy: Any, config: dict[str, Any], pair: str, opened: pd.Timestamp) -> Any:
    """The row of a candle, computed as if it had been the last one."""
    provider = strategy.dp
    provider.moment = opened + pd.Timedelta(seconds=timeframe_seconds(config["timeframe"]))
    candles = provider.get_pair_dataframe(pair, config["timeframe"])
    kitchen = RegimeDataKitchen(config, False, pair)
    frame = kitchen.use_strategy_to_populate_indicators(
        strategy, prediction_dataframe=candles.reset_index(drop=True), pair=pair
    )
    frame = kitchen.remove_special_chars_from_feature_names(frame)
    frame = strategy.freqai.pools.renamed(frame, pair)
    names = [str(name) for name in frame if "%" in str(name) or name in KEPT]
    return frame.loc[frame["date"] == opened, names]


def main(path: str) -> int:
    """Compute the rows that the plan names (``arguments``, ``folder``, ``candles``)."""
    plan = json.loads(Path(path).read_text())
    parsed = Arguments(plan["arguments"]).get_parsed_arg()
    backtesting = Backtesting(setup_optimize_configuration(parsed, RunMode.BACKTEST))
    try:
        backtesting.load_bt_data()
        strategy = backtesting.strategylist[0]
        backtesting._set_strategy(strategy)
        strategy.dp = CutProvider(strategy.dp)
        for pair, moments in plan["candles"].items():
            opened = [pd.Timestamp(moment, unit="s", tz="UTC") for moment in moments]
            rows = [cut_rows(strategy, backtesting.config, pair, each) for each in opened]
            frame = pd.concat(rows, ignore_index=True)
            frame.to_feather(Path(plan["folder"]) / f"cut-{folder_name(pair)}.feather")
    finally:
        backtesting.exchange.close()
        Backtesting.cleanup()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
