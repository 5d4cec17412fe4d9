"""Scales features for learners that need one size: standard deviations, cut off at both ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.preprocessing import StandardScaler

from freqai_regimes.learners.sample import Floats


@dataclass(frozen=True)
class Scaling:
    """Mean and standard deviation of each column over the training rows, and where to cut off."""

    mean: Floats
    deviation: Floats
    clip: float

    def apply(self, rows: Floats) -> Floats:
        """Standard deviations from the mean, within -clip to clip; same shape as the rows."""
        return np.asarray(np.clip((rows - self.mean) / self.deviation, -self.clip, self.clip))

    def undo(self, scaled: Floats) -> Floats:
        """Back to the unit before."""
        return np.asarray(scaled * self.deviation + self.mean)


def fit_scaling(rows: Floats, clip: float) -> Scaling:
    """Scaling by the training rows alone; a constant column becomes 0."""
    scaler = StandardScaler().fit(rows)
    return Scaling(scaler.mean_, scaler.scale_, clip)


def fit_target_scaling(target: Floats) -> Scaling:
    """Scaling of a regression's target, so that a step is a step in any unit; nothing is cut."""
    deviation = float(target.std())
    return Scaling(np.array(target.mean()), np.array(deviation or 1.0), np.inf)
