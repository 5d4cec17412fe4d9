"""The account to beat: the regime rule with volatility target, by the strategy's own functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pandas as pd

from freqai_regimes.features.volatility import ewma_volatility, periods_per_year
from freqai_regimes.regimes.probabilities import REGIME
from freqai_regimes.regimes.rule import regime_of
from freqai_regimes.settings import Settings
from freqai_regimes.signals import regime_weight
from search.account import Account, trade
from search.blocks import SPOT_COST, Block

TIMEFRAME = "4h"
BAND = 0.15


def preset(block: Block) -> Settings:
    """Settings of ``regime-4h`` with the model off and the regime that the block allows."""
    from freqai_regimes.cli.run_config import RunConfig

    settings = RunConfig.load("regime-4h", futures=False, model=False, own=()).settings
    regime = settings.regime.model_copy(update=dict(block.regime))
    return settings.model_copy(update={"regime": regime})


def wide(candles: dict[str, pd.DataFrame], column: str) -> pd.DataFrame:
    """One column of every pair side by side, by opening time; holes are filled forward."""
    return pd.DataFrame({p: f.set_index("date")[column] for p, f in candles.items()}).ffill()


def regimes(candles: dict[str, pd.DataFrame], settings: Settings) -> pd.DataFrame:
    """Regime of each pair at each close."""
    average = settings.regime.average_candles
    return pd.DataFrame(
        {
            pair: regime_of(frame, settings.regime, average)[REGIME].set_axis(frame["date"])
            for pair, frame in candles.items()
        }
    )


def volatilities(candles: dict[str, pd.DataFrame], settings: Settings) -> pd.DataFrame:
    """Annual volatility of each pair at each close."""
    unit = np.sqrt(periods_per_year(TIMEFRAME))
    half_life = settings.volatility.half_life_candles
    return pd.DataFrame(
        {
            pair: ewma_volatility(frame["close"], half_life).set_axis(frame["date"]) * unit
            for pair, frame in candles.items()
        }
    )


def rule_targets(candles: dict[str, pd.DataFrame], settings: Settings) -> pd.DataFrame:
    """What the strategy with its model off wants to hold, at each close."""
    regime, volatility = regimes(candles, settings), volatilities(candles, settings)
    silent = pd.Series(np.nan, index=regime.index)
    weights = {p: regime_weight(regime[p], volatility[p], silent, settings) for p in regime}
    return pd.DataFrame(weights).where(lambda w: w >= settings.exposure.minimum_weight, 0.0)


@lru_cache
def rule_account(block: Block, *, factor: float = 1.0) -> Account:
    """The rule's account on a block, at costs times ``factor``."""
    candles = block.candles(TIMEFRAME)
    targets = rule_targets(candles, preset(block))
    opens = wide(candles, "open")
    return trade(targets, opens, cost=SPOT_COST * factor, band=BAND, start=block.start)


def layered_account(
    block: Block,
    factor: float,
    told: pd.DataFrame,
    use: Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame],
) -> Account:
    """The rule's account where ``use`` changes its targets by what is told of pairs at closes."""
    candles = block.candles(TIMEFRAME)
    rule = rule_targets(candles, preset(block))
    targets = use(rule, told.reindex(index=rule.index, columns=rule.columns))
    opens = wide(candles, "open")
    return trade(targets, opens, cost=SPOT_COST * factor, band=BAND, start=block.start)


def held_account(block: Block) -> Account:
    """Buy and hold: equal parts of the account, bought once per sleeve."""
    opens = wide(block.candles(TIMEFRAME), "open")
    return trade(opens * 0 + 1, opens, cost=SPOT_COST, band=9.0, start=block.start)
