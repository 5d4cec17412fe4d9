"""One look for all charts of the report, and times as a chart takes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from freqai_regimes.evaluation.record import UNKNOWN

MOST_POINTS = 4000  # a line, as drawn; extremes are kept

# Colours of Okabe and Ito, which people with colour blindness can tell apart.
BLUE, ORANGE, PURPLE, SKY = "#0072B2", "#E69F00", "#CC79A7", "#56B4E9"
INK, GREY = "#1D2433", "#8A8F98"
REGIME_COLOURS = {"bull": "#009E73", "sideways": GREY, "bear": "#D55E00", UNKNOWN: "#D9DCE1"}
LINE_COLOURS = (BLUE, ORANGE, PURPLE, SKY, "#222222", "#009E73", "#D55E00")


def stamps(times: pd.DatetimeIndex) -> NDArray[np.float64]:
    """Turn times into milliseconds since 1970, which a date axis takes as they are."""
    return times.as_unit("ms").asi8.astype(float)


def line(curve: pd.Series[float], **style: Any) -> go.Scatter:
    """Draw a series that is indexed by time."""
    x = stamps(pd.DatetimeIndex(curve.index))
    return go.Scatter(x=x, y=curve.to_numpy(dtype=float), mode="lines", **style)


def see_through(colour: str, opacity: float) -> str:
    """Make a colour transparent.

    >>> see_through("#0072B2", 0.2)
    'rgba(0,114,178,0.2)'
    """
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def styled(figure: go.Figure, height: int, *, dates: bool) -> go.Figure:
    """Give a figure the report's look; ``dates`` says whether its x axis is time."""
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 62, "r": 16, "t": 34, "b": 40},
        font={"family": "system-ui, -apple-system, Segoe UI, Roboto, sans-serif", "size": 12},
        font_color=INK,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        hovermode="x unified" if dates else "closest",
        bargap=0,
    )
    axes = {"gridcolor": "rgba(29,36,51,0.08)", "zerolinecolor": "rgba(29,36,51,0.3)"}
    figure.update_xaxes(**axes, **({"type": "date"} if dates else {}))
    figure.update_yaxes(automargin=True, **axes)
    return figure
