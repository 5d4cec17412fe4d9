"""A window's stored predictions are read back as pandas' own file of them would be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from freqai_regimes.freqtrade_bridge.stored_windows import _write_feather


def test_what_is_stored_is_read_back_as_it_was(tmp_path: Path) -> None:
    predictions = pd.DataFrame(
        {
            "&-forward_return": [0.1, -0.0, np.nan, np.inf],
            "do_predict": [1, 0, 1, -2],
            "date": pd.date_range("2024-01-01", periods=4, freq="5min", tz="UTC"),
            "told": ["bull", "", None, "bear"],
        }
    )
    _write_feather(predictions, tmp_path / "ours.feather")
    predictions.to_feather(tmp_path / "theirs.feather")
    ours, theirs = (pd.read_feather(tmp_path / f"{who}.feather") for who in ("ours", "theirs"))
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
    pd.testing.assert_frame_equal(ours, predictions, check_exact=True)
