"""LightGBM's parameters in the studies: fixed, so that figures outlive a changed preset."""

from __future__ import annotations

from typing import Any

#: Small trees, strongly regularised, each from a part of rows and features. `regime-4h` has fewer
#: trees on all rows since their cost was studied (``tree_cost.py``); nothing was gained by more.
STUDY_TREES: dict[str, Any] = {
    "n_estimators": 100,
    "learning_rate": 0.04,
    "num_leaves": 12,
    "max_depth": 5,
    "min_child_samples": 100,
    "subsample": 0.7,
    "subsample_freq": 1,
    "colsample_bytree": 0.5,
    "reg_lambda": 10.0,
    "max_bin": 63,
}
