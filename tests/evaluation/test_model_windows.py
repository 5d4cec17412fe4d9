"""Counts and medians of the training windows, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from freqai_regimes.evaluation.model_windows import window_summary, window_table
from freqai_regimes.evaluation.record import RunRecord


def test_summary(tiny_frames: Any, tiny_windows: Any) -> None:
    summary = window_summary(RunRecord(tiny_frames, {"windows": tiny_windows}))
    assert summary is not None
    assert (summary.windows, summary.failed) == (4, 1)
    assert summary.untrusted_share == pytest.approx(2 / 8)
    rows = (summary.train_rows_min, summary.train_rows_median, summary.train_rows_max)
    assert rows == (100, 300, 800)
    assert summary.validation_rank_correlation == pytest.approx(0.1)
    assert summary.experts_used == {"bull": 3, "sideways": 0, "bear": 0}


def test_table_gives_each_windows_reasons(tiny_frames: Any, tiny_windows: Any) -> None:
    table = window_table(RunRecord(tiny_frames, {"windows": tiny_windows}))
    assert table["failed"].to_list() == ["", "", "", "too few rows"]
    assert table["bull"][0] == "used (700 rows)"
    assert table["sideways"][0] == "pooled (90 rows): 600 needed"
    assert table["bear"][0] == "no expert"


def test_no_model_no_summary(tiny_frames: Any) -> None:
    plain = {pair: frame.iloc[:, :7] for pair, frame in tiny_frames.items()}
    assert window_summary(RunRecord(plain, {})) is None


def test_model_without_windows_says_so(tiny_frames: Any) -> None:
    summary = window_summary(RunRecord(tiny_frames, {"windows": [], "failed_windows": 2}))
    assert summary is not None
    assert (summary.windows, summary.failed) == (0, 2)
