"""The certificate: all findings of one run, for the terminal, a JSON file and a page."""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from freqai_regimes.causality.finding import HISTORY, Finding

WIDTH = 100  # columns of a terminal


@dataclass(frozen=True)
class Certificate:
    """What was found.

    Attributes
    ----------
    findings : one a subject and check, in the order they were made.
    rows, timeframe, first, last : the base candles.
    seed : of the random choices.
    """

    findings: tuple[Finding, ...]
    rows: int
    timeframe: str
    first: str
    last: str
    seed: int

    @property
    def passed(self) -> bool:
        """Whether every finding is without fault."""
        return all(one.passed for one in self.findings)

    @property
    def exit_code(self) -> int:
        """0 if all passed, else 1."""
        return 0 if self.passed else 1

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that did not pass."""
        return tuple(one for one in self.findings if not one.passed)

    @cached_property
    def by_subject(self) -> dict[str, list[Finding]]:
        """Findings of each subject."""
        found: dict[str, list[Finding]] = {}
        for one in self.findings:
            found.setdefault(one.subject, []).append(one)
        return found

    @property
    def checks(self) -> list[str]:
        """Names of the checks that were made, in order."""
        return list(dict.fromkeys(one.check for one in self.findings))

    @property
    def verdict(self) -> str:
        """One sentence for the whole."""
        subjects = len(self.by_subject)
        on = f"on {self.rows} candles of {self.timeframe}, {self.first[:10]} to {self.last[:10]}"
        if self.passed:
            return f"No look-ahead found: {subjects} subject(s), {len(self.findings)} checks {on}."
        bad = len({one.subject for one in self.faults})
        return (
            f"REFUSED: {bad} of {subjects} subject(s) fail {len(self.faults)} of "
            f"{len(self.findings)} checks {on}."
        )

    def table(self) -> Table:
        """One row a subject: how many checks it passed, how far it depends on longer history."""
        table = Table(title=None, width=WIDTH, pad_edge=False)
        table.add_column("subject", ratio=5, overflow="fold")
        table.add_column("kind", no_wrap=True)
        table.add_column("checks", justify="right", no_wrap=True)
        table.add_column("history", justify="right", no_wrap=True)
        table.add_column("verdict", ratio=4, overflow="fold")
        for name, findings in self.by_subject.items():
            failed = [one.check for one in findings if not one.passed]
            count = f"{len(findings) - len(failed)}/{len(findings)}"
            verdict = Text("refused: " + ", ".join(failed), "red") if failed else Text("passed")
            excepted = sorted({one.check for one in findings if one.excepted})
            if excepted and not failed:
                verdict = Text("passed, excepted: " + ", ".join(excepted))
            size = history_size(findings)
            table.add_row(Text(name), findings[0].kind, count, size, verdict)
        return table

    def text(self) -> str:
        """Table, faults and verdict as they stand on a terminal, without colour."""
        console = Console(width=WIDTH, record=True, file=io.StringIO(), color_system=None)
        self.show(console)
        return console.export_text(styles=False)

    def show(self, console: Console) -> None:
        """Print table, every fault with its place, and the verdict."""
        console.print(self.table())
        for one in self.faults:
            console.print(Text(f"\n{one.subject}: {one.check}", "bold"))
            console.print(Text(f"  {one.reason}"), soft_wrap=False)
            if one.row is not None:
                console.print(Text(f"  column {one.column}, row {one.row} ({one.date})"))
                console.print(Text(f"  expected {one.expected}, got {one.got}"))
        console.print(Text(f"\n{self.verdict}", "bold green" if self.passed else "bold red"))

    def to_json(self) -> dict[str, Any]:
        """Plain data for a JSON file; values of candles are text with all their digits."""
        findings = []
        for one in self.findings:
            plain = asdict(one)
            if one.size is not None:
                plain["size"] = f"{one.size:.3g}"  # may be infinite, which JSON does not know
            findings.append(plain)
        return {
            "passed": self.passed,
            "verdict": self.verdict,
            "rows": self.rows,
            "timeframe": self.timeframe,
            "first": self.first,
            "last": self.last,
            "seed": self.seed,
            "findings": findings,
        }


def history_size(findings: list[Finding]) -> str:
    """How far values depend on a longer history, in words of one column."""
    sizes = [one.size for one in findings if one.check == HISTORY and one.size is not None]
    if not sizes:
        return "-"
    return "none" if sizes[0] == 0 else f"{sizes[0]:.1g}"
