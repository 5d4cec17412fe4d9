"""Everything the package ships is found and certified, and a leak put into any of it is refused."""

from __future__ import annotations

import inspect
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Literal

import pandas as pd
import pytest
from pydantic import Field

from freqai_regimes import features, signals
from freqai_regimes.candles import read_candles
from freqai_regimes.causality import Certificate, Plan, Subject, certify, shipped
from freqai_regimes.causality.inserted_leaks import INSERTIONS, insertions_for
from freqai_regimes.causality.mutants import kill_rate
from freqai_regimes.causality.samples import FEATURES, LABELS, sample_market
from freqai_regimes.causality.shipped import shipped_subjects
from freqai_regimes.errors import SettingsError
from freqai_regimes.features.engine import GENERATORS
from freqai_regimes.features.options import FeatureOptions
from freqai_regimes.labels.engine import LABELS as ALL_LABELS
from freqai_regimes.regimes.options import RULE_OPTIONS
from freqai_regimes.signal_sets.engine import STEPS
from tests.random_candles import random_candles

ROWS = 940
PLAN = Plan(cuts=2, late_cuts=1, windows=2, steps=2, bunches=40)
MARKET = sample_market(random_candles(ROWS, seed=6))
SUBJECTS = {subject.name: subject for subject in shipped_subjects()}


@cache
def certificate() -> Certificate:
    return certify(list(SUBJECTS.values()), MARKET, plan=PLAN)


@pytest.mark.parametrize("name", SUBJECTS)
def test_it_is_certified(name: str) -> None:
    findings = certificate().by_subject[name]
    assert [one for one in findings if not one.passed] == []
    assert len(findings) == (11 if SUBJECTS[name].kind == "label" else 9)


@pytest.mark.parametrize("name", SUBJECTS)
def test_every_leak_put_into_it_is_refused(name: str) -> None:
    rate = kill_rate(MARKET, mutants=(), shipped=[SUBJECTS[name]], shipped_market=MARKET, plan=PLAN)
    assert rate.inserted
    assert [one for one in rate.inserted if not one.killed] == []


def test_each_insertion_fits_somewhere() -> None:
    fitting = {one.name for subject in SUBJECTS.values() for one in insertions_for(subject, MARKET)}
    assert fitting == {one.name for one in INSERTIONS}


def test_real_candles_are_certified_too(real_data: Path) -> None:
    folder = real_data / "majors_2024-01_2025-08"
    candles = read_candles(folder, "BTC/USDT", "1h").iloc[5000 : 5000 + ROWS]
    plan = Plan(cuts=2, late_cuts=1, windows=2, steps=2, bunches=10)
    market = sample_market(candles.reset_index(drop=True))
    assert certify(list(SUBJECTS.values()), market, plan=plan).faults == ()


# --- finding them --------------------------------------------------------------------------------


def names(kind: str) -> set[str]:
    return {name.split(" (")[0] for name, one in SUBJECTS.items() if one.kind == kind}


def test_introspection_finds_what_the_engines_know() -> None:
    assert names("feature") == set(GENERATORS)
    assert names("label") == set(ALL_LABELS)
    assert set(FEATURES) <= set(GENERATORS) and set(LABELS) <= set(ALL_LABELS)


def test_rules_and_signals_are_found_by_what_they_take() -> None:
    decided = {"regimes: regime_of", "regimes: price_above_average"}
    listed = {f"rule: {name}" for name in RULE_OPTIONS if name != "moving_average"}
    assert names("regime") == decided | listed
    rows = {
        f"signals: {name}"
        for name, one in inspect.getmembers(signals, inspect.isfunction)
        if one.__module__ == signals.__name__
        and any(word in str(inspect.signature(one)) for word in ("Series", "DataFrame"))
    }
    assert names("signal") == {
        *(name for name in rows if not name.startswith("signals: _")),
        *(f"signal_sets: {step}" for step in STEPS),
    }
    assert "signals: entry_threshold" not in rows


def module_with(generator: type[FeatureOptions]) -> ModuleType:
    module = ModuleType("freqai_regimes.features.invented")
    generator.__module__ = module.__name__
    module.Options = generator
    module.generate = lambda candles, options: candles[["close"]].shift(-options.window_candles)
    module.warm_up_candles = lambda options: 1
    module.price_unit_columns = lambda options: []
    return module


class NeedsAWindow(FeatureOptions):
    """Options without a default."""

    generator: Literal["invented"]
    window_candles: int = Field(ge=1, description="no default")


class HasDefaults(NeedsAWindow):
    """Options that work as they are."""

    window_candles: int = Field(1, ge=1, description="a default")


def only(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> None:
    monkeypatch.setattr(shipped, "modules_with", lambda room, name: [module])


def test_a_generator_without_sample_options_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, module_with(NeedsAWindow))
    with pytest.raises(SettingsError) as caught:
        shipped.feature_subjects()
    assert str(caught.value) == (
        "generator invented cannot be certified: it has no sample options (window_candles: Field "
        "required). Give it options that are allowed in freqai_regimes/causality/samples.py."
    )


def test_a_new_generator_is_certified_because_it_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, module_with(HasDefaults))
    (subject,) = shipped.feature_subjects()
    faults = certify([subject], MARKET, plan=PLAN, checks=["truncation"]).faults
    assert [(one.subject, one.column) for one in faults] == [("invented", "close")]


def test_modules_are_found_by_their_contract() -> None:
    found = {module.__name__ for module in shipped.modules_with(features, "generate")}
    assert "freqai_regimes.features.momentum" in found
    assert "freqai_regimes.features.options" not in found


def test_a_signal_that_asks_for_what_no_sample_gives_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def smoothed(weight: pd.Series, momentum_score: pd.Series) -> pd.Series:
        return weight

    smoothed.__module__ = signals.__name__
    monkeypatch.setattr(signals, "smoothed", smoothed, raising=False)
    with pytest.raises(SettingsError, match="smoothed cannot be certified: no sample gives mom"):
        shipped.signal_subjects()


def test_text_is_certified_as_well() -> None:
    words = SUBJECTS["signals: entry_tags"]
    late = Subject("late", "signal", lambda inputs: words.compute(inputs).shift(-1))
    faults = certify([late], MARKET, plan=PLAN, checks=["truncation"]).faults
    assert faults[0].got == "NaN"
    assert faults[0].expected.split()[0] in ("bull", "bear", "sideways", "unknown")
