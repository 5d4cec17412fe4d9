"""Each kind of source is among what is certified, and a leak put into its join is refused."""

from __future__ import annotations

from typing import get_args

import pytest

from freqai_regimes.causality import Plan
from freqai_regimes.causality.leaks import joins
from freqai_regimes.causality.mutants import kill_rate
from freqai_regimes.causality.shipped_sources import (
    SAMPLES,
    sample_options,
    source_market,
    source_subjects,
)
from freqai_regimes.errors import SettingsError
from freqai_regimes.sources.options import Kind

PLAN = Plan(cuts=2, late_cuts=1, windows=3, steps=2)
SUBJECTS = source_subjects()


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda one: one.name)
def test_every_leak_put_into_it_is_refused(subject: object) -> None:
    rate = kill_rate(
        mutants=(),
        shipped=[subject],  # type: ignore[list-item]
        shipped_market=source_market(),
        plan=PLAN,
    )
    assert len(rate.inserted) == 4
    assert [one for one in rate.inserted if not one.killed] == []


def test_every_kind_has_a_sample_and_a_leak_of_its_own() -> None:
    assert set(SAMPLES) == set(get_args(Kind))
    stories = {mutant.twin.compute for mutant in joins.MUTANTS}
    assert stories == {subject.compute for subject in joins.TWINS.values()}
    with pytest.raises(SettingsError, match="kind news cannot be certified"):
        sample_options("news")
