"""Direction 6: funding and basis as features of the three-day model, to shrink or veto the rule.

What can be computed on: the block that has a perpetual future beside each coin. "long history"
learns from the rows of all pairs since 2017, with funding missing where none is stored.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from freqai_regimes.candles import resample
from search.account import Account
from search.blocks import Block
from search.candidate import Candidate
from search.carry import CANDLE, FUNDED, SETTLEMENTS_A_YEAR
from search.history import History, by_pair, walk
from search.horizons import MIDDLE, scores
from search.meta_labels import vetoed
from search.rule_arm import TIMEFRAME, layered_account

SETTLEMENTS_A_DAY, CANDLES_A_DAY = 3, 6
AGAINST = -0.4
FEATURES = ("funding", "price", "price and funding")
USES: dict[str, Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]] = {
    "shrink": lambda rule, score: rule * (1 + score.clip(-1.0, 0.0).fillna(0.0)),
    "veto": lambda rule, score: vetoed(rule, score - AGAINST),
}


def candidates(history: History) -> list[Candidate]:
    """Funding, prices or both, as shrink and as veto; prices and both after the long history."""
    made = [(of, use, False) for of in FEATURES for use in USES]
    made += [(of, "shrink", True) for of in FEATURES[1:]]
    return [
        Candidate(
            "funding features",
            f"{of}{', long history' if long else ''}, {use}",
            FUNDED,
            _made(history, of, use, long),
        )
        for of, use, long in made
    ]


def _made(history: History, of: str, use: str, long: bool):
    def account(block: Block, factor: float) -> Account:
        score = history.once(f"funding {of} {long}", lambda: _score(history, of, long))
        return layered_account(block, factor, score, USES[use])

    return account


def _score(history: History, of: str, long: bool) -> pd.DataFrame:
    """Score by pair of the three-day model on these features, from its own rows alone."""
    rows = history.once("funded rows", lambda: _rows(history))
    prices = history.features()
    paid = [name for name in rows if str(name).startswith(("%-funding", "%-basis"))]
    if not long:
        rows = rows.dropna(subset=paid).reset_index(drop=True)
    trained = {"funding": paid, "price": prices, "price and funding": [*prices, *paid]}[of]
    said = walk(rows, trained, rows[f"label_{MIDDLE}"], rows[f"known_{MIDDLE}"])
    return scores([by_pair(rows, said)])


def _rows(history: History) -> pd.DataFrame:
    """Rows of the pool with what funding and basis were at each close, missing where not stored."""
    blocks = [block for block in history.blocks if block.folder == FUNDED[0].folder]
    parts = [known(coin, block) for block in blocks for coin in block.coins]
    funded = pd.concat(parts).drop_duplicates(["date", "pair"])
    return history.rows().merge(funded, on=["date", "pair"], how="left")


def known(coin: str, block: Block) -> pd.DataFrame:
    """Funding and basis features of a coin as they are known at each candle's close."""
    pair = f"{coin}/USDT"
    spot = block.candles(TIMEFRAME)[pair].set_index("date")["close"]
    future = resample(block.futures(coin, "1h"), "1h", TIMEFRAME).set_index("date")["close"]
    rates = block.rates(coin) * SETTLEMENTS_A_YEAR
    funding = _described(rates, 3 * SETTLEMENTS_A_DAY, 30 * SETTLEMENTS_A_DAY)
    week = rates.rolling(7 * SETTLEMENTS_A_DAY).mean()
    funding = pd.concat([funding, week.rename("week")], axis=1).add_prefix("%-funding_")
    funding = funding.reindex(spot.index + CANDLE, method="ffill").set_axis(spot.index)
    basis = _described((future / spot - 1) * 1e4, CANDLES_A_DAY, 30 * CANDLES_A_DAY)
    both = pd.concat([funding, basis.add_prefix("%-basis_")], axis=1)
    return both.assign(pair=pair).rename_axis("date").reset_index()


def _described(values: pd.Series, short: int, long: int) -> pd.DataFrame:
    """The last value, its short mean, that mean's change, and how unusual that mean is."""
    mean, usual = values.rolling(short).mean(), values.rolling(long)
    return pd.DataFrame(
        {
            "last": values,
            "mean": mean,
            "change": mean - mean.shift(short),
            "z": (mean - usual.mean()) / usual.std(),
        }
    )
