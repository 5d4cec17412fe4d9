"""Direction 3: a second model that says when the rule's own longs will pay (meta-labels).

M. Lopez de Prado, Advances in Financial Machine Learning, Wiley 2018, section 3.6: the rule chooses
the side, the model only whether to follow it, and how far.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from search.account import Account
from search.blocks import BLOCKS, Block
from search.candidate import Candidate
from search.history import History, by_pair, walk
from search.rule_arm import layered_account

COST_IN_VOLATILITY = 0.05  # a round trip beside a three-day move
SMOOTHED_CANDLES = 6


def candidates(history: History) -> list[Candidate]:
    """Two horizons, learnt from bull candles or from all, as a veto of entries or as the size."""
    return [
        Candidate(
            "meta-labels", f"{use} {horizon}, {learn}", BLOCKS, _made(history, horizon, learn, use)
        )
        for horizon in (18, 42)
        for learn in ("bull", "all")
        for use in ("veto", "size")
    ]


def _made(history: History, horizon: int, learn: str, use: str):
    def account(block: Block, factor: float) -> Account:
        edge = history.once(f"meta {horizon} {learn}", lambda: _edge(history, horizon, learn))
        return layered_account(block, factor, edge, {"veto": vetoed, "size": _sized}[use])

    return account


def _edge(history: History, horizon: int, learn: str) -> pd.DataFrame:
    """Probability that a long pays, less how often it did among the rows that were learnt."""
    rows = history.rows()
    outcome = rows[f"label_{horizon}"]
    paid = (outcome > COST_IN_VOLATILITY).astype(float).where(outcome.notna())
    taught = rows["regime"] == 1 if learn == "bull" else rows["regime"].notna()
    known_at = rows[f"known_{horizon}"]
    said = walk(rows, history.features(), paid, known_at, learn=taught, classify=True)
    usual = _known_mean(rows, paid.where(taught), known_at)
    wide_edge = by_pair(rows, said - usual)
    return wide_edge.ewm(span=SMOOTHED_CANDLES).mean().where(wide_edge.notna())


def _known_mean(rows: pd.DataFrame, values: pd.Series, known_at: pd.Series) -> pd.Series:
    """Mean of all values that were known before each row."""
    known = pd.DataFrame({"at": known_at, "value": values}).dropna().sort_values("at")
    mean = known["value"].expanding().mean().to_numpy()
    place = known["at"].searchsorted(rows["date"], side="left") - 1
    return pd.Series(np.where(place >= 0, mean[np.maximum(place, 0)], np.nan), index=rows.index)


def vetoed(rule: pd.DataFrame, edge: pd.DataFrame) -> pd.DataFrame:
    """No entry while the edge is below 0; it is made as soon as the edge is not, if still bull."""
    willing = ~(edge < 0)
    inside = pd.DataFrame(np.nan, index=rule.index, columns=rule.columns)
    inside = inside.mask(rule == 0, 0.0).mask((rule > 0) & willing, 1.0).ffill().fillna(0.0)
    return rule * inside


def _sized(rule: pd.DataFrame, edge: pd.DataFrame) -> pd.DataFrame:
    """Half the position at 10 points below the usual probability, all of it at the usual one."""
    return rule * (1 + 5 * edge.fillna(0.0)).clip(0.0, 1.0)
