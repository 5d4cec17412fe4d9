"""The price change alone: by hand, its band strict, its warm-up the least there is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.regimes.price_change import Options, judge, warm_up_candles


def options(**changes: object) -> Options:
    return Options.model_validate(
        {"rule": "price_change", "change_candles": 2, "band": 0.5, **changes}
    )


def states(closes: list[float], **changes: object) -> list[float]:
    return judge(pd.DataFrame({"close": closes}), options(**changes))["regime"].tolist()


def test_by_hand() -> None:
    # changes over two: 8/4-1 = 1, 4/4-1 = 0, 12/8-1 = 0.5, 1/4-1 = -0.75
    got = states([4.0, 4.0, 8.0, 4.0, 12.0, 1.0])
    assert np.array_equal(got, [np.nan, np.nan, 1, 0, 0, -1], equal_nan=True)
    assert states([4.0, 4.0, 8.0, 4.0, 12.0, 1.0], band=0.49)[4] == 1
    assert states([4.0, 4.0, 8.0, 5.0, 12.0, 1.0], inner_band=0.2)[2:] == [1, 1, 1, -1]


def test_the_warm_up_is_the_least_that_knows() -> None:
    needed = warm_up_candles(options())
    assert needed == 3
    assert np.isnan(states([1.0, 2.0])).all() and states([1.0, 1.5, 2.0])[-1] == 1


def test_an_inner_band_lies_inside() -> None:
    with pytest.raises(ValidationError, match=r"inner_band 0\.6 lies outside band 0\.5"):
        options(inner_band=0.6)
    assert options(inner_band=0.5).inner_band == 0.5
