"""The report's sections on the model: predictions against outcomes, training windows."""

from __future__ import annotations

from html import escape

import numpy as np

from freqai_regimes.evaluation.certainty import certainty
from freqai_regimes.evaluation.model_drift import loss_drift, realised_table
from freqai_regimes.evaluation.model_windows import importance_table, window_table
from freqai_regimes.evaluation.page import (
    chart,
    folded,
    numbers,
    section,
    small,
    table,
    total_last,
)
from freqai_regimes.evaluation.prediction_chart import (
    decile_figure,
    decile_table,
    importance_figure,
    model_life_figure,
    null_figure,
    reliability_figure,
)
from freqai_regimes.evaluation.record import REGIMES, RunRecord
from freqai_regimes.evaluation.scorecard import REFUSED, Scorecard, windows_in_words
from freqai_regimes.evaluation.wording import count, number, percent

MOST_FEATURES = 20
OPEN_WINDOWS = 8  # more rows than these are folded away


def predictions_section(record: RunRecord, card: Scorecard) -> str:
    """Show how predictions and outcomes went together, and what chance would have given."""
    if card.skill is None:
        return section("Predictions", "No model was on in this run.")
    rows = [
        (
            str(name),
            percent(row["trusted_share"]),
            count(row["resolved"]),
            number(row["rank_correlation"], 3, sign=True),
            number(row["mean_prediction"], 3, sign=True),
            number(row["mean_outcome"], 3, sign=True),
            percent(row["expert_share"]),
        )
        for name, row in card.regimes.iterrows()
    ]
    heads = ["Regime", "Trusted", "Resolved", "Rank corr.", "Mean predicted", "Mean outcome"]
    deciles = decile_table(record)
    plots = []
    if deciles.empty:
        plots.append(small("Too few predictions have an outcome to draw them in tenths."))
    else:
        plots.append(chart(decile_figure(deciles), "deciles", "What came after predictions"))
    if len(card.skill.null):
        plots.append(chart(null_figure(card.skill), "null", "Against chance"))
    return section(
        "Predictions and outcomes",
        "First chart: predictions in ten equal groups; the line should rise, and on the dotted "
        "line sizes would be right too. The band is the middle half of the outcomes: how little "
        "one prediction says. Second chart: the run's rank correlation beside those of the same "
        "predictions shifted in time, which have their memory but no skill; skill lies far right "
        "of the grey.",
        f"<p>{REFUSED}</p>" if card.judges_refused else "",
        f"<p><strong>{escape(card.skill.reason)}</strong></p>",
        f'<div class="pairs">{"".join(plots)}</div>',
        table([*heads, "By expert"], rows, row_classes=total_last(rows), dots=True),
        small(
            "Predictions and outcomes are returns over the label's horizon divided by volatility. "
            f"Labels overlap for {record.horizon_candles} candles, so textbook p values would be "
            f"far too small; shifts of at least {card.skill.minimum_shift:,} candles are used "
            "instead, all pairs together. Trusted: share of candles with a prediction that may "
            "be used. By expert: share of these made by the regime's own expert."
        ),
        *_certainty(record),
    )


def _certainty(record: RunRecord) -> list[str]:
    """Show whether probabilities and intervals kept their word; nothing where there are none."""
    held = certainty(record)
    if held is None:
        return []
    rows = [
        (str(place), count(row["rows"]), percent(row["stated"]), percent(row["came_true"]))
        for place, (_, row) in enumerate(held.bins.iterrows(), start=1)
    ]
    words = (
        "Predictions in fifths by their stated probability of a positive label, and how often it "
        f"was positive; calibration error {number(held.calibration_error, 3)}, Brier score "
        f"{number(held.brier_score, 3)}."
    )
    if np.isfinite(held.coverage):
        words += (
            f" {percent(held.coverage)} of the outcomes lay inside their interval, which was "
            f"{number(held.width, 2)} wide (median)."
        )
    return [
        "<h3>Calibration</h3>",
        chart(reliability_figure(held.bins), "reliability"),
        table(["Fifth", "Predictions", "Stated", "Came true"], rows),
        small(words),
    ]


def windows_section(record: RunRecord, card: Scorecard) -> str:
    """Show each training window, and why an expert spoke or not; "" when no model was on."""
    if card.windows is None:
        return ""
    frame = window_table(record)
    rows = [
        (
            row["pair"],
            _day(row["trained_from"]),
            _day(row["trained_until"]),
            count(row["train_rows"]),
            count(row["validation_rows"]),
            number(row["validation_rank_correlation"], 3, sign=True),
            row["gate"],
            *((f"failed: {row['failed']}", "", "") if row["failed"] else (row[n] for n in REGIMES)),
        )
        for row in frame.to_dict(orient="records")
    ]
    heads = [
        "Pair",
        "From",
        "Until",
        "Rows",
        "Validated on",
        "Rank corr.",
        "Gate",
        "Bull",
        "Sideways",
    ]
    detail = table(
        [*heads, "Bear"],
        rows,
        words=(0, 1, 2, 6, 7, 8, 9),
        long=(6, 7, 8, 9),
        row_classes=["failed" if reason else "" for reason in frame["failed"]],
    )
    if len(rows) > OPEN_WINDOWS:
        detail = folded(f"All {len(rows)} windows", detail)
    return section(
        "Model windows",
        "Each window trains a model on what was known until its end. An expert speaks only where "
        "it beat the pooled model on candles it had not seen; else the pooled model speaks. A "
        "model that the gate refuses does not trade: the one before goes on, or none.",
        numbers(windows_in_words(card.windows)),
        *_life(record),
        detail if rows else small("The record names no windows."),
    )


def _life(record: RunRecord) -> list[str]:
    """Draw what each window's model did afterwards, and say whether errors grew."""
    table = realised_table(record)
    if table["realised"].notna().sum() == 0:
        return []
    drifts = [f"{pair}: {found.reason}" for pair, found in loss_drift(record).items()]
    return [
        chart(model_life_figure(table), "model-life", "What each model was worth afterwards"),
        small(
            "Bars: rank correlation of predictions and outcomes in the candles after each window, "
            "all pairs; few candles each, so they scatter widely. Drift of the squared errors "
            f"(ADWIN on outcomes that do not overlap): {'; '.join(drifts)}."
        ),
    ]


def importance_section(record: RunRecord) -> str:
    """Draw which features the windows' models used; "" where none is recorded."""
    shares = importance_table(record)
    if shares.empty:
        return ""
    shares.columns = [_day(str(until)) for until in shares.columns]
    shown = shares.head(MOST_FEATURES)
    shown.index = [name.removeprefix("%-") for name in shown.index]
    rest = ""
    if len(shares) > len(shown):
        rest = small(f"The {len(shown)} of {len(shares)} features with the largest mean share.")
    return section(
        "Features over time",
        "Each feature's share of what the pooled model's trees gained in training, by the end of "
        "its window. Features that come and go tell of a model that fits noise.",
        chart(importance_figure(shown), "importance"),
        rest,
    )


def _day(iso: str) -> str:
    """Day of a time in ISO form, with the hour only where it is not midnight."""
    return iso[:16].replace("T", " ").removesuffix(" 00:00")
