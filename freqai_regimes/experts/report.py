"""What one fit had to work with, what it measured on purged rows, and why it decided as it did."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class ExpertDecision:
    """Whether a regime has its own expert, and why.

    Attributes
    ----------
    rows : training rows of the regime.
    used : whether the expert moves the prediction at all.
    reason : one sentence.
    effective_rows : how many labels that do not overlap in time those rows amount to.
    weight : share of the way from pooled to expert that the prediction goes, 0 to 1.
    gain : share of the pooled model's squared error that this saved on purged rows.
    """

    rows: int
    used: bool
    reason: str
    effective_rows: float = 0.0
    weight: float = 0.0
    gain: float = 0.0


@dataclass(frozen=True)
class ModelReport:
    """One label learnt by one learner.

    Attributes
    ----------
    label, learner : their names.
    share : of this learner in the main prediction; 0 where it has no part in it.
    rank_correlation : of its prediction with the label on the validation rows.
    error : mean squared error there, over that of the training mean; below 1 is better.
    experts : by name of the regime.
    """

    label: str
    learner: str
    share: float
    rank_correlation: float
    error: float
    experts: dict[str, ExpertDecision]


@dataclass(frozen=True)
class IntervalReport:
    """How intervals and probabilities held on the later half of the validation rows.

    They were fitted on the earlier half for this measurement, and on all of them for use. NaN where
    the rows are too few.
    """

    coverage: float
    stated_coverage: float
    calibration_error: float
    brier_score: float


@dataclass(frozen=True)
class FitReport:
    """What one fit had to work with and how it did on the purged validation rows."""

    trained_from: pd.Timestamp
    trained_until: pd.Timestamp
    train_rows: int
    validation_rows: int
    purged_rows: int
    validation_rank_correlation: float
    experts: dict[str, ExpertDecision]
    models: tuple[ModelReport, ...] = ()
    held: IntervalReport | None = None
    libraries: dict[str, str] = field(default_factory=dict)
