"""Put subjects through all checks and gather the findings in one certificate."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from freqai_regimes.causality import finding
from freqai_regimes.causality.certificate import Certificate
from freqai_regimes.causality.finding import Finding
from freqai_regimes.causality.horizon import check_horizon, check_resolution
from freqai_regimes.causality.input_kept import check_input_kept
from freqai_regimes.causality.longer_history import check_longer_history, check_steps
from freqai_regimes.causality.market import Market
from freqai_regimes.causality.moments import Plan
from freqai_regimes.causality.perturbation import check_perturbation
from freqai_regimes.causality.repeatability import check_determinism, check_surroundings
from freqai_regimes.causality.subject import Subject
from freqai_regimes.causality.trial import Trial
from freqai_regimes.causality.truncation import check_truncation
from freqai_regimes.causality.units import check_units
from freqai_regimes.causality.warm_up import check_warm_up
from freqai_regimes.errors import SettingsError

Check = Callable[[Trial], Finding]
CHECKS: dict[str, Check] = {
    finding.DETERMINISM: check_determinism,
    finding.SURROUNDINGS: check_surroundings,
    finding.INPUT: check_input_kept,
    finding.TRUNCATION: check_truncation,
    finding.PERTURBATION: check_perturbation,
    finding.STEPS: check_steps,
    finding.WARM_UP: check_warm_up,
    finding.HISTORY: check_longer_history,
    finding.UNITS: check_units,
    finding.RESOLUTION: check_resolution,
    finding.HORIZON: check_horizon,
}
RAISED = "it raised"
FOR_LABELS = (finding.RESOLUTION, finding.HORIZON)


def certify(
    subjects: Sequence[Subject],
    market: Market,
    *,
    seed: int = 1,
    plan: Plan | None = None,
    checks: Iterable[str] | None = None,
    workers: int = 1,
) -> Certificate:
    """Certify that nothing looks ahead.

    Parameters
    ----------
    subjects : what is certified; their names differ.
    market : candles, see ``Market.of``.
    seed : of every random choice; the same seed gives the same certificate.
    plan : how much is tried.
    checks : names of the checks to make (of ``CHECKS``); all by default.
    workers : processes; more than 1 only where the system can fork.

    Raises
    ------
    SettingsError
        If there is no subject, if two have one name, or for an unknown check.
    CandleError
        If there are fewer candles than some subject needs.
    """
    names = [subject.name for subject in subjects]
    if not names:
        raise SettingsError("Nothing to certify: give at least one feature, label or signal.")
    if len(set(names)) < len(names):
        double = next(name for name in names if names.count(name) > 1)
        raise SettingsError(f"Two subjects are called {double}; give each its own name.")
    wanted = list(CHECKS) if checks is None else list(checks)
    unknown = [name for name in wanted if name not in CHECKS]
    if unknown:
        raise SettingsError(f"No check is called {unknown[0]!r}; known: {', '.join(CHECKS)}.")
    trials = [Trial(subject, market, plan or Plan(), seed) for subject in subjects]
    findings = _all_findings(trials, wanted, workers)
    first, last = (str(market.base["date"].iloc[row]) for row in (0, -1))
    return Certificate(tuple(findings), market.rows, market.timeframe, first, last, seed)


def try_subject(trial: Trial, checks: Iterable[str]) -> list[Finding]:
    """The findings of one subject; a check in which its computation raises refuses it."""
    findings = []
    for name in checks:
        if name in FOR_LABELS and trial.subject.kind != "label":
            continue
        try:
            findings.append(CHECKS[name](trial))
        except Exception as error:  # whatever a subject does, the others are still certified
            told = f"{RAISED} {type(error).__name__}: {error}"
            findings.append(trial.failed(name, " ".join(told.split())))
    return findings


_waiting: list[tuple[Trial, list[str]]] = []  # handed to the workers by forking; cannot be pickled


def _all_findings(trials: list[Trial], checks: list[str], workers: int) -> list[Finding]:
    if workers > 1 and "fork" in multiprocessing.get_all_start_methods():
        _waiting[:] = [(trial, checks) for trial in trials]
        fork = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(min(workers, len(trials)), mp_context=fork) as pool:
            lists = list(pool.map(_waiting_findings, range(len(trials))))
        _waiting.clear()
    else:
        lists = [_quiet_findings(trial, checks) for trial in trials]
    return [one for some in lists for one in some]


def _waiting_findings(place: int) -> list[Finding]:
    return _quiet_findings(*_waiting[place])


def _quiet_findings(trial: Trial, checks: list[str]) -> list[Finding]:
    """Findings without numpy's words about divisions by zero on strange candles."""
    with np.errstate(all="ignore"):
        findings = try_subject(trial, checks)
    trial.forget()
    return findings
