"""The deflated Sharpe ratio as a loss of freqtrade's hyperopt."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
from freqtrade.optimize.hyperopt_loss.hyperopt_loss_interface import IHyperOptLoss

from freqai_regimes.evaluation.sharpe_loss import deflated_sharpe_loss
from freqai_regimes.settings import parse_settings


class DeflatedSharpeLossBase(IHyperOptLoss):
    """Counts the epochs that are asked for, and the variance that the settings state."""

    @staticmethod
    def hyperopt_loss_function(
        *,
        results: pd.DataFrame,
        min_date: datetime,
        max_date: datetime,
        config: dict[str, Any],
        starting_balance: float,
        **kwargs: Any,
    ) -> float:
        """Smaller is better; 0 is what the best of so many epochs has by chance."""
        return deflated_sharpe_loss(
            results,
            pd.Timestamp(min_date),
            pd.Timestamp(max_date),
            starting_balance,
            epochs=int(config.get("epochs") or 1),
            variance=parse_settings(config).trial_variance,
        )
