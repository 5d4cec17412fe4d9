"""Charts of a comparison: when things differed, and what both sides earned."""

from __future__ import annotations

import html

import pandas as pd
import plotly.graph_objects as go

from freqai_regimes.evaluation.chart_style import BLUE, GREY, ORANGE, stamps, styled
from freqai_regimes.parity.comparison import Comparison
from freqai_regimes.parity.trade_pairs import OneTrade

RED = "#D55E00"


def profit_figure(comparison: Comparison, currency: str) -> go.Figure | None:
    """Draw the summed profit of both sides' closed trades; None without trades."""
    if not comparison.trades:
        return None
    figure = go.Figure()
    sides = zip(*((one.live, one.backtest) for one in comparison.trades), strict=True)
    for name, colour, trades in zip(comparison.names, (BLUE, ORANGE), sides, strict=True):
        curve = _summed([trade for trade in trades if trade is not None])
        line = {"color": colour, "width": 2, "shape": "hv"}
        x, y = stamps(pd.DatetimeIndex(curve.index)), curve.to_numpy()
        text = "%{y:,.2f}"
        figure.add_trace(
            go.Scatter(
                x=x, y=y, mode="lines", name=html.escape(name), line=line, hovertemplate=text
            )
        )
    figure.update_yaxes(title_text=html.escape(f"profit {currency}".strip()))
    return styled(figure, 320, dates=True)


def times_figure(comparison: Comparison) -> go.Figure | None:
    """Draw each difference at its time in the row of its cause; None without any."""
    if not comparison.differences:
        return None
    figure = go.Figure()
    causes: dict[str, list[pd.Timestamp]] = {}
    allowed: dict[str, bool] = {}
    for each in comparison.differences:
        causes.setdefault(each.cause_in_words, []).append(each.date)
        allowed[each.cause_in_words] = each.allowed
    for cause, dates in sorted(causes.items(), key=lambda item: (allowed[item[0]], item[0])):
        once = pd.DatetimeIndex(sorted(set(dates)))
        figure.add_trace(
            go.Scatter(
                x=stamps(once),
                y=[html.escape(cause)] * len(once),
                mode="markers",
                marker={
                    "color": GREY if allowed[cause] else RED,
                    "size": 8,
                    "symbol": "line-ns-open",
                },
                showlegend=False,
                hovertemplate="%{x|%Y-%m-%d %H:%M}<extra></extra>",
            )
        )
    figure.update_yaxes(autorange="reversed")
    return styled(figure, 90 + 34 * len(causes), dates=True)


def _summed(trades: list[OneTrade]) -> pd.Series[float]:
    """Profit of trades, summed in the order in which they were left, from 0 at the first entry."""
    left = sorted((t.closed, t.profit) for t in trades if not pd.isna(t.closed))
    dates = [at for at, _ in left]
    begun = [min(t.opened for t in trades)] if trades else []
    values = pd.Series([0.0] * len(begun) + [profit for _, profit in left], index=[*begun, *dates])
    return values.cumsum()
