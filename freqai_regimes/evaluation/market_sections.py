"""The report's sections on the market: regimes, prices with trades, pairs, volatility."""

from __future__ import annotations

import pandas as pd

from freqai_regimes.evaluation.account_chart import volatility_figure
from freqai_regimes.evaluation.chart_style import MOST_POINTS
from freqai_regimes.evaluation.page import chart, section, small, table, total_last
from freqai_regimes.evaluation.price_chart import MOST_STRETCHES, price_figure
from freqai_regimes.evaluation.record import RunRecord
from freqai_regimes.evaluation.scorecard import Scorecard, regime_cells
from freqai_regimes.evaluation.wording import count, duration, money, number, percent


def regimes_section(card: Scorecard) -> str:
    """Show market and trades in each regime."""
    rows = [
        (
            *regime_cells(str(name), row, card.decimals),
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


def prices_section(record: RunRecord, trades: pd.DataFrame) -> str:
    """Draw each pair's price over its regimes, with its trades."""
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


def pairs_section(card: Scorecard) -> str:
    """Show what each pair won, and how its predictions did."""
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


def volatility_section(record: RunRecord, trades: pd.DataFrame) -> str:
    """Draw volatility and the share of its stake each trade was given; "" without volatility."""
    figure = volatility_figure(record, trades)
    if figure is None:
        return ""
    return section(
        "Volatility and weight",
        "Lines: each pair's volatility a year. Dots: the share of its stake a trade was given at "
        "entry. Where the volatility is high, dots should be low.",
        chart(figure, "volatility"),
    )
