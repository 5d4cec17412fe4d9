"""Counts and medians of the training windows, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from freqai_regimes.evaluation.model_windows import (
    importance_table,
    window_summary,
    window_table,
)
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


def test_a_window_of_a_pool_counts_once(tiny_frames: Any, tiny_windows: Any) -> None:
    pool = {"rows": {"AAA/USDT": 50, "BBB/USDT": 50}, "left_out": {}}
    window = tiny_windows[0] | {"pool": pool}
    notes = [window, window | {"pair": "BBB/USDT"}, tiny_windows[1]]
    table = window_table(RunRecord(tiny_frames, {"windows": notes}))
    assert table["pair"].to_list() == ["AAA/USDT, BBB/USDT", "AAA/USDT"]


def test_shares_of_features_by_window(tiny_frames: Any, tiny_windows: Any) -> None:
    first, second = (
        tiny_windows[0] | {"trained_until": until, "importance": shares}
        for until, shares in (("2025-01-01", {"a": 0.9, "b": 0.1}), ("2025-02-01", {"b": 1.0}))
    )
    other = first | {"pair": "BBB/USDT", "importance": {"a": 0.5, "c": 0.5}}
    table = importance_table(RunRecord(tiny_frames, {"windows": [second, first, other]}))
    assert list(table.columns) == ["2025-01-01", "2025-02-01"]
    assert table.loc["a"].to_list() == pytest.approx([0.7, 0.0])
    assert table.index[0] == "b"  # the largest mean share: (0.05 + 1) / 2
    assert importance_table(RunRecord(tiny_frames, {"windows": tiny_windows})).empty
