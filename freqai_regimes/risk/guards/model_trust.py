"""Model trust: no entry on a model that is too old, or whose predictions may not be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from freqai_regimes.risk.guards.decision import QUIET, GuardDecision


@dataclass(frozen=True)
class ModelTrust:
    """Trips on predictions untrusted for some candles in a row, and on a model that is too old.

    A retraining that keeps failing, or whose candidates keep being rejected, leaves the old model
    in place: its age grows until this guard trips.

    Attributes
    ----------
    untrusted_candles : candles in a row with ``do_predict`` other than 1; None: not looked at.
    oldest_hours : age of the newest training row, in hours; None: not looked at.
    """

    untrusted_candles: int | None
    oldest_hours: float | None
    name: ClassVar[str] = "model_trust"

    def decide(self, untrusted_run: float, age_hours: float) -> GuardDecision:
        """Judge one pair at one candle boundary; an unknown age (NaN) is no age.

        >>> ModelTrust(3, 48.0).decide(0, 49.0).reason
        'the model is 49.0 hours old, limit 48.0'
        >>> ModelTrust(3, 48.0).decide(2, float("nan")).tripped
        False
        """
        if self.untrusted_candles is not None and untrusted_run >= self.untrusted_candles:
            return GuardDecision(True, f"{untrusted_run:.0f} candles without a trusted prediction")
        if self.oldest_hours is not None and age_hours > self.oldest_hours:
            reason = f"the model is {age_hours:.1f} hours old, limit {self.oldest_hours:.1f}"
            return GuardDecision(True, reason)
        return QUIET
