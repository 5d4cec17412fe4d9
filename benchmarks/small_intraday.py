"""The intraday preset with short histories and small models, for benchmarks of a stepped bot."""

from __future__ import annotations

from typing import Any


def small_intraday(retrain_hours: float) -> dict[str, Any]:
    """A user's own configuration: 50 trees on four days, regime on 1h, all models let in."""
    return {
        "freqai": {
            "train_period_days": 4,
            "live_retrain_hours": retrain_hours,
            "model_training_parameters": {"n_estimators": 50, "n_jobs": 1},
        },
        "regimes": {
            "regime": {
                "timeframe": "1h",
                "resample_from": None,
                "average_candles": 100,
                "shorter_average_candles": None,
            },
            "life": {"gate": {"enabled": False}},
            "experts": {"minimum_rows": 150},
        },
    }
