"""``label_sets``: all labels side by side, their names, and what is refused."""

from __future__ import annotations

import pandas as pd
import pytest

from freqai_regimes.errors import SettingsError
from freqai_regimes.labels import first_touch, forward_return, triple_barrier
from freqai_regimes.labels.engine import (
    LABEL_OPTIONS,
    LABELS,
    compute_labels,
    horizon_candles,
    label_names,
)
from freqai_regimes.settings import parse_settings
from tests.random_candles import random_candles

RETURN = forward_return.Options(label="forward_return", horizon_candles=5, name="r")
TOUCH = first_touch.Options(label="first_touch", thresholds=(1.0, 2.0), horizon_candles=20)


@pytest.fixture(scope="module")
def candles() -> pd.DataFrame:
    return random_candles(200, seed=8)


def test_entries_stand_side_by_side(candles: pd.DataFrame) -> None:
    labelled = compute_labels(candles, [RETURN, TOUCH])
    assert list(labelled.values) == ["r", *label_names(TOUCH)]
    assert list(labelled.known_at) == list(labelled.values)
    assert labelled.kind["r"] == "regression"
    pd.testing.assert_series_equal(
        labelled.values["r"], forward_return.compute(candles, RETURN).values["r"]
    )
    assert compute_labels(candles, []).values.empty


def test_names_are_found_without_candles() -> None:
    assert label_names(RETURN) == ["r"]
    assert len(label_names(TOUCH)) == 2
    barrier = triple_barrier.Options(label="triple_barrier", horizon_candles=7)
    assert label_names(barrier) == ["triple_barrier_7"]
    assert (horizon_candles(RETURN), horizon_candles(barrier)) == (6, 7)


def test_every_label_keeps_the_contract() -> None:
    assert set(LABELS) == set(LABEL_OPTIONS)
    for name, module in LABELS.items():
        entry = LABEL_OPTIONS[name].model_validate({"label": name})
        assert label_names(entry), name  # type: ignore[arg-type]
        horizon = module.horizon_candles(entry)
        assert horizon is None or horizon >= 1


def test_the_same_name_twice_is_refused(candles: pd.DataFrame) -> None:
    with pytest.raises(SettingsError, match="r twice"):
        compute_labels(candles, [RETURN, RETURN])


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"label_sets": [{"label": "forward_retrun"}]}, "did you mean 'forward_return'?"),
        ({"label_sets": [{"label": "first_touch", "thresholds": [0]}]}, "thresholds"),
        ({"label_sets": [{"label": "forward_return", "horizon": 3}]}, "'horizon_candles'?"),
        ({"train_label": "forward_retur"}, "did you mean 'forward_return'?"),
        (
            {
                "entry": "edge",
                "label_sets": [{"label": "triple_barrier", "name": "t"}],
                "train_label": "t",
            },
            "entry edge needs a forward_return",
        ),
    ],
)
def test_bad_entries_are_refused(section: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_settings({"regimes": section})
    assert words in str(refused.value)


def test_another_label_can_be_trained() -> None:
    entry = {"label": "top_bottom", "level": 0.03, "names": ["top"]}
    settings = parse_settings({"regimes": {"label_sets": [entry], "train_label": "top"}})
    assert settings.forecast is None
    assert settings.horizon_candles == 1  # no bound
    assert parse_settings({}).horizon_candles == 18  # known one candle later: open to open
