"""The certificate as people and programs read it, and that it is the same each time."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import asdict

import pandas as pd
import pytest
from rich.console import Console

from freqai_regimes.causality import (
    BASE,
    CHECKS,
    Allowance,
    Certificate,
    Market,
    Plan,
    Subject,
    certificate_page,
    certify,
)
from freqai_regimes.errors import CandleError, SettingsError
from tests.random_candles import random_candles

MARKET = Market.of(random_candles(200, seed=2), "1h")
PLAN = Plan(cuts=3, late_cuts=1, windows=3, steps=3)


def change(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return inputs[BASE]["close"].pct_change().to_frame("change")


def leak(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return change(inputs).shift(-1)


def broken(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    raise ZeroDivisionError("of\n <no> use")


HONEST = Subject("honest", "feature", change, warm_up_candles=1)
LEAK = Subject("leak [red] <b>", "signal", leak, warm_up_candles=1)
EXCEPTED = Subject(
    "excepted", "feature", change, warm_up_candles=1, allowances=(Allowance("units", "for a test"),)
)


def made(*subjects: Subject, **given: object) -> Certificate:
    return certify(subjects, MARKET, plan=PLAN, **given)


def test_all_passed() -> None:
    certificate = made(HONEST, EXCEPTED)
    assert (certificate.passed, certificate.exit_code) == (True, 0)
    assert certificate.verdict == (
        "No look-ahead found: 2 subject(s), 18 checks on 200 candles of 1h, 2024-01-01 to "
        "2024-01-09."
    )
    assert "passed, excepted: units" in certificate.text()


def test_refused() -> None:
    certificate = made(HONEST, LEAK)
    assert (certificate.passed, certificate.exit_code) == (False, 1)
    assert certificate.verdict.startswith("REFUSED: 1 of 2 subject(s) fail ")
    assert {fault.subject for fault in certificate.faults} == {LEAK.name}
    text = certificate.text()
    assert "column change, row 0 (2024-01-01 00:00:00+00:00)" in text
    fault = next(one for one in certificate.faults if one.check == "truncation")
    assert f"expected {fault.expected}, got NaN" in text


@pytest.mark.parametrize("subjects", [(HONEST,), (HONEST, LEAK)])
def test_the_terminal_is_a_hundred_columns_wide(subjects: tuple[Subject, ...]) -> None:
    long = Subject("a_very_long_name_of_a_subject_" * 5, "strategy column", leak)
    text = made(*subjects, long).text()
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "leak [red] <b>" in text or len(subjects) == 1


def test_it_prints_what_its_text_is() -> None:
    file = io.StringIO()
    certificate = made(LEAK)
    certificate.show(Console(file=file, width=100, color_system=None))
    assert file.getvalue() == certificate.text()


def test_json_holds_every_finding() -> None:
    certificate = made(HONEST, LEAK)
    data = json.loads(json.dumps(certificate.to_json(), allow_nan=False))
    assert data["passed"] is False
    assert data["rows"] == 200
    assert len(data["findings"]) == 18
    first = asdict(certificate.findings[0])
    assert {name: data["findings"][0][name] for name in first} == first


def test_the_page_loads_nothing_and_shows_all() -> None:
    page = certificate_page(made(HONEST, LEAK))
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="(?!data:,")[^"]*"', page) == []
    assert "leak [red] &lt;b&gt;" in page and "<b>" not in page
    for check in CHECKS:
        assert (check in page) is (check not in ("horizon", "resolution"))
    assert page.count("<details>") == 2
    assert "<h2>Refused</h2>" in page
    assert "<h2>Refused</h2>" not in certificate_page(made(HONEST))


def test_the_same_seed_gives_the_same_certificate() -> None:
    assert made(HONEST, LEAK) == made(HONEST, LEAK)
    assert made(HONEST, LEAK, seed=5).seed == 5


def test_several_processes_give_what_one_gives() -> None:
    assert made(HONEST, LEAK, EXCEPTED, workers=2) == made(HONEST, LEAK, EXCEPTED)


def test_a_computation_that_raises_is_refused_in_one_line() -> None:
    certificate = made(HONEST, Subject("broken", "feature", broken), checks=["truncation"])
    assert [one.reason for one in certificate.faults] == [
        "it raised ZeroDivisionError: of <no> use"
    ]
    assert certificate.findings[0].passed


def test_only_the_checks_that_are_wanted() -> None:
    assert made(HONEST, checks=["units", "warm-up"]).checks == ["units", "warm-up"]


@pytest.mark.parametrize(
    ("subjects", "given", "words"),
    [
        ((), {}, "Nothing to certify"),
        ((HONEST, HONEST), {}, "Two subjects are called honest"),
        ((HONEST,), {"checks": ["truncations"]}, "No check is called 'truncations'; known: det"),
    ],
)
def test_what_makes_no_sense_is_told(
    subjects: tuple[Subject, ...], given: dict[str, object], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        made(*subjects, **given)


def test_too_few_candles_are_told() -> None:
    slow = Subject("slow", "feature", change, warm_up_candles=180)
    with pytest.raises(CandleError, match=r"slow: 200 candles are too few .* need 230"):
        made(slow)


def test_a_negative_warm_up_is_told() -> None:
    with pytest.raises(SettingsError, match="warm_up_candles is -1; it is 0 or more"):
        Subject("it", "feature", change, warm_up_candles=-1)
