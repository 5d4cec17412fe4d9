"""Whether a pair's model is trained again now, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from freqai_regimes.model_life.degradation import Finding


class TriggerOptions(BaseModel):
    """What starts a training beside FreqAI's schedule (``live_retrain_hours``); live only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on_alarm: Literal["tell", "retrain"] = Field(
        "tell",
        description="what drift and degradation do; retrain: live then differs from the backtest",
    )
    cool_off_minutes: int = Field(
        60, ge=0, description="after a training, no alarm starts another one for this long"
    )
    maximum_age_hours: float | None = Field(
        None, gt=0, description="older champions are retrained; null: any age will do"
    )


@dataclass(frozen=True)
class RetrainDecision:
    """Whether to train again, what asked for it, and why (or why not)."""

    retrain: bool
    trigger: str
    reason: str


def decide(
    now: float,
    tried_at: float,
    champion_until: float | None,
    pinned: bool,
    alarms: Mapping[str, Finding],
    options: TriggerOptions,
    every_hours: float,
) -> RetrainDecision:
    """One decision a candle.

    Parameters
    ----------
    now, tried_at : epoch seconds; of the last training, whether its model was let in or not.
    champion_until : end of the champion's training window; None: there is no champion.
    alarms : trigger -> what its watch found.
    every_hours : the schedule.
    """
    if pinned:
        return RetrainDecision(False, "pin", "the champion is pinned")
    since = (now - tried_at) / 3600
    if since > every_hours:
        return RetrainDecision(True, "schedule", f"{since:.1f} h since the last training")
    raised = {name: found.reason for name, found in alarms.items() if found.alarm}
    age = 0.0 if champion_until is None else (now - champion_until) / 3600
    if options.maximum_age_hours is not None and age > options.maximum_age_hours:
        raised["age"] = f"{age:.1f} h old, {options.maximum_age_hours:g} allowed"
    if not raised:
        return RetrainDecision(False, "none", "no alarm")
    trigger, reason = next(iter(raised.items()))
    if trigger != "age" and options.on_alarm == "tell":
        return RetrainDecision(False, trigger, f"told only: {reason}")
    if since * 60 < options.cool_off_minutes:
        return RetrainDecision(False, trigger, f"cooling off after a training: {reason}")
    return RetrainDecision(True, trigger, reason)
