"""A tag names who predicted only where the prediction may be traded on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.freqtrade_bridge.trade_signals import TradeSignals
from freqai_regimes.settings import Settings


def test_a_refused_model_is_not_named() -> None:
    frame = pd.DataFrame(
        {
            "regime": [1.0, 1.0, -1.0],
            "model_expert": [0.0, 1.0, 3.0],  # what FreqAI's frame says, trusted or not
            "expert": [0.0, np.nan, 3.0],
            "score": [np.nan] * 3,
            "weight": [1.0] * 3,
            "expected_return": [np.nan] * 3,
        }
    )
    signals = TradeSignals(Settings(), None, can_short=True)
    assert signals.entry_tags(frame).to_list() == ["bull pooled", "bull", "bear expert"]
