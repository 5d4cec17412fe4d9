"""A tag names who predicted only where the prediction may be traded on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd

from freqai_regimes.freqtrade_bridge.strategy import RegimeStrategyBase
from freqai_regimes.settings import Settings
from freqai_regimes.signals import entry_tags


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
    strategy = cast(Any, SimpleNamespace(indicator=SimpleNamespace(rule=None)))
    tagged = RegimeStrategyBase._tagged(strategy, frame)
    assert entry_tags(tagged, Settings()).to_list() == ["bull pooled", "bull", "bear expert"]
