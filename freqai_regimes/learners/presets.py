"""Learners of the sources as named sets of options."""

from __future__ import annotations

from typing import Any

#: Options by name. Source 000: the Intelligent Trading Bot's algorithms with the numbers of its own
#: list of models. Source 002: the sizes of its network. Source 004: its parameters, rows really
#: drawn for each tree (its ``subsample`` alone does nothing in LightGBM without a frequency).
PRESETS: dict[str, dict[str, Any]] = {
    "source_000_gb": {
        "learner": "lightgbm",
        "n_estimators": 1500,
        "learning_rate": 0.01,
        "num_leaves": 32,
        "max_depth": 1,
        "min_child_fraction": 0.01,
        "subsample": 1.0,
        "subsample_freq": 0,
        "colsample_bytree": 1.0,
        "reg_alpha": 1.0,
        "reg_lambda": 1.0,
        "max_bin": 255,
        "balance_classes": True,
    },
    "source_000_nn": {
        "learner": "neural_network",
        "layers": (29,),
        "activation": "logistic",
        "alpha": 0.0,
        "learning_rate": 0.001,
        "batch_rows": 1024,
        "epochs": 50,
        "patience_epochs": 5,
        "clip": 100.0,
    },
    "source_000_lc": {"learner": "linear", "alpha": 1.0, "clip": 100.0},
    "source_000_svc": {"learner": "support_vector", "c": 10.0, "most_rows": 20000, "clip": 100.0},
    "source_002_lstm": {
        "learner": "lstm",
        "window_candles": 250,
        "units": 118,
        "layers": 4,
        "learn_every": 1,
    },
    "source_004": {
        "learner": "lightgbm",
        "n_estimators": 1000,
        "learning_rate": 0.03,
        "num_leaves": 64,
        "max_depth": 8,
        "min_child_samples": 20,
        "subsample": 0.8,
        "subsample_freq": 1,
        "colsample_bytree": 0.8,
        "reg_lambda": 0.0,
        "max_bin": 255,
        "early_stopping_rounds": 100,
    },
}


def by_name(value: Any) -> Any:
    """Options of a preset or of a learner with all defaults, where a name stands for them.

    >>> by_name("linear"), by_name("source_000_lc")["alpha"]
    ({'learner': 'linear'}, 1.0)
    """
    if not isinstance(value, str):
        return value
    return {"name": value, **PRESETS[value]} if value in PRESETS else {"learner": value}
