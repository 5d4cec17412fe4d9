"""Charts of the predictions: what came after them, and what chance would have given."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from freqai_regimes.evaluation.chart_style import (
    BLUE,
    GREY,
    ORANGE,
    see_through,
    stamps,
    styled,
)
from freqai_regimes.evaluation.metrics import ShiftNull
from freqai_regimes.evaluation.record import RunRecord, outcome

FEWEST_ROWS = 50  # five in each tenth


def decile_table(record: RunRecord) -> pd.DataFrame:
    """Outcomes of ten equal groups of predictions, lowest first; all pairs together.

    Returns
    -------
    Frame with ``prediction`` and ``outcome`` (means), ``low`` and ``high`` (quartiles of the
    outcomes) and ``rows``; empty with fewer than 50 resolved predictions.
    """
    predicted = pd.concat([record.judged(pair) for pair in record.pairs])
    realised = pd.concat([outcome(frame) for frame in record.pairs.values()])
    both = pd.DataFrame({"prediction": predicted.to_numpy(), "outcome": realised.to_numpy()})
    both = both.dropna()
    if len(both) < FEWEST_ROWS:
        return pd.DataFrame(columns=["prediction", "outcome", "low", "high", "rows"])
    tenth = (both["prediction"].rank(method="first") - 1) * 10 // len(both)
    grouped = both.groupby(tenth)
    return pd.DataFrame(
        {
            "prediction": grouped["prediction"].mean(),
            "outcome": grouped["outcome"].mean(),
            "low": grouped["outcome"].quantile(0.25),
            "high": grouped["outcome"].quantile(0.75),
            "rows": grouped.size(),
        }
    ).reset_index(drop=True)


def decile_figure(deciles: pd.DataFrame) -> go.Figure:
    """Draw mean outcome against mean prediction, with the middle half of the outcomes."""
    x = deciles["prediction"].to_numpy()
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=np.concatenate([x, x[::-1]]),
            y=np.concatenate([deciles["high"].to_numpy(), deciles["low"].to_numpy()[::-1]]),
            fill="toself",
            fillcolor=see_through(BLUE, 0.12),
            line={"width": 0},
            name="middle half of outcomes",
            hoverinfo="skip",
        )
    )
    ideal = {"color": GREY, "width": 1.2, "dash": "dot"}
    ends = np.array([x.min(), x.max()])
    figure.add_trace(
        go.Scatter(x=ends, y=ends, mode="lines", line=ideal, name="outcome = prediction")
    )
    figure.add_trace(
        go.Scatter(
            x=x,
            y=deciles["outcome"].to_numpy(),
            customdata=deciles["rows"].to_numpy(),
            mode="lines+markers",
            line={"color": BLUE, "width": 2},
            marker={"size": 8},
            name="mean outcome",
            hovertemplate="predicted %{x:.3f}<br>came %{y:.3f} (%{customdata} rows)<extra></extra>",
        )
    )
    figure.update_xaxes(title_text="mean prediction of the tenth", zeroline=True)
    figure.update_yaxes(title_text="outcome", zeroline=True)
    return styled(figure, 360, dates=False)


def null_figure(skill: ShiftNull) -> go.Figure:
    """Draw what chance gives (shifted predictions) and where the observed value lies."""
    heights, edges = np.histogram(skill.null, bins=40)
    figure = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=heights,
            width=np.diff(edges),
            marker={"color": GREY, "opacity": 0.55},
            name="shifted predictions",
            hovertemplate="about %{x:.3f}: %{y} shifts<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[skill.observed, skill.observed],
            y=[0, int(heights.max()) * 1.08],
            mode="lines",
            line={"color": BLUE, "width": 3},
            name=f"this run {skill.observed:+.3f}",
            hoverinfo="name",
        )
    )
    figure.update_xaxes(title_text="rank correlation")
    figure.update_yaxes(title_text="shifts", rangemode="tozero")
    return styled(figure, 360, dates=False)


def reliability_figure(bins: pd.DataFrame) -> go.Figure:
    """Draw how often a label was positive against the probability that was stated.

    ``bins`` as in ``Certainty``. Bars span two standard errors of independent rows, so with labels
    that overlap they are too short.
    """
    stated, came = bins["stated"].to_numpy(), bins["came_true"].to_numpy()
    spread = 2 * np.sqrt(came * (1 - came) / bins["rows"].to_numpy())
    figure = go.Figure()
    ends = np.array([min(stated.min(), came.min()), max(stated.max(), came.max())])
    ideal = {"color": GREY, "width": 1.2, "dash": "dot"}
    figure.add_trace(
        go.Scatter(x=ends, y=ends, mode="lines", line=ideal, name="kept its word", hoverinfo="skip")
    )
    figure.add_trace(
        go.Scatter(
            x=stated,
            y=came,
            error_y={"type": "data", "array": spread, "color": see_through(BLUE, 0.5)},
            customdata=bins["rows"].to_numpy(),
            mode="lines+markers",
            line={"color": BLUE, "width": 2},
            marker={"size": 8},
            name="came true",
            hovertemplate="stated %{x:.0%}<br>came %{y:.0%} (%{customdata} rows)<extra></extra>",
        )
    )
    figure.update_xaxes(title_text="stated probability", tickformat=".0%")
    figure.update_yaxes(title_text="came true", tickformat=".0%")
    return styled(figure, 320, dates=False)


def importance_figure(table: pd.DataFrame) -> go.Figure:
    """Draw the share of each feature (rows) in the model of each window (columns, by their end)."""
    height = 90 + 22 * len(table)
    figure = go.Figure(
        go.Heatmap(
            x=list(table.columns),
            y=[html.escape(str(name)) for name in table.index],
            z=table.to_numpy(),
            colorscale=[[0, "#FFFFFF"], [1, BLUE]],
            zmin=0,
            colorbar={"tickformat": ".0%", "thickness": 10, "outlinewidth": 0},
            hovertemplate="%{y}<br>window until %{x}<br>%{z:.1%}<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed")
    return styled(figure, height, dates=False)


def model_life_figure(table: pd.DataFrame) -> go.Figure:
    """Draw each window's realised rank correlation, let in or refused, and the validated one.

    ``table`` as ``model_drift.realised_table`` gives it.
    """
    figure = go.Figure()
    x = stamps(pd.DatetimeIndex(table["until"]))
    for name, which, colour in (
        ("let in", table["let_in"], BLUE),
        ("refused", ~table["let_in"], GREY),
    ):
        if which.any():
            figure.add_trace(
                go.Bar(
                    x=x[which],
                    y=table.loc[which, "realised"],
                    name=f"realised, {name}",
                    marker={"color": see_through(colour, 0.75)},
                    hovertemplate="%{y:+.3f}",
                )
            )
    validated = {"color": ORANGE, "size": 7, "symbol": "diamond"}
    figure.add_trace(
        go.Scatter(
            x=x,
            y=table["validation"],
            name="validated before",
            mode="markers",
            marker=validated,
            hovertemplate="%{y:+.3f}",
        )
    )
    figure.update_yaxes(title_text="rank correlation", zeroline=True)
    return styled(figure, 320, dates=True).update_layout(bargap=0.25, barmode="overlay")
