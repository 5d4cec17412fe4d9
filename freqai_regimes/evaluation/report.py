"""The HTML report of a backtest run: one page that works offline."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from freqai_regimes.evaluation.account_chart import equity_figure, volatility_figure
from freqai_regimes.evaluation.chart_style import MOST_POINTS
from freqai_regimes.evaluation.equity import account_curve, buy_and_hold
from freqai_regimes.evaluation.key_numbers import key_numbers
from freqai_regimes.evaluation.model_sections import predictions_section, windows_section
from freqai_regimes.evaluation.page import (
    chart,
    folded,
    numbers,
    page,
    section,
    small,
    table,
    total_last,
)
from freqai_regimes.evaluation.price_chart import MOST_STRETCHES, price_figure
from freqai_regimes.evaluation.record import RunRecord, read_record
from freqai_regimes.evaluation.regime_table import ALL, checked_trades
from freqai_regimes.evaluation.scorecard import (
    Scorecard,
    checked_stats,
    scorecard,
)
from freqai_regimes.evaluation.wording import count, duration, money, number, percent

FEW_TRADES = 30


def write_report(
    record_dir: Path,
    trades: pd.DataFrame,
    strategy_stats: dict[str, Any],
    wallet: pd.DataFrame | None,
    path: Path,
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

    Raises
    ------
    RegimesError, CandleError
        If the record or the result is missing, damaged, or of another run.
    """
    stats = checked_stats(strategy_stats)
    whole = read_record(record_dir)
    card = scorecard(whole, trades, stats)
    record = whole.between(stats["backtest_start_ts"], stats["backtest_end_ts"])
    used = checked_trades(trades)
    run = record.run
    title = " · ".join(str(run[key]) for key in ("strategy", "preset") if run.get(key))
    parts = [
        _banner(run),
        _notes(run),
        _key_numbers(stats, card),
        _account(record, used, stats, wallet),
        _regimes(card),
        _prices(record, used),
        _pairs(card),
        _volatility(record, used),
        predictions_section(record, card),
        windows_section(record, card),
        _exits(used, card, float(stats["starting_balance"])),
        _settings(run),
        _footer(),
    ]
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
        "All as freqtrade reports them. Closed trades count profit on the day a trade closes; the "
        "daily wallet balance also counts open trades."
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


def _account(
    record: RunRecord, trades: pd.DataFrame, stats: dict[str, Any], wallet: pd.DataFrame | None
) -> str:
    market = buy_and_hold(record, float(stats["starting_balance"]))
    account = account_curve(trades, wallet, stats)
    figure = equity_figure(account.curve, market, str(stats.get("stake_currency") or ""))
    return section(
        "Account against the market",
        f"Above: the account, from {account.source}, beside the same money put into all pairs in "
        "equal parts and left there, without costs. Below: how far each is under its highest value "
        "so far; nearer to zero is calmer.",
        chart(figure, "account"),
    )


def _regimes(card: Scorecard) -> str:
    rows = [
        (
            str(name),
            percent(row["candle_share"]),
            percent(row["market_change"], sign=True),
            count(row["trades"]),
            percent(row["win_rate"]),
            money(row["profit_abs"], card.decimals, sign=True),
            percent(row["profit_ratio"], 2, sign=True),
            duration(row["mean_hold_minutes"]),
        )
        for name, row in card.regimes.iterrows()
    ]
    heads = [
        "Regime",
        "Candles",
        "Market",
        "Trades",
        "Won",
        f"Profit {card.stake_currency}".strip(),
    ]
    return section(
        "By regime",
        "Market is the change a holder would have had who was in only while the regime lasted: "
        "from the close at which it was known to the next close, compounded, mean over pairs. "
        "Trades count in the regime they were entered in.",
        table([*heads, "Of balance", "Mean hold"], rows, row_classes=total_last(rows), dots=True),
    )


def _prices(record: RunRecord, trades: pd.DataFrame) -> str:
    charts = [
        chart(price_figure(record, pair, trades), f"price-{place}", pair)
        for place, pair in enumerate(record.pairs)
    ]
    longest = max(len(frame) for frame in record.pairs.values())
    thinned = ""
    if longest > MOST_POINTS:
        thinned = small(
            f"{longest:,} candles are drawn as at most {MOST_POINTS:,} points a line (each "
            "stretch's lowest and highest are kept) and regimes that change more than "
            f"{MOST_STRETCHES:,} times as the commonest of each stretch. All tables and numbers "
            "use every candle."
        )
    return section(
        "Price and regime",
        "The line is the close. The ground shows the regime as it was known at that time: green "
        "bull, grey sideways, vermilion bear, pale unknown. A good regime is green before long "
        "rises and not only after them. Tap a legend entry to hide it.",
        *charts,
        thinned,
    )


def _pairs(card: Scorecard) -> str:
    model = "rank_correlation" in card.pairs.columns
    heads = ["Pair", "Trades", "Won", f"Profit {card.stake_currency}".strip(), "Market"]
    rows = [
        (
            str(pair),
            count(row["trades"]),
            percent(row["win_rate"]),
            money(row["profit_abs"], card.decimals, sign=True),
            percent(row["market_change"], sign=True),
            *(
                (number(row["rank_correlation"], 3, sign=True), number(row["p_value"], 3))
                if model
                else ()
            ),
        )
        for pair, row in card.pairs.iterrows()
    ]
    how = "Market is the change from first to last close."
    if model:
        heads += ["Rank corr.", "p (one-sided)"]
        how += (
            " Rank correlation is that of predictions and outcomes; p is how often shifted "
            "predictions did as well. With many pairs, one small p among them is to be expected."
        )
    return section("By pair", how, table(heads, rows))


def _volatility(record: RunRecord, trades: pd.DataFrame) -> str:
    figure = volatility_figure(record, trades)
    if figure is None:
        return ""
    return section(
        "Volatility and weight",
        "Lines: each pair's volatility a year. Dots: the share of its stake a trade was given at "
        "entry. Where the volatility is high, dots should be low.",
        chart(figure, "volatility"),
    )


def _exits(trades: pd.DataFrame, card: Scorecard, balance: float) -> str:
    if trades.empty:
        return section("Exit reasons", "There were no trades.")
    rows = [
        (
            str(reason),
            count(len(group)),
            percent(float((group["profit_abs"] > 0).mean())),
            percent(float(group["profit_ratio"].mean()), 2, sign=True),
            money(float(group["profit_abs"].sum()), card.decimals, sign=True),
            percent(float(group["profit_abs"].sum()) / balance, 2, sign=True),
            duration(float(group["trade_duration"].mean())),
        )
        for reason, group in sorted(
            trades.groupby(trades["exit_reason"].astype(str).str.split(" ").str[0]),
            key=lambda pair: -len(pair[1]),
        )
    ]
    profit = f"Profit {card.stake_currency}".strip()
    heads = ["Exit reason", "Trades", "Won", "Mean profit", profit, "Of balance", "Mean hold"]
    return section(
        "Exit reasons",
        "Why trades ended. force_exit is the end of the backtest, not a decision of the strategy.",
        table(heads, rows, words=(0,), long=(0,)),
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
