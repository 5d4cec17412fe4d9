"""The section ``life`` of the settings: how models are let in, kept, watched and replaced."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from freqai_regimes.model_life.degradation import DegradationOptions
from freqai_regimes.model_life.drift import DriftOptions
from freqai_regimes.model_life.promotion_gate import GateOptions
from freqai_regimes.model_life.registry import DEFAULT_KEEP
from freqai_regimes.model_life.shadow import ShadowOptions
from freqai_regimes.model_life.triggers import TriggerOptions


class LifeSettings(BaseModel):
    """The life of a model; all but the gate concerns live and dry-run only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gate: GateOptions = GateOptions()
    shadow: ShadowOptions = ShadowOptions()
    drift: DriftOptions = DriftOptions()
    degradation: DegradationOptions = DegradationOptions()
    triggers: TriggerOptions = TriggerOptions()
    keep_versions: int = Field(
        DEFAULT_KEEP, ge=2, description="saved models of each pair, or pool, that are kept"
    )
