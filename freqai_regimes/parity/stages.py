"""In what order the recorded columns of a candle depend on each other."""

from __future__ import annotations

from collections.abc import Iterable

from freqai_regimes.regimes.probabilities import REGIME_COLUMNS

#: Each stage is computed from those before it, of the same candle or of earlier ones.
STAGES: dict[str, tuple[str, ...]] = {
    "candle": ("open", "high", "low", "close", "volume"),
    "regime": (*REGIME_COLUMNS, "volatility"),
    "model": ("model_version", "do_predict"),
    "prediction": (
        *("forecast", "forecast_probability", "forecast_lower", "forecast_upper"),
        *("prediction", "score", "probability", "pooled", "expert", "expected_return"),
    ),
    "interval": ("prediction_lower", "prediction_upper"),
    "weight": ("weight",),
    "signal": ("enter_long", "exit_long", "enter_short", "exit_short"),
}
#: Columns of ``signal_sets`` and of further models are compared too, as this stage.
OTHERS = "score"
ORDER = ("candle", "regime", "model", "prediction", "interval", OTHERS, "weight", "signal")
#: Stages whose value at a candle remembers earlier candles of the stages before them.
WITH_MEMORY = ("interval", OTHERS)
#: Not compared: names and words, known only later, or only on one side by their nature.
LEFT_OUT = ("date", "seen_at", "started", "outcome", "enter_tag", "exit_tag")


def stage_of(column: str) -> str:
    """The stage that a column belongs to.

    >>> stage_of("regime"), stage_of("exit_long"), stage_of("trade_score")
    ('regime', 'signal', 'score')
    """
    for stage, columns in STAGES.items():
        if column in columns:
            return stage
    return "prediction" if column.startswith("model_") else OTHERS


def in_order(columns: Iterable[str]) -> list[str]:
    """The columns that are compared, those first that others are computed from."""
    wanted = [name for name in columns if name not in LEFT_OUT]
    return sorted(wanted, key=lambda name: ORDER.index(stage_of(name)))
