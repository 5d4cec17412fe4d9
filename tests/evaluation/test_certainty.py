"""Coverage and calibration of a run, counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.evaluation.certainty import certainty
from freqai_regimes.evaluation.record import RunRecord

STATED = np.repeat([0.1, 0.3, 0.5, 0.7, 0.9], 20)


def recorded(frame: pd.DataFrame) -> RunRecord:
    return RunRecord({"BTC/USDT": frame}, {})


@pytest.fixture
def frame() -> pd.DataFrame:
    came = np.concatenate([np.arange(20) < 20 * share for share in (0.1, 0.3, 0.5, 0.7, 0.5)])
    outcome = np.where(came, 1.0, -1.0)
    return pd.DataFrame(
        {
            "probability": STATED,
            "outcome": outcome,
            "prediction_lower": np.where(np.arange(100) < 25, 0.0, -2.0),
            "prediction_upper": 2.0,
        }
    )


def test_counted_by_hand(frame: pd.DataFrame) -> None:
    """The last fifth says 90 % and comes true in half of the cases; the others keep their word."""
    held = certainty(recorded(frame))
    assert held is not None
    assert held.bins["rows"].tolist() == [20] * 5
    assert held.bins["stated"].tolist() == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])
    assert held.bins["came_true"].tolist() == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.5])
    assert held.calibration_error == pytest.approx(0.4 / 5)
    outside = int((frame["outcome"][:25] < 0).sum())
    assert held.coverage == pytest.approx(1 - outside / 100) and held.width == 4.0


def test_rows_without_outcome_or_trust_count_for_nothing(frame: pd.DataFrame) -> None:
    more = pd.concat([frame, frame.assign(outcome=np.nan), frame.assign(probability=np.nan)])
    held, alone = (certainty(recorded(each)) for each in (more, frame))
    assert held is not None and alone is not None
    assert (held.coverage, held.brier_score) == (alone.coverage, alone.brier_score)


def test_a_run_without_probabilities_has_none(frame: pd.DataFrame) -> None:
    assert certainty(recorded(frame.drop(columns="probability"))) is None
    assert certainty(recorded(frame.assign(outcome=np.nan))) is None


def test_where_the_gate_let_nothing_in_the_refused_ones_are_measured(frame: pd.DataFrame) -> None:
    refused = frame.rename(
        columns={
            "probability": "forecast_probability",
            "prediction_lower": "forecast_lower",
            "prediction_upper": "forecast_upper",
        }
    ).assign(probability=np.nan, prediction=np.nan, do_predict=0, forecast=0.5)
    empty = refused.assign(forecast=0.0, forecast_probability=0.0)  # as FreqAI fills
    held, alone = certainty(recorded(pd.concat([empty, refused]))), certainty(recorded(frame))
    assert held is not None and alone is not None
    assert (held.coverage, held.brier_score) == (alone.coverage, alone.brier_score)
