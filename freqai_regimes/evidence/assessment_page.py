"""The assessment for people: a verdict, each statistic with what it assumes, and stressed costs."""

from __future__ import annotations

import math
from html import escape

from freqai_regimes.evaluation.page import numbers, section, small, table
from freqai_regimes.evaluation.wording import NONE, count, money, number, percent
from freqai_regimes.evidence.assessment import Assessment
from freqai_regimes.evidence.stationary_bootstrap import Interval

Row = tuple[str, str, str, str]


def verdict_section(found: Assessment, tried: str) -> str:
    """Show the words of the verdict, the rules behind it, and how many tries were counted."""
    checks = [
        (check.name, "holds" if check.holds else "fails", check.reason)
        for check in found.verdict.checks
    ]
    return section(
        "Verdict",
        "By fixed rules: no edge, if nothing was earned after costs; else every rule below must "
        "hold, or luck explains it.",
        f'<p class="verdict">{found.verdict.words}</p>',
        table(
            ["Rule", "", "Numbers"],
            checks,
            words=(0, 1, 2),
            long=(2,),
            row_classes=["" if check.holds else "failed" for check in found.verdict.checks],
        ),
        small(f"Tries: {tried}"),
    )


def statistics_section(found: Assessment) -> str:
    """Show every statistic with its value, its sentence and its assumptions."""
    return section(
        "Statistics",
        "What the numbers of this run are worth. Ratios are annual: of daily net returns, times "
        "the root of 365.",
        '<div class="table"><table>' + "".join(map(_statistic, rows(found))) + "</table></div>",
    )


def costs_section(
    found: Assessment, currency: str, slippage: float, funding: float, decimals: int = 2
) -> str:
    """Show what was paid, and the run at other costs and one candle late.

    Parameters
    ----------
    slippage : what the settings assume for a side, as a fraction; a backtest does not charge it.
    funding : received, net, in stake currency.
    """
    costs, delay = found.costs, found.delay
    paid = [
        (f"Fees {currency}".strip(), money(costs.paid, decimals)),
        ("Fee of a side", _bps(costs.paid_bps)),
        (f"Funding {currency}".strip(), money(funding, decimals, sign=True)),
        (f"Turnover {currency}".strip(), money(costs.turnover, 0)),
        ("Breaks even at", _bps(costs.break_even_bps)),
        ("Slippage assumed, not charged", _bps(slippage * 10_000)),
    ]
    runs = [
        (f"costs x {run.multiple:g}", percent(run.net_return, sign=True), number(run.sharpe))
        for run in costs.runs
    ]
    runs.append(
        ("one candle late", percent(delay.net_return, sign=True), number(delay.sharpe)),
    )
    return section(
        "Costs and haste",
        "What was paid, and what the same trades would have earned at other costs, and with every "
        "order filled one candle later. Slippage is half the spread and impact of a side; a fee "
        "that includes it charges it too.",
        numbers(paid),
        table(["Stress", "Net", "Sharpe"], runs),
        small(
            f"{costs.reason} {delay.reason} Assumes that other costs or a delay would not have "
            "changed which trades were made, nor their sizes."
        ),
    )


def lines(found: Assessment) -> list[str]:
    """The assessment for a terminal, a sentence each; the verdict last."""
    said = [found.record.reason, found.intervals.reason, found.entries.reason]
    said += [found.costs.reason, found.delay.reason]
    said += [f"Beside {name!r}: {other.reason}" for name, other in found.differences.items()]
    said += [each.reason for each in found.monte_carlo]
    said.append(f"Verdict: {found.verdict.words}. {found.verdict.reason}")
    return said


def rows(found: Assessment) -> list[Row]:
    """Each statistic: name, value, what it says, what it assumes."""
    told = [*_interval_rows(found), *_record_rows(found), _random_entries_row(found)]
    told += [
        (
            f"Sharpe less that of {name!r}",
            _interval(other.difference),
            other.reason,
            f"both drawn by the same blocks of {number(other.mean_block_days, 1)} days on average",
        )
        for name, other in found.differences.items()
    ]
    told += [
        (
            f"Candle Monte Carlo, {each.kind}",
            _interval(each.sharpe),
            each.reason,
            each.assumes,
        )
        for each in found.monte_carlo
    ]
    if found.overfitting is not None:
        grid = found.overfitting
        told.append(
            (
                "Probability of backtest overfitting",
                percent(grid.probability),
                grid.reason,
                "the grid holds all that was tried (Bailey, Borwein, López de Prado and Zhu 2017)",
            )
        )
    return told


def _interval_rows(found: Assessment) -> list[Row]:
    intervals = found.intervals
    long = f" of {number(intervals.mean_block_days, 1)} days on average" if intervals.draws else ""
    blocks = (
        f"days alike once cut into blocks{long}; stationary bootstrap (Politis and Romano 1994), "
        f"{count(intervals.draws)} draws"
    )
    level = percent(intervals.confidence, 0)
    return [
        (f"Sharpe, {level} interval", _interval(intervals.sharpe), intervals.reason, blocks),
        (f"Net return, {level} interval", _share(intervals.net_return), "compounded", blocks),
        (f"Drawdown, {level} interval", _share(intervals.drawdown), "of day's ends", blocks),
    ]


def _record_rows(found: Assessment) -> list[Row]:
    record = found.record
    needed = f"{count(record.days_needed)} days" if math.isfinite(record.days_needed) else "never"
    return [
        (
            "Probabilistic Sharpe ratio",
            number(record.psr, 3),
            "probability that the true ratio is above 0",
            "days independent of each other; skewness and kurtosis as seen (Bailey and López de "
            "Prado 2012)",
        ),
        (
            "Deflated Sharpe ratio",
            number(record.dsr, 3),
            record.reason,
            f"{count(record.trials)} independent tries by the log, the strict side (Bailey and "
            "López de Prado 2014)",
        ),
        (
            "Least track record",
            needed,
            f"after which this ratio would beat the best of so many tries with 95 %; there are "
            f"{count(record.days)}",
            "the same ratio, skewness and kurtosis go on",
        ),
    ]


def _random_entries_row(found: Assessment) -> Row:
    return (
        "Random entries",
        number(found.entries.p_value, 3),
        found.entries.reason,
        "profits are those of holding from entry to exit; the larger p of two nulls: trades "
        "scattered anew, and all shifted together in a circle",
    )


def _statistic(row: Row) -> str:
    name, value, says, assumes = map(escape, row)
    said = f"{says[:1].upper()}{says[1:]}<br>" if says else ""
    return (
        f'<tr><td class="words long"><strong>{name}</strong><br>{value}</td>'
        f'<td class="words long">{said}<span class="assumed">Assumes: {assumes}.</span></td></tr>'
    )


def _interval(interval: Interval) -> str:
    return _from_to(number(interval.value), number(interval.low), number(interval.high))


def _share(interval: Interval) -> str:
    return _from_to(percent(interval.value), percent(interval.low), percent(interval.high))


def _from_to(value: str, low: str, high: str) -> str:
    return f"{value} ({low} to {high})" if low != NONE else value


def _bps(value: float) -> str:
    return f"{number(value, 1)} bps" if math.isfinite(value) else "-"
