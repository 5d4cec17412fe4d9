"""Direction 1: which pair will do better than the others, by a model of relative moves."""

from __future__ import annotations

import numpy as np
import pandas as pd

from search.account import Account
from search.blocks import BLOCKS, Block
from search.candidate import Candidate
from search.history import History, by_pair, walk
from search.rule_arm import layered_account

LEAST_PAIRS = 3
HORIZONS = (6, 18, 42)
SMOOTHED_CANDLES = 6


def candidates(history: History) -> list[Candidate]:
    """Three horizons, each tilting the rule's positions or moving them to the best pairs."""
    made = [
        Candidate("cross-section", f"{use} {horizon}", BLOCKS[1:], _account(history, horizon, use))
        for horizon in HORIZONS
        for use in ("tilt", "rotate")
    ]
    naive = _account(history, 0, "tilt")
    return [*made, Candidate("cross-section", "tilt by past day's return", BLOCKS[1:], naive)]


def _account(history: History, horizon: int, use: str):
    def account(block: Block, factor: float) -> Account:
        ranks = _ranks(history, horizon)
        return layered_account(block, factor, ranks, {"tilt": _tilted, "rotate": _rotated}[use])

    return account


def _tilted(rule: pd.DataFrame, ranks: pd.DataFrame) -> pd.DataFrame:
    """Same money in all, more of it in pairs that rank high among those held; at most a sleeve."""
    among = ranks.where(rule > 0).rank(axis=1, pct=True).sub(0.5).fillna(0.0)
    tilted = rule * (1 + among)
    scale = rule.sum(axis=1) / tilted.sum(axis=1).replace(0.0, np.nan)
    return tilted.mul(scale.fillna(1.0), axis=0).clip(upper=1.0)


def _rotated(rule: pd.DataFrame, ranks: pd.DataFrame) -> pd.DataFrame:
    """The rule's money in the better half of all pairs, whatever their regime; a sleeve each."""
    place = ranks.rank(axis=1, pct=True)
    chosen = (place > 0.5).astype(float).where(ranks.notna().any(axis=1), 0.0)
    money = rule.sum(axis=1) / chosen.sum(axis=1).replace(0.0, np.nan)
    moved = chosen.mul(money.fillna(0.0), axis=0).clip(upper=1.0)
    return moved.where(ranks.notna().any(axis=1), rule)


def _ranks(history: History, horizon: int) -> pd.DataFrame:
    """Smoothed prediction of each pair's move beside the others', made once."""
    return history.once(f"relative {horizon}", lambda: _predicted(history, horizon))


def _predicted(history: History, horizon: int) -> pd.DataFrame:
    rows = history.rows()
    crowd = rows.groupby("date")["pair"].transform("size") >= LEAST_PAIRS
    rows = rows[crowd].reset_index(drop=True)
    if horizon == 0:
        return by_pair(rows, rows["%-return_6"])
    features = history.features()
    ranked = rows.groupby("date")[features].rank(pct=True).sub(0.5).add_prefix("%-rank ")
    label = rows[f"label_{horizon}"]
    relative = label - label.groupby(rows["date"]).transform("mean")
    together = pd.concat([rows, ranked], axis=1)
    said = walk(together, [*features, *ranked], relative, rows[f"known_{horizon}"])
    return by_pair(rows, said).ewm(span=SMOOTHED_CANDLES).mean().where(lambda p: p.notna())
