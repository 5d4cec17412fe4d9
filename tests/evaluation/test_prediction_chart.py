"""Tenths of the predictions, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.evaluation.prediction_chart import decile_table
from freqai_regimes.evaluation.record import RunRecord


def record(rows: int) -> RunRecord:
    steps = np.arange(rows, dtype=float)[::-1]
    return RunRecord({"AAA/USDT": pd.DataFrame({"prediction": steps, "outcome": -2 * steps})}, {})


def test_deciles_by_hand() -> None:
    deciles = decile_table(record(100))
    assert deciles["rows"].to_list() == [10] * 10
    assert deciles["prediction"].to_list() == pytest.approx([4.5 + 10 * i for i in range(10)])
    assert deciles["outcome"].to_list() == pytest.approx([-9 - 20 * i for i in range(10)])
    # The outcomes of the first tenth are 0, -2 ... -18: quartiles a quarter in from both ends.
    assert (deciles["low"][0], deciles["high"][0]) == (-13.5, -4.5)


def test_too_few_rows_give_no_deciles() -> None:
    assert decile_table(record(49)).empty
    assert len(decile_table(record(50))) == 10
