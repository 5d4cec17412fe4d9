"""Charts of the account: equity against the market, drawdown, volatility and weights."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from freqai_regimes.evaluation.chart_style import (
    BLUE,
    GREY,
    LINE_COLOURS,
    MOST_POINTS,
    ORANGE,
    PURPLE,
    line,
    see_through,
    stamps,
    styled,
)
from freqai_regimes.evaluation.downsampling import keep_extremes
from freqai_regimes.evaluation.equity import drawdown
from freqai_regimes.evaluation.record import RunRecord

#: Colour, width and dash of the accounts: the run's own, the market, and what else is compared.
CURVE_STYLES = (
    (BLUE, 2.2, "solid"),
    (GREY, 1.5, "dot"),
    (ORANGE, 1.4, "solid"),
    (PURPLE, 1.4, "solid"),
    ("#009E73", 1.4, "solid"),
    ("#222222", 1.2, "dash"),
)
LOGARITHMIC = 4  # times the lowest value, from which on the axis is logarithmic


def equity_figure(curves: Mapping[str, pd.Series[float]], currency: str) -> go.Figure:
    """Draw accounts, the first of them strong, and below how far each is under its high."""
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[0.68, 0.32], vertical_spacing=0.06
    )
    for place, (name, curve) in reversed(list(enumerate(curves.items()))):  # the first on top
        colour, width, dash = CURVE_STYLES[place % len(CURVE_STYLES)]
        style = {"color": colour, "width": width, "dash": dash}
        fall = drawdown(curve)
        text = html.escape(name)
        wealth: dict[str, Any] = {
            "hovertemplate": "%{y:,.2f}",
            "name": text,
            "line": style,
            "legendgroup": text,
            "legendrank": place,
        }
        figure.add_trace(line(keep_extremes(curve, MOST_POINTS), **wealth), row=1, col=1)
        under = wealth | {"hovertemplate": "%{y:.1%}", "showlegend": False}
        if place == 0:
            under |= {"fill": "tozeroy", "fillcolor": see_through(BLUE, 0.16)}
        figure.add_trace(line(keep_extremes(fall, MOST_POINTS), **under), row=2, col=1)
    values = pd.concat(list(curves.values()))
    if values.min() > 0 and values.max() > LOGARITHMIC * values.min():
        figure.update_yaxes(type="log", dtick="D2", row=1, col=1)
    figure.update_yaxes(title_text=html.escape(currency), tickformat=",~r", row=1, col=1)
    figure.update_yaxes(title_text="below high", tickformat=".0%", row=2, col=1)
    return styled(figure, 470, dates=True)


def volatility_figure(record: RunRecord, trades: pd.DataFrame) -> go.Figure | None:
    """Draw each pair's volatility and the weight its trades were given; None without volatility."""
    figure = make_subplots(specs=[[{"secondary_y": True}]])
    weights = _entry_weights(record, trades)
    for position, (pair, frame) in enumerate(record.pairs.items()):
        if "volatility" not in frame.columns or frame["volatility"].isna().all():
            continue
        colour = LINE_COLOURS[position % len(LINE_COLOURS)]
        closed = pd.DatetimeIndex(frame["date"] + record.candle_length)
        level = keep_extremes(frame["volatility"].astype(float).set_axis(closed), MOST_POINTS)
        style = {"color": colour, "width": 1.4}
        figure.add_trace(line(level, name=html.escape(pair), line=style, hovertemplate="%{y:.0%}"))
        own = (trades["pair"] == pair) & weights.notna()
        if own.any():
            opened = pd.DatetimeIndex(trades.loc[own, "open_date"])
            figure.add_trace(
                go.Scatter(
                    x=stamps(opened),
                    y=weights[own].to_numpy(),
                    mode="markers",
                    marker={"color": colour, "size": 8, "line": {"color": "white", "width": 1}},
                    name=html.escape(f"{pair} weight"),
                    showlegend=False,
                    hovertemplate="weight %{y:.2f}",
                ),
                secondary_y=True,
            )
    if not figure.data:
        return None
    figure.update_yaxes(title_text="volatility a year (lines)", tickformat=".0%", secondary_y=False)
    if weights.notna().any():
        figure.update_yaxes(
            title_text="weight (dots)",
            range=[0, 1.05],
            tickvals=[0.25, 0.5, 0.75, 1],
            showgrid=False,
            secondary_y=True,
        )
    return styled(figure, 340, dates=True)


def _entry_weights(record: RunRecord, trades: pd.DataFrame) -> pd.Series[float]:
    """Target weight at each trade's entry: that of the last candle which had closed by then."""
    weights = pd.Series(float("nan"), index=trades.index, dtype=float)
    for pair, frame in record.pairs.items():
        own = trades["pair"] == pair
        if "weight" not in frame.columns or not own.any():
            continue
        closed = pd.DatetimeIndex(frame["date"] + record.candle_length)
        known = frame["weight"].abs().set_axis(closed).sort_index()
        opened = pd.DatetimeIndex(trades.loc[own, "open_date"])
        weights[own] = known.reindex(opened, method="ffill").to_numpy()
    return weights
