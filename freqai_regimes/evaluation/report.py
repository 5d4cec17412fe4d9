"""The HTML report of a run: one page that works offline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from freqai_regimes.evaluation.account_chart import equity_figure
from freqai_regimes.evaluation.equity import account_curve, buy_and_hold
from freqai_regimes.evaluation.key_numbers import key_numbers
from freqai_regimes.evaluation.market_sections import (
    pairs_section,
    prices_section,
    regimes_section,
    volatility_section,
)
from freqai_regimes.evaluation.model_sections import (
    importance_section,
    predictions_section,
    windows_section,
)
from freqai_regimes.evaluation.page import chart, folded, numbers, page, section, small
from freqai_regimes.evaluation.record import RunRecord, read_record
from freqai_regimes.evaluation.regime_table import ALL, checked_trades
from freqai_regimes.evaluation.scorecard import Scorecard, checked_stats, scorecard
from freqai_regimes.evaluation.trade_sections import exits_section, months_section, tags_section

FEW_TRADES = 30
BUY_AND_HOLD = "buy and hold"


@dataclass(frozen=True)
class Beside:
    """What a report shows beside one backtest's own numbers.

    Attributes
    ----------
    curves : accounts by name in stake currency, indexed by time, to be drawn beside the run's own.
    said : what these are, for the sentence above the chart.
    own_name : what the run itself is called among them.
    opening, closing : sections (HTML) before the key numbers and after the accounts.
    """

    curves: Mapping[str, pd.Series[float]]
    said: str
    own_name: str = "strategy"
    opening: str = ""
    closing: str = ""


def write_report(
    record_dir: Path,
    trades: pd.DataFrame,
    strategy_stats: dict[str, Any],
    wallet: pd.DataFrame | None,
    path: Path,
    beside: Beside | None = None,
) -> Path:
    """Write the report of a run.

    Parameters
    ----------
    record_dir : folder with the run's record (``read_record``).
    trades : freqtrade's trades; may be empty.
    strategy_stats : the strategy's part of freqtrade's backtest result json. Its numbers are shown
        as they are, not computed again.
    wallet : freqtrade's wallet captures (``wallet_equity``), or None: then the account is the
        starting balance plus the profit of closed trades.
    path : the HTML file to write; its folder is made.
    beside : what it is compared with; None: the market without costs.

    Raises
    ------
    RegimesError, CandleError
        If the record or the result is missing, damaged, or of another run.
    """
    stats = checked_stats(strategy_stats)
    whole = read_record(record_dir)
    card = scorecard(whole, trades, stats)
    record = whole.between(stats["backtest_start_ts"], stats["backtest_end_ts"])
    used, run, balance = checked_trades(trades), record.run, float(stats["starting_balance"])
    account = account_curve(used, wallet, stats)
    if beside is None:
        market = {BUY_AND_HOLD: buy_and_hold(record, balance)}
        said = "the same money put into all pairs in equal parts and left there, without costs"
        beside = Beside(market, said)
    curves = {beside.own_name: account.curve, **beside.curves}
    parts = [
        _banner(run),
        _notes(run),
        beside.opening,
        _key_numbers(stats, card),
        _account(curves, account.source, beside.said, card.stake_currency),
        beside.closing,
        regimes_section(card),
        prices_section(record, used),
        pairs_section(card),
        months_section(curves, used),
        tags_section(used, card, balance),
        exits_section(used, card, balance),
        volatility_section(record, used),
        predictions_section(record, card),
        windows_section(record, card),
        importance_section(record),
        _settings(run),
        _footer(),
    ]
    title = " · ".join(str(run[key]) for key in ("strategy", "preset") if run.get(key))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    text = page(title or "Backtest", _under_title(record, stats), *parts)
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
    return path


def _under_title(record: RunRecord, stats: dict[str, Any]) -> str:
    start, end = (
        pd.Timestamp(int(stats[key]), unit="ms", tz="UTC").strftime("%-d %b %Y %H:%M")
        for key in ("backtest_start_ts", "backtest_end_ts")
    )
    what = [f"{start} to {end} UTC", str(record.run["timeframe"]), ", ".join(record.pairs)]
    if stats.get("trading_mode"):
        what.append(str(stats["trading_mode"]))
    if not record.has_model:
        what.append("no model")
    return " · ".join(what)


def _banner(run: dict[str, Any]) -> str:
    if not run.get("built_in_market"):
        return ""
    return (
        '<p class="banner">built-in market: this profit means nothing. The candles were made by a '
        "program to show that everything works; no market ever moved like this.</p>"
    )


def _notes(run: dict[str, Any]) -> str:
    notes = [str(note) for note in run.get("notes") or []]
    if not notes:
        return ""
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return section("Notes", "", f'<ul class="notes">{items}</ul>')


def _key_numbers(stats: dict[str, Any], card: Scorecard) -> str:
    how = (
        "All as freqtrade reports them, ratios by the root of 365. Closed trades count profit on "
        "the day a trade closes; the daily wallet balance also counts open trades."
    )
    if stats.get("trading_mode") == "futures":
        how = (
            "All as freqtrade reports them. In futures its wallet holds the stake currency alone, "
            "so open trades show nowhere here until they are closed."
        )
    few = int(card.regimes["trades"][ALL])
    warning = ""
    if few < FEW_TRADES:
        warning = small(f"Trades: {few}. Fewer than {FEW_TRADES} cannot tell skill from luck.")
    return section("Key numbers", how, numbers(key_numbers(stats)), warning)


def _account(curves: Mapping[str, pd.Series[float]], source: str, said: str, currency: str) -> str:
    return section(
        "Account",
        f"Above: the account, from {source}, beside {said}. Below: how far each is under its "
        "highest value so far; nearer to zero is calmer.",
        chart(equity_figure(curves, currency), "account"),
    )


def _settings(run: dict[str, Any]) -> str:
    settings = run.get("settings")
    if not settings:
        return ""
    text = escape(json.dumps(settings, indent=2, ensure_ascii=False, default=str))
    return section("Settings", "", folded("Settings of this run", f"<pre>{text}</pre>"))


def _footer() -> str:
    return (
        "<footer>Times are UTC; a candle is drawn where it closes. A backtest shows what rules "
        "would have done on candles that are known; it promises nothing. Drag over a "
        "chart to look closer, double-click to go back.</footer>"
    )
