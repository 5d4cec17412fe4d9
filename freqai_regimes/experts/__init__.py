"""Pooled models and an expert per regime, fitted, weighed, kept and asked as a single object.

The prediction is the pooled model's, moved toward the expert of the row's regime by what that
expert gained on purged rows (see ``shrinkage``): where it gained nothing, the pooled model speaks.
"""

from freqai_regimes.experts.bundle import EXPERT_CODES, Asked, RegimeExperts
from freqai_regimes.experts.fit import MINIMUM_TRAIN_ROWS, fit_experts, validation_split
from freqai_regimes.experts.report import ExpertDecision, FitReport
from freqai_regimes.experts.window import Target, Window

__all__ = [
    "EXPERT_CODES",
    "MINIMUM_TRAIN_ROWS",
    "Asked",
    "ExpertDecision",
    "FitReport",
    "RegimeExperts",
    "Target",
    "Window",
    "fit_experts",
    "validation_split",
]
