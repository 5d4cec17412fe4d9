"""All numbers of one run in one value: for the terminal, a JSON file and the report."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from freqai_regimes.errors import RegimesError
from freqai_regimes.evaluation.metrics import ShiftNull, circular_shift_null
from freqai_regimes.evaluation.model_windows import WindowSummary, window_summary
from freqai_regimes.evaluation.record import RunRecord, outcome
from freqai_regimes.evaluation.regime_table import checked_trades, regime_table
from freqai_regimes.evaluation.wording import count, duration, money, number, percent

REFUSED = (
    "The gate let no model in; what follows is of the refused ones, on which nothing was traded."
)
WIDTH = 100  # columns of a terminal
_NEEDED = ("backtest_start_ts", "backtest_end_ts", "starting_balance")


@dataclass(frozen=True)
class Scorecard:
    """What a run did.

    Attributes
    ----------
    regimes : see ``regime_table``.
    pairs : one row a pair: ``trades``, ``win_rate``, ``profit_abs``, ``market_change``, and with a
        model ``rank_correlation`` and its one-sided ``p_value``.
    windows : the training windows; None when no model was on.
    skill : rank correlation of all pairs together and its null; None when no model was on.
    stake_currency, decimals : how to write money.
    judges_refused : whether correlations are of forecasts that the gate refused, as it let none in.
    """

    regimes: pd.DataFrame
    pairs: pd.DataFrame
    windows: WindowSummary | None
    skill: ShiftNull | None
    stake_currency: str
    decimals: int
    judges_refused: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain data for a JSON file; NaN becomes null, the null distribution its quantiles."""
        skill = None
        if self.skill is not None:
            skill = asdict(self.skill)
            null = skill.pop("null")
            levels = (0.05, 0.5, 0.95)
            skill["null_quantiles"] = {
                str(level): float(np.quantile(null, level)) for level in levels if len(null)
            }
            skill["shifts"] = len(null)
        plain = {
            "regimes": self.regimes.to_dict(orient="index"),
            "pairs": self.pairs.to_dict(orient="index"),
            "windows": asdict(self.windows) if self.windows else None,
            "skill": skill,
            "stake_currency": self.stake_currency,
            "judges_refused": self.judges_refused,
        }
        return {key: _without_nan(value) for key, value in plain.items()}


def checked_stats(strategy_stats: dict[str, Any]) -> dict[str, Any]:
    """Return the strategy's part of freqtrade's backtest result if it has what is needed here.

    Raises
    ------
    RegimesError
        If the range or the starting balance is missing.
    """
    missing = [key for key in _NEEDED if not isinstance(strategy_stats.get(key), int | float)]
    if missing:
        raise RegimesError(
            f"The backtest result lacks {', '.join(missing)}. Give the strategy's part of "
            "freqtrade's backtest result json."
        )
    return strategy_stats


def scorecard(record: RunRecord, trades: pd.DataFrame, strategy_stats: dict[str, Any]) -> Scorecard:
    """Work out a run's numbers over the backtest's range.

    Parameters
    ----------
    record : from ``read_record``; warm-up candles before the backtest's start are left out.
    trades : freqtrade's trades; may be empty.
    strategy_stats : the strategy's part of freqtrade's backtest result json.
    """
    stats = checked_stats(strategy_stats)
    inside = record.between(stats["backtest_start_ts"], stats["backtest_end_ts"])
    used = checked_trades(trades)
    return Scorecard(
        regimes=regime_table(inside, used, float(stats["starting_balance"])),
        pairs=_pair_table(inside, used),
        windows=window_summary(inside),
        skill=_skill(inside, list(inside.pairs)) if inside.has_model else None,
        stake_currency=str(stats.get("stake_currency") or ""),
        decimals=int(stats.get("stake_currency_decimals") or 2),
        judges_refused=inside.judges_refused,
    )


def print_scorecard(card: Scorecard, console: Console | None = None) -> None:
    """Print the tables, at most 100 columns wide."""
    console = console or Console(width=WIDTH)
    console.print(_market_and_trades(card))
    if card.windows is not None:
        console.print(_predictions(card))
        console.print(_windows(card.windows))
    if card.skill is not None:
        if card.judges_refused:
            console.print(REFUSED)
        console.print(card.skill.reason, markup=False, highlight=False)


def _skill(record: RunRecord, pairs: list[str]) -> ShiftNull:
    def calendar(values: Callable[[str], pd.Series[float]]) -> pd.DataFrame:
        return pd.DataFrame(
            {pair: values(pair).set_axis(record.pairs[pair]["date"]) for pair in pairs}
        ).sort_index()

    predicted = calendar(record.judged)
    realised = calendar(lambda pair: outcome(record.pairs[pair]))
    # Beyond the label's overlap with margin, and beyond what slow predictions remember.
    minimum_shift = max(2 * record.horizon_candles, len(predicted) // 20)
    return circular_shift_null(
        predicted.to_numpy(), realised.to_numpy(), shifts=1000, minimum_shift=minimum_shift
    )


def _pair_table(record: RunRecord, trades: pd.DataFrame) -> pd.DataFrame:
    rows = {}
    for pair, frame in record.pairs.items():
        own = trades[trades["pair"] == pair]
        row = {
            "trades": len(own),
            "win_rate": float((own["profit_abs"] > 0).mean()) if len(own) else float("nan"),
            "profit_abs": float(own["profit_abs"].sum()),
            "market_change": float(frame["close"].iloc[-1] / frame["close"].iloc[0]) - 1.0,
        }
        if record.has_model:
            skill = _skill(record, [pair])
            row |= {"rank_correlation": skill.observed, "p_value": skill.p_greater}
        rows[pair] = row
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "pair"
    return table


def regime_cells(name: str, row: pd.Series, decimals: int) -> tuple[str, ...]:
    """First cells of a row of the table of regimes: market, trades and profit in words."""
    return (
        name,
        percent(row["candle_share"]),
        percent(row["market_change"], sign=True),
        count(row["trades"]),
        percent(row["win_rate"]),
        money(row["profit_abs"], decimals, sign=True),
    )


def _market_and_trades(card: Scorecard) -> Table:
    table = Table(title="By regime: market and trades", width=WIDTH, title_justify="left")
    table.add_column("regime")
    heads = ["candles", "market", "trades", "won", f"profit {card.stake_currency}".strip()]
    for head in (*heads, "of balance", "mean hold"):
        table.add_column(head, justify="right", overflow="fold")
    for name, row in card.regimes.iterrows():
        if name == "all":
            table.add_section()
        table.add_row(
            *regime_cells(str(name), row, card.decimals),
            percent(row["profit_ratio"], sign=True),
            duration(row["mean_hold_minutes"]),
        )
    return table


def _predictions(card: Scorecard) -> Table:
    table = Table(title="By regime: predictions", width=WIDTH, title_justify="left")
    table.add_column("regime")
    heads = ("trusted", "resolved", "rank corr.", "mean predicted", "mean outcome", "by expert")
    for head in heads:
        table.add_column(head, justify="right", overflow="fold")
    for name, row in card.regimes.iterrows():
        if name == "all":
            table.add_section()
        table.add_row(
            str(name),
            percent(row.get("trusted_share")),
            count(row.get("resolved")),
            number(row.get("rank_correlation"), 3, sign=True),
            number(row.get("mean_prediction"), 3, sign=True),
            number(row.get("mean_outcome"), 3, sign=True),
            percent(row.get("expert_share")),
        )
    return table


def _windows(windows: WindowSummary) -> Table:
    table = Table(title="Model windows", width=WIDTH, title_justify="left", show_header=False)
    table.add_column("what", ratio=1)
    table.add_column("value", ratio=1)
    for what, value in windows_in_words(windows):
        table.add_row(what, value)
    return table


def windows_in_words(windows: WindowSummary) -> list[tuple[str, str]]:
    """Put the summary of the windows as (name, value) for people."""
    sizes = (windows.train_rows_min, windows.train_rows_median, windows.train_rows_max)
    trained = windows.windows - windows.failed
    return [
        ("windows / failed", f"{windows.windows} / {windows.failed}"),
        ("candidates that the gate let in", f"{windows.let_in} of {max(trained, 0)}"),
        ("candles without a trusted prediction", percent(windows.untrusted_share)),
        ("training rows min / median / max", " / ".join(count(size) for size in sizes)),
        (
            "validation rank corr. (median)",
            number(windows.validation_rank_correlation, 3, sign=True),
        ),
        *(
            (f"windows with the {regime} expert", f"{used} of {max(trained, 0)}")
            for regime, used in windows.experts_used.items()
        ),
    ]


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value
