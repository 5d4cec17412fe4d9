"""Every leak is refused by each check that must see it, and its honest twin passes all of them."""

from __future__ import annotations

import pytest

from freqai_regimes.causality import CHECKS, Plan, Subject, certify
from freqai_regimes.causality.certify import FOR_LABELS
from freqai_regimes.causality.leaks.mutant import Mutant
from freqai_regimes.causality.market import Market
from freqai_regimes.causality.mutants import MUTANTS, KillRate, Trialled, kill_rate, mutant_market

PLAN = Plan(cuts=2, late_cuts=1, windows=3, steps=3, bunches=8)
MARKET = mutant_market()


def market_of(mutant: Mutant) -> Market:
    return MARKET if mutant.market is None else mutant.market()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_leak_is_refused_for_the_right_reason(mutant: Mutant) -> None:
    faults = certify([mutant.leak], market_of(mutant), plan=PLAN, checks=mutant.refused_by).faults
    assert {fault.check for fault in faults} == set(mutant.refused_by)
    assert [fault.reason for fault in faults if fault.reason.startswith("it raised")] == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_honest_twin_passes_every_check(mutant: Mutant) -> None:
    certificate = certify([mutant.twin], market_of(mutant), plan=PLAN)
    assert certificate.faults == ()
    expected = len(CHECKS) - (0 if mutant.twin.kind == "label" else len(FOR_LABELS))
    assert len(certificate.findings) == expected


def test_every_check_has_a_leak_that_it_must_see() -> None:
    assert {check for mutant in MUTANTS for check in mutant.refused_by} == set(CHECKS)
    assert len(MUTANTS) >= 24
    names = [subject.name for mutant in MUTANTS for subject in (mutant.leak, mutant.twin)]
    assert len(set(names)) == len(names)


def test_twins_state_what_their_leaks_state() -> None:
    for mutant in MUTANTS:
        leak, twin = ({**vars(one)} for one in (mutant.leak, mutant.twin))
        for own in ("name", "compute"):
            del leak[own], twin[own]
        assert leak == twin, mutant.name


def test_kill_rate_counts_what_is_refused_and_what_is_not() -> None:
    """A mutant that is none survives; a twin that leaks is wronged, and rightly told so."""
    real = next(one for one in MUTANTS if one.name == "negative shift")
    honest = Mutant("no leak", "", real.twin, real.leak, ("truncation",))
    rate = kill_rate(MARKET, mutants=[real, honest], plan=PLAN)
    assert [one.killed for one in rate.leaks] == [True, False]
    assert [bool(one.refused) for one in rate.honest] == [False, True]
    assert not rate.perfect
    assert rate.text().splitlines()[:3] == [
        "leaks refused for the right reason: 1/2 = 50%",
        "leaks put into shipped code refused: 0/0",
        "honest computations refused: 1/2 = 50%",
    ]
    assert "SURVIVED negative shift (twin): not refused by truncation" in rate.text()
    assert "WRONGED negative shift:" in rate.text()
    assert kill_rate(MARKET, mutants=[real], plan=PLAN).perfect


def test_a_leak_that_only_breaks_down_has_not_been_seen() -> None:
    def broken(inputs: object) -> None:
        raise KeyError("close")

    broken_leak = Subject("broken", "feature", broken)
    mutant = Mutant("broken", "", broken_leak, MUTANTS[0].twin, ("truncation",))
    rate = kill_rate(MARKET, mutants=[mutant], plan=PLAN)
    assert not rate.leaks[0].killed


def test_a_leak_seen_by_one_check_of_two_is_no_kill() -> None:
    assert not Trialled("it", ("truncation",), missing=("horizon",)).killed
    assert not KillRate((Trialled("it", ()),), (), ()).perfect
