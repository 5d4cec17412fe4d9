"""Labels kept and masked equal those computed on the shorter frame, for every label."""

from __future__ import annotations

import pandas as pd
import pytest

from freqai_regimes.errors import CandleError
from freqai_regimes.freqtrade_bridge.label_store import LabelStore
from freqai_regimes.labels.engine import LABEL_OPTIONS, compute_labels
from tests.random_candles import random_candles

CANDLES = random_candles(400, seed=21).assign(side=1.0)
SHORT = {"horizon_candles": 12}


def entries() -> list[object]:
    """One entry of every label there is, horizons short enough for these candles."""
    made = []
    for name, options in LABEL_OPTIONS.items():
        short = {key: value for key, value in SHORT.items() if key in options.model_fields}
        made.append(options.model_validate({"label": name} | short))
    return made


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.label)
@pytest.mark.parametrize("rows", [60, 61, 150, 399, 400])
def test_masked_equals_recomputed(entry: object, rows: int) -> None:
    store = LabelStore([entry])  # type: ignore[list-item]
    store.keep("BTC/USDT", CANDLES)
    shorter = CANDLES.iloc[:rows]
    got = store.known("BTC/USDT", shorter)
    expected = compute_labels(shorter, [entry])  # type: ignore[list-item]
    pd.testing.assert_frame_equal(got.values, expected.values, check_exact=True)
    pd.testing.assert_frame_equal(got.known_at, expected.known_at, check_dtype=False)


def test_rows_are_found_by_date_whatever_their_number() -> None:
    store = LabelStore(entries()[:1])  # type: ignore[arg-type]
    store.keep("BTC/USDT", CANDLES)
    later = CANDLES.iloc[100:].reset_index(drop=True)
    whole = store.known("BTC/USDT", CANDLES).values.iloc[100:].reset_index(drop=True)
    pd.testing.assert_frame_equal(store.known("BTC/USDT", later).values, whole)


def test_other_candles_are_refused() -> None:
    store = LabelStore(entries()[:1])  # type: ignore[arg-type]
    store.keep("BTC/USDT", CANDLES.iloc[:300])
    with pytest.raises(CandleError, match="computed on other candles"):
        store.known("BTC/USDT", CANDLES)


def test_without_a_kept_frame_labels_are_computed() -> None:
    store = LabelStore(entries()[:1])  # type: ignore[arg-type]
    got = store.known("ETH/USDT", CANDLES)
    pd.testing.assert_frame_equal(got.values, compute_labels(CANDLES, store.label_sets).values)
