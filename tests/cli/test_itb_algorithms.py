"""Algorithms of ITB become learners of ours: parameters, names, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from freqai_regimes.cli.itb_algorithms import learners
from freqai_regimes.learners.engine import LearnerOptions
from freqai_regimes.learners.presets import PRESETS

ADAPTER: TypeAdapter[LearnerOptions] = TypeAdapter(LearnerOptions)


def one(algorithm: Any) -> tuple[dict[str, Any], str, str]:
    """Entry, what became of it and the words."""
    entries, [line] = learners({"algorithms": [algorithm]})
    return (entries[0] if entries else {}), line.how, line.words


@pytest.mark.parametrize("name", ["gb", "nn", "lc", "svc"])
def test_a_mere_name_is_the_preset(name: str) -> None:
    entry, how, words = one(name)
    expected = ADAPTER.validate_python({"name": name, **PRESETS[f"source_000_{name}"]})
    assert ADAPTER.validate_python(entry) == expected
    assert how == "mapped" and f"regimes.learners, {name}:" in words


def test_parameters_are_taken_from_where_they_stand() -> None:
    network = {
        "name": "NN-long",
        "algo": "nn",
        "params": {"layers": 40, "is_scale": True, "length": 1000},
        "train": {"learning_rate": 0.01, "n_epochs": 7, "bs": 64, "es": {"patience": 2}},
    }
    entry, _, _ = one(network)
    got = ADAPTER.validate_python(entry).model_dump()
    assert got["name"] == "nn_long" and got["layers"] == (40,) and got["learning_rate"] == 0.01
    assert got["epochs"] == 7 and got["batch_rows"] == 64 and got["patience_epochs"] == 2
    assert got["activation"] == "logistic"
    entry, _, words = one(
        {"algo": "lc", "train": {"C": 4.0, "class_weight": "balanced", "penalty": "l1"}}
    )
    assert entry["alpha"] == 0.25 and entry["balance_classes"] is True
    assert words.endswith("Without penalty, which has no place here.")
    entry, _, _ = one({"algo": "svc", "params": {"C": 3}})
    assert entry["c"] == 3


def test_several_of_a_kind_keep_names_of_their_own() -> None:
    config = {"algorithms": ["gb", {"name": "gb", "algo": "gb"}, {"name": "2", "algo": "gb"}]}
    entries, lines = learners(config)
    assert [entry["name"] for entry in entries] == ["gb", "gb_2", "gb_3"]
    assert len(lines) == 3


def test_values_that_our_learner_does_not_take_and_unknown_algorithms_are_refused() -> None:
    entry, how, words = one({"algo": "gb", "train": {"learning_rate": 3}})
    assert entry == {} and how == "refused" and words.startswith("learning_rate: ")
    entry, how, words = one({"algo": "lc", "train": {"C": 0}})
    assert how == "refused" and "alpha" in words
    entry, how, words = one("catboost")
    assert entry == {} and how == "refused" and "no such algorithm" in words
    assert learners({}) == learners({"algorithms": None}) == ([], [])
