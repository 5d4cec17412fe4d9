"""Direction 4: horizons stacked on long pooled history, with and without conformal abstention.

The stack is the mean of the predictions of three horizons, each in units of its own spread among
those known before. Abstaining: act only where the conformal interval of a three-day prediction
(split conformal on the last half year of resolved predictions; Vovk et al. 2005) leaves 0 outside.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from search.account import Account, trade
from search.blocks import BLOCKS, SPOT_COST, Block
from search.candidate import Candidate
from search.history import History, by_pair, walk
from search.rule_arm import BAND, TIMEFRAME, preset, regimes, rule_targets, volatilities, wide

STACKED = (6, 18, 42)
MIDDLE = 18
SMOOTHED_CANDLES = 6
REMEMBERED = pd.Timedelta(days=180)
TARGET = 0.40


def candidates(history: History) -> list[Candidate]:
    """One horizon or the stack, shrinking the rule's longs or also holding sideways markets."""
    made = [
        (f"{source}, {use}", _ranked(history, source, use))
        for source in ("3 days", "stack")
        for use in ("shrink", "shrink and hold sideways")
    ]
    made += [
        (f"conformal {1 - miss:.0%}, {use}", _certain(history, miss, use))
        for miss in (0.5, 0.7)
        for use in ("shrink", "shrink and hold sideways")
    ]
    return [Candidate("horizons", name, BLOCKS, account) for name, account in made]


def _ranked(history: History, source: str, use: str):
    def account(block: Block, factor: float) -> Account:
        score = history.once(source, lambda: _scores(history, source))
        return _account(block, factor, score < -0.4, score > 0.6, use, score.clip(-1, 0) + 1)

    return account


def _certain(history: History, miss: float, use: str):
    def account(block: Block, factor: float) -> Account:
        low, high = (
            history.once(f"{end} {miss}", lambda end=end: _end(history, miss, end))
            for end in ("lower", "upper")
        )
        return _account(block, factor, high < 0, low > 0, use, None)

    return account


def _account(
    block: Block,
    factor: float,
    against: pd.DataFrame,
    behind: pd.DataFrame,
    use: str,
    share: pd.DataFrame | None,
) -> Account:
    """Shrink longs where the model is against them; hold half of a sideways pair it is behind."""
    candles, settings = block.candles(TIMEFRAME), preset(block)
    rule = rule_targets(candles, settings)
    if share is None:
        share = (~against).astype(float)
    targets = rule * share.reindex(index=rule.index, columns=rule.columns).fillna(1.0)
    if use != "shrink":
        sideways = regimes(candles, settings) == 0
        wanted = behind.reindex(index=rule.index, columns=rule.columns).fillna(False).astype(bool)
        half = (TARGET / volatilities(candles, settings)).clip(upper=1.0) / 2
        targets = targets.mask(sideways & wanted, half).fillna(0.0)
    opens = wide(candles, "open")
    return trade(targets, opens, cost=SPOT_COST * factor, band=BAND, start=block.start)


def _predictions(history: History, horizon: int) -> pd.DataFrame:
    rows = history.rows()
    said = walk(rows, history.features(), rows[f"label_{horizon}"], rows[f"known_{horizon}"])
    return by_pair(rows, said)


def _scores(history: History, source: str) -> pd.DataFrame:
    wanted = STACKED if source == "stack" else (MIDDLE,)
    return scores(
        [
            history.once(f"said {horizon}", lambda h=horizon: _predictions(history, h))
            for horizon in wanted
        ]
    )


def scores(predictions: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rank in [-1, 1] of the smoothed mean among those of all pairs in the last half year."""
    units = []
    for said in predictions:
        spread = said.stack().groupby(level=0).mean().abs().expanding().mean()
        units.append(said.div(spread.reindex(said.index).ffill(), axis=0))
    mixed = sum(units) / len(units)
    smooth = mixed.ewm(span=SMOOTHED_CANDLES).mean().where(mixed.notna())
    return _trailing_rank(smooth)


def _trailing_rank(values: pd.DataFrame) -> pd.DataFrame:
    """Place of each value among all pairs' values of the half year before it."""
    index, flat = values.index, values.to_numpy()
    starts = index.searchsorted(index - REMEMBERED)
    ranks = np.full_like(flat, np.nan)
    for at, start in enumerate(starts):
        before = flat[start:at]
        before = np.sort(before[np.isfinite(before)])
        if len(before) >= 300:
            ranks[at] = 2 * np.searchsorted(before, flat[at]) / len(before) - 1
    return pd.DataFrame(ranks, index, values.columns).where(values.notna())


def _end(history: History, miss: float, end: str) -> pd.DataFrame:
    """An end of the interval around the three-day prediction, from errors known by then."""
    rows = history.rows()
    said = history.once(f"said {MIDDLE}", lambda: _predictions(history, MIDDLE))
    outcome = by_pair(rows, rows[f"label_{MIDDLE}"])
    errors = (outcome - said).abs().shift(MIDDLE + 2)  # known with the label
    days = pd.Series(
        [
            np.nanquantile(part, 1 - miss) if np.isfinite(part).sum() > 100 else np.nan
            for part in _half_years(errors)
        ],
        index=errors.index,
    ).ffill()
    return said.sub(days, axis=0) if end == "lower" else said.add(days, axis=0)


def _half_years(errors: pd.DataFrame) -> list[np.ndarray]:
    """Errors of the half year before each candle, once a day; empty between."""
    index, flat = errors.index, errors.to_numpy()
    starts = index.searchsorted(index - REMEMBERED)
    return [
        flat[start : at + 1] if index[at].hour == 0 else np.array([])
        for at, start in enumerate(starts)
    ]
