"""Direction 2: what perpetual futures pay, as carry on idle money and as a sign of crowding.

Carry: as much of a coin bought as sold as a perpetual future earns the funding rate whatever the
price does. It binds its value twice (the coin and the margin), so idle money carries half of it.
Freqtrade trades one kind of market a bot, so this takes two bots.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.candles import resample
from search.account import Account, together, trade
from search.blocks import BLOCKS, FUTURES_COST, SPOT_COST, Block
from search.candidate import Candidate
from search.history import History
from search.rule_arm import BAND, TIMEFRAME, preset, rule_account, rule_targets, wide

SETTLEMENTS_A_YEAR = 3 * 365
CANDLE = pd.Timedelta(hours=4)
FUNDED = (BLOCKS[3], BLOCKS[4])


def candidates(history: History) -> list[Candidate]:
    """Carry from three rates on, judged over three or seven days; a veto while funding is hot."""
    made = [
        Candidate("carry", f"idle money from {rate:.0%}, {days} days", FUNDED, _carried(rate, days))
        for rate in (0.05, 0.10, 0.20)
        for days in (3, 7)
    ]
    vetoes = [
        Candidate("carry", f"no entry above {rate:.0%}", FUNDED, _vetoed(rate))
        for rate in (0.30, 0.60)
    ]
    return [*made, *vetoes]


def _carried(rate: float, days: int):
    def account(block: Block, factor: float) -> Account:
        candles = block.candles(TIMEFRAME)
        rule = rule_targets(candles, preset(block))
        spot = wide(candles, "open")
        funding = {coin: block.rates(coin) for coin in block.coins}
        perpetual = pd.DataFrame(
            {f"{coin}/USDT": _opens(coin, block) for coin in block.coins}
        ).reindex(spot.index)
        usual = _trailing(funding, spot.index, days)
        idle = (1 - rule).clip(lower=0.0) / 2
        carry = trade(
            idle.where(_held(usual, rate), 0.0),
            spot / perpetual,
            cost=(SPOT_COST + FUTURES_COST) * factor,
            band=BAND,
            start=block.start,
            extra=_received(block, spot.index),
        )
        return together(rule_account(block, factor=factor), carry)

    return account


def _vetoed(rate: float):
    def account(block: Block, factor: float) -> Account:
        candles = block.candles(TIMEFRAME)
        rule = rule_targets(candles, preset(block))
        funding = {coin: block.rates(coin) for coin in block.coins}
        hot = _trailing(funding, rule.index, 3) > rate
        begins = (rule > 0) & (rule.shift(1).fillna(0.0) == 0)
        allowed = (~hot).where(begins).astype(float).ffill().fillna(1.0)  # until the next entry
        opens = wide(candles, "open")
        targets = rule * allowed
        return trade(targets, opens, cost=SPOT_COST * factor, band=BAND, start=block.start)

    return account


def _opens(coin: str, block: Block) -> pd.Series:
    return resample(block.futures(coin, "1h"), "1h", TIMEFRAME).set_index("date")["open"]


def _trailing(funding: dict[str, pd.Series], index: pd.DatetimeIndex, days: int) -> pd.DataFrame:
    """Mean rate of the last days, a year, as it is known at each candle's close."""
    usual = {
        f"{coin}/USDT": rates.rolling(3 * days).mean().reindex(index + CANDLE, method="ffill")
        for coin, rates in funding.items()
    }
    return pd.DataFrame(usual).set_axis(index) * SETTLEMENTS_A_YEAR


def _received(block: Block, index: pd.DatetimeIndex) -> pd.DataFrame:
    """What a short receives in each candle: the rate that is settled as the candle closes."""
    paid = {}
    for coin in block.coins:
        rates = block.rates(coin, paid=True)
        ended = (rates.index - pd.Timedelta(seconds=1)).floor(TIMEFRAME)
        paid[f"{coin}/USDT"] = rates.groupby(ended).sum()
    return pd.DataFrame(paid).reindex(index).fillna(0.0)


def _held(usual: pd.DataFrame, rate: float) -> pd.DataFrame:
    """From above ``rate`` until below 0."""
    state = pd.DataFrame(np.nan, index=usual.index, columns=usual.columns)
    return state.mask(usual > rate, 1.0).mask(usual < 0, 0.0).ffill().fillna(0.0) > 0
