"""Drift: the index by hand, planted and absent drift, and the rule of source 004."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy import signal

from freqai_regimes.model_life.drift import (
    DriftOptions,
    DriftReference,
    drift,
    reference,
    stability_index,
)

ROWS, WATCHED = 2000, 200
OPTIONS = DriftOptions(watch_candles=WATCHED)
IMPORTANCE = {"main": 0.5, "other": 0.3, "idle": 0.2}


def remembering(rng: np.random.Generator, rows: int, memory: float) -> npt.NDArray[np.float64]:
    noise = rng.normal(size=rows + 1000) * np.sqrt(1 - memory**2)
    return np.asarray(signal.lfilter([1], [1, -memory], noise)[1000:])


def features(seed: int, memory: float = 0.9, shift: float = 0.0) -> pd.DataFrame:
    """Three features of twice the training rows; ``main`` is shifted in the second half."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: remembering(rng, 2 * ROWS, memory) for name in IMPORTANCE})
    frame.loc[ROWS:, "main"] += shift
    return frame


def known(frame: pd.DataFrame, options: DriftOptions = OPTIONS) -> DriftReference:
    return reference(frame.iloc[:ROWS], IMPORTANCE, options)


def test_index_by_hand() -> None:
    shares, others = np.array([0.2, 0.8]), np.array([0.4, 0.6])
    by_hand = -0.2 * np.log(0.5) + 0.2 * np.log(0.8 / 0.6)
    assert stability_index(shares, others) == pytest.approx(by_hand)
    assert stability_index(shares, shares) == 0


def test_one_shifted_feature_is_named() -> None:
    frame = features(1, memory=0.5, shift=1.0)
    seen = drift(known(frame), frame.iloc[ROWS:], OPTIONS)
    assert seen.drifted and seen.statistic > seen.threshold
    assert next(iter(seen.largest)) == "main"
    assert seen.reason.startswith(f"index {seen.statistic:.2f} > {seen.threshold:.2f} (largest: ma")


def test_a_feature_without_importance_raises_no_alarm() -> None:
    frame = features(1).rename(columns={"main": "free", "idle": "main"})
    shifted = frame.copy()
    shifted.loc[ROWS:, "free"] += 3.0
    assert not drift(known(frame), frame.iloc[ROWS:], OPTIONS).drifted
    assert not drift(known(shifted), shifted.iloc[ROWS:], OPTIONS).drifted
    any_psi = DriftOptions(rule="any_psi", watch_candles=WATCHED)
    assert drift(known(shifted), shifted.iloc[ROWS:], any_psi).drifted


def test_memory_alone_raises_the_alarm_of_a_fixed_limit_but_not_ours() -> None:
    ours = fixed = looks = 0
    any_psi = DriftOptions(rule="any_psi", watch_candles=WATCHED)
    for seed in range(12):
        frame = features(100 + seed, memory=0.95)
        reference_rows = known(frame)
        for end in range(ROWS + WATCHED, 2 * ROWS + 1, WATCHED):
            looks += 1
            ours += drift(reference_rows, frame.iloc[ROWS:end], OPTIONS).drifted
            fixed += drift(reference_rows, frame.iloc[ROWS:end], any_psi).drifted
    assert fixed / looks > 0.7
    assert ours / looks < 0.15


def test_too_few_rows_and_switched_off() -> None:
    frame = features(1, shift=5.0)
    few = drift(known(frame), frame.iloc[ROWS : ROWS + 199], OPTIONS)
    assert not few.drifted
    assert few.reason == "199 rows since the training, 200 are compared"
    off = DriftOptions(rule="off", watch_candles=WATCHED)
    assert not drift(known(frame), frame.iloc[ROWS:], off).drifted


def test_reference_survives_json_and_is_repeatable() -> None:
    frame = features(1)
    made = known(frame)
    assert DriftReference.read(json.loads(json.dumps(vars(made)))) == made
    assert known(frame) == made


def test_constant_features_do_not_matter() -> None:
    frame = features(1).assign(main=1.0)
    assert not drift(known(frame), frame.iloc[ROWS:], OPTIONS).drifted
