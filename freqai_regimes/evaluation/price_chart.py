"""Chart of a pair: its price over its regimes, with the entries and exits of its trades."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from freqai_regimes.evaluation.chart_style import (
    BLUE,
    INK,
    MOST_POINTS,
    PURPLE,
    REGIME_COLOURS,
    line,
    see_through,
    stamps,
    styled,
)
from freqai_regimes.evaluation.downsampling import keep_extremes, majority
from freqai_regimes.evaluation.record import REGIME_CODES, REGIMES, UNKNOWN, RunRecord
from freqai_regimes.evaluation.wording import percent

MOST_STRETCHES = 1500  # of one regime each, as drawn


def price_figure(record: RunRecord, pair: str, trades: pd.DataFrame) -> go.Figure:
    """Draw a pair's closes over its regimes, with the entries and exits of its trades."""
    frame = record.pairs[pair]
    closed = pd.DatetimeIndex(frame["date"] + record.candle_length)
    figure = go.Figure()
    for name, x, y in _regime_bands(frame["regime"], closed):
        figure.add_trace(
            go.Scatter(
                x=x,
                y=y,
                name=name,
                mode="lines",
                line={"width": 0},
                fill="toself",
                fillcolor=see_through(REGIME_COLOURS[name], 0.25),
                hoverinfo="skip",
            )
        )
    close = keep_extremes(frame["close"].astype(float).set_axis(closed), MOST_POINTS)
    ink = {"color": INK, "width": 1.1}
    figure.add_trace(line(close, name="close", line=ink, yaxis="y2", showlegend=False))
    for marks in _trade_marks(trades[trades["pair"] == pair]):
        figure.add_trace(marks)
    logarithmic = close.max() > 4 * close.min()
    figure.update_layout(
        yaxis={"range": [0, 1], "visible": False, "fixedrange": True},
        yaxis2={
            "overlaying": "y",
            **({"tickmode": "linear", "dtick": "D2"} if logarithmic else {"tickmode": "auto"}),
            "side": "left",
            "type": "log" if logarithmic else "linear",
            "tickformat": "~g" if close.max() < 1 else ",~r",
        },
        xaxis={"range": [float(stamps(closed[:1])[0]), float(stamps(closed[-1:])[0])]},
    )
    return styled(figure, 370, dates=True)


def _regime_bands(
    regime: pd.Series[float], closed: pd.DatetimeIndex
) -> list[tuple[str, NDArray[np.float64], NDArray[np.float64]]]:
    """For each regime that occurs, the outline of its stretches, as one line with gaps."""
    names = (*REGIMES, UNKNOWN)
    codes = np.full(len(regime), names.index(UNKNOWN))
    for name, code in REGIME_CODES.items():
        codes[(regime == code).to_numpy()] = names.index(name)
    times = stamps(closed)
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    if len(starts) > MOST_STRETCHES:
        rows, codes = majority(codes, MOST_STRETCHES)
        times = np.append(times[rows], times[-1])
        starts = np.flatnonzero(np.diff(codes, prepend=-1))
    ends = np.append(times[starts[1:]], times[-1])
    bands = []
    for code, name in enumerate(names):
        own = codes[starts] == code
        if own.any():
            left, right = times[starts][own], ends[own]
            gap = np.full(len(left), np.nan)
            x = np.column_stack([left, left, right, right, gap]).ravel()
            y = np.tile([0.0, 1.0, 1.0, 0.0, np.nan], len(left))
            bands.append((name, x, y))
    return bands


def _trade_marks(trades: pd.DataFrame) -> list[go.Scatter]:
    short = trades["is_short"].astype(bool)
    won = trades["profit_abs"] > 0
    entered = trades["enter_tag"].astype(str)
    left = trades["exit_reason"].astype(str)
    profit = trades["profit_ratio"].map(lambda ratio: percent(ratio, 2, sign=True)).astype(str)
    kinds = (
        ("enter long", ~short, "open", entered, "triangle-up", BLUE, BLUE),
        ("enter short", short, "open", entered, "triangle-down", PURPLE, PURPLE),
        ("exit with profit", won, "close", left + " " + profit, "circle", "white", INK),
        ("exit with loss", ~won, "close", left + " " + profit, "x", INK, INK),
    )
    return [
        go.Scatter(
            x=stamps(pd.DatetimeIndex(trades.loc[which, f"{side}_date"])),
            y=trades.loc[which, f"{side}_rate"].to_numpy(dtype=float),
            text=[html.escape(words) for words in text[which]],
            name=name,
            mode="markers",
            yaxis="y2",
            marker={
                "symbol": symbol,
                "size": 10 if side == "open" else 8,
                "color": fill,
                "line": {"color": edge if fill != edge else "white", "width": 1.2},
            },
            hovertemplate="%{y:~g} %{text}",
        )
        for name, which, side, text, symbol, fill, edge in kinds
        if which.any()
    ]
