"""Fits a label with a learner: experts are weighed on purged folds and kept where they help."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from freqai_regimes.experts.problem import Problem
from freqai_regimes.experts.regime_models import REGIMES, RegimeModels
from freqai_regimes.experts.report import ExpertDecision
from freqai_regimes.experts.shrinkage import Shrinkage, shrinkage
from freqai_regimes.experts.window import Floats
from freqai_regimes.learners.engine import column_name
from freqai_regimes.regimes import REGIME_NAMES
from freqai_regimes.splits import purged_folds

#: A fold has fewer rows than the window; below this share of what an expert needs, it has none.
_SHARE_IN_A_FOLD = 0.5


@dataclass(frozen=True)
class Fitted:
    """Models and what was measured on the way.

    Attributes
    ----------
    models : for use.
    decisions : by name of the regime.
    out_of_fold : prediction of each row of the window by fits that knew nothing of it, the experts
        weighed as in ``models``; NaN outside the training rows; shape (rows,).
    """

    models: RegimeModels
    decisions: dict[str, ExpertDecision]
    out_of_fold: Floats


def fit_models(problem: Problem) -> Fitted:
    """Fit pooled model and experts.

    A regime with fewer rows than ``minimum_rows``, or whose labels amount to fewer than
    ``minimum_effective_rows`` that do not overlap, gets no expert. The others are tried on
    ``folds`` purged stretches of the training rows and weighed by ``shrinkage``.
    """
    starved = {code: _starved(problem, code) for code in REGIME_NAMES}
    tried = [code for code, reason in starved.items() if not reason]
    said, moves = _out_of_fold(problem, tried)
    decisions = {
        name: _decide(problem, code, starved[code], said, moves)
        for code, name in REGIME_NAMES.items()
    }
    weights = {
        code: decisions[name].weight for code, name in REGIME_NAMES.items() if decisions[name].used
    }
    pooled = problem.fit_pooled(problem.train)
    tried = tried if weights else []
    own_said = problem.said(pooled, problem.train if tried else problem.train[:0])
    experts = problem.fit_experts(problem.train, tried, own_said)
    weight = np.array([weights.get(code, 0.0) for code in REGIMES])
    own = problem.regime[:, None] == np.array(REGIMES)
    combined = said + (np.nan_to_num(moves) * own * weight).sum(axis=1)
    name = column_name(problem.learner)
    models = RegimeModels(problem.target.name, name, problem.kind, pooled, experts, weights)
    return Fitted(models, decisions, combined)


def _starved(problem: Problem, code: int) -> str:
    """Why a regime has too little to learn from; empty if it has enough."""
    settings = problem.settings
    rows = problem.of_regime(problem.train, code)
    if len(rows) < settings.minimum_rows:
        return f"{len(rows)} rows, {settings.minimum_rows} needed: pooled model"
    effective = problem.effective_rows(rows)
    if effective < settings.minimum_effective_rows:
        return (
            f"{len(rows)} rows with labels that amount to {effective:.0f} apart, "
            f"{settings.minimum_effective_rows:g} needed: pooled model"
        )
    return ""


def _out_of_fold(problem: Problem, codes: list[int]) -> tuple[Floats, Floats]:
    """What the pooled model says of each training row, and how far each expert would move it.

    Shapes (rows,) and (rows, 3); NaN outside the training rows, and where the other folds hold too
    little of a regime. Experts are given up where none of them has helped so far.
    """
    said = np.full(len(problem.regime), np.nan)
    moves = np.full((len(said), len(REGIMES)), np.nan)
    train, target = problem.train, problem.target
    least = _SHARE_IN_A_FOLD * problem.settings.minimum_rows
    for fold in purged_folds(
        problem.window.date.iloc[train], target.known_at.iloc[train], problem.settings.folds
    ):
        fitted, rows = train[fold.train], train[fold.validation]
        if len(fitted) == 0:
            continue
        enough = [code for code in codes if len(problem.of_regime(fitted, code)) >= least]
        asked = np.union1d(fitted, rows) if enough else rows
        pooled = problem.said(problem.fit_pooled(fitted), asked)
        said[rows] = pooled[rows]
        experts = problem.fit_experts(fitted, enough, pooled)
        moved = problem.moves(experts, pooled, rows)
        for place in (REGIMES.index(code) for code in enough):
            moves[rows, place] = moved[:, place]
        if codes and _hopeless(problem, codes, said, moves):
            codes = []
    return said, moves


def _hopeless(problem: Problem, codes: list[int], pooled: Floats, moves: Floats) -> bool:
    """Whether every expert has been measured on two folds or more, and would rather not be heard.

    Weights of 0 or less after most of the folds hardly ever end two errors above 0.
    """
    done = np.isfinite(pooled[problem.train]).mean() > 1.5 / problem.settings.folds
    found = [_weighed(problem, code, pooled, moves) for code in codes]
    return bool(done and all(one.measured <= 0 for one in found))


def _decide(
    problem: Problem, code: int, starved: str, pooled: Floats, moves: Floats
) -> ExpertDecision:
    """Weigh a regime's expert on the rows of all folds."""
    rows = problem.of_regime(problem.train, code)
    effective = problem.effective_rows(rows)
    if starved:
        return ExpertDecision(len(rows), False, starved, effective)
    found = _weighed(problem, code, pooled, moves)
    return ExpertDecision(
        len(rows), found.weight > 0, found.reason, effective, found.weight, found.gain
    )


def _weighed(problem: Problem, code: int, pooled: Floats, moves: Floats) -> Shrinkage:
    """What a regime's expert is worth on those of its rows that the folds have asked it for."""
    rows, own = problem.of_regime(problem.train, code), moves[:, REGIMES.index(code)]
    known = rows[np.isfinite(own[rows]) & np.isfinite(pooled[rows])]
    return shrinkage(
        pooled[known],
        pooled[known] + own[known],
        problem.sample.target[known],
        problem.blocks[known],
    )
