"""The certificate as one HTML file: nothing is loaded from elsewhere, no script runs."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from freqai_regimes.causality.certificate import Certificate, history_size
from freqai_regimes.causality.finding import Finding
from freqai_regimes.evaluation.page import folded, numbers, section, small, table

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_EXTRA = (
    ".faults td.long { min-width: 90px; overflow-wrap: anywhere; } "
    ".matrix th, .matrix td { padding: 6px 5px; font-size: 12px; }"
)


def certificate_page(certificate: Certificate, title: str = "No look-ahead certificate") -> str:
    """Write the page: verdict, faults with their places, subjects against checks, every reason."""
    parts = [_head(certificate), _faults(certificate), _matrix(certificate), _all(certificate)]
    css = files("freqai_regimes.evaluation").joinpath("report.css").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{css}{_EXTRA}</style></head><body><main>"
        f"<header><h1>{escape(title)}</h1><p>{escape(certificate.verdict)}</p></header>"
        f"{''.join(parts)}</main></body></html>\n"
    )


def _head(certificate: Certificate) -> str:
    failed = len({one.subject for one in certificate.faults})
    return section(
        "In short",
        "Each subject was computed again on cut, changed and shortened candles. A value that then "
        "differs from the one computed on all candles has seen what it could not know.",
        numbers(
            [
                ("Verdict", "passed" if certificate.passed else "refused"),
                ("Subjects", str(len(certificate.by_subject))),
                ("Refused", str(failed)),
                ("Checks made", str(len(certificate.findings))),
                ("Candles", f"{certificate.rows} of {certificate.timeframe}"),
                ("First candle", certificate.first[:10]),
                ("Last candle", certificate.last[:10]),
                ("Seed", str(certificate.seed)),
            ]
        ),
    )


def _faults(certificate: Certificate) -> str:
    if certificate.passed:
        return ""
    heads = ["subject", "check", "what", "column", "row, candle", "expected", "got"]
    rows = [
        [
            *(one.subject, one.check, one.reason, one.column),
            "" if one.row is None else f"{one.row}, {(one.date or '')[:16]}",
            *(one.expected, one.got),
        ]
        for one in certificate.faults
    ]
    shown = table(heads, rows, words=range(7), long=range(7))
    how = "The first place where each refused subject shows its fault; rows count from 0."
    return section("Refused", how, f'<div class="faults">{shown}</div>')


def _matrix(certificate: Certificate) -> str:
    checks = certificate.checks
    rows, classes = [], []
    for name, findings in certificate.by_subject.items():
        marks = {one.check: _mark(one) for one in findings}
        cells = [marks.get(check, "") for check in checks]
        rows.append([name, findings[0].kind, *cells, history_size(findings)])
        classes.append("" if all(one.passed for one in findings) else "failed")
    heads = ["subject", "kind", *checks, "differs by"]
    shown = table(heads, rows, words=(0, 1), long=(0,), row_classes=classes)
    how = (
        "yes: passed; yes*: passed with an exception, whose reason stands below; NO: refused; "
        "empty: the check is made for labels only. Last column: largest relative difference that "
        "a longer history makes after the warm-up."
    )
    return section("Subjects and checks", how, f'<div class="matrix">{shown}</div>')


def _mark(one: Finding) -> str:
    if not one.passed:
        return "NO"
    return "yes*" if one.excepted else "yes"


def _all(certificate: Certificate) -> str:
    parts = []
    for name, findings in certificate.by_subject.items():
        rows = [[one.check, _mark(one), one.reason, one.excepted] for one in findings]
        heads = ["check", "passed", "finding", "exception"]
        parts.append(folded(name, table(heads, rows, words=(0, 1, 2, 3), long=(2, 3))))
    note = small("A certificate says what was tried, not that nothing else could go wrong.")
    return section("Every finding", "Open a subject to read each check's sentence.", *parts, note)
