"""How the model's training windows went: how many failed, how large, which experts spoke."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.evaluation.record import REGIMES, RunRecord, trusted_prediction

ALL_PAIRS = "all pairs"


@dataclass(frozen=True)
class WindowSummary:
    """The training windows of one run together.

    Attributes
    ----------
    windows, failed, let_in : counts; failed ones, and those whose candidate the gate let in (or
        there was no gate), are among the windows.
    untrusted_share : fraction of all pairs' candles without a prediction that may be trusted.
    train_rows_min, train_rows_median, train_rows_max : rows of the windows that did not fail.
    validation_rank_correlation : median over the windows that have one; NaN without.
    experts_used : regime -> windows in which its expert was used (else the pooled model spoke).
    """

    windows: int
    failed: int
    let_in: int
    untrusted_share: float
    train_rows_min: float
    train_rows_median: float
    train_rows_max: float
    validation_rank_correlation: float
    experts_used: dict[str, int]


def window_table(record: RunRecord) -> pd.DataFrame:
    """One row a training window, in the order they were trained.

    Columns: ``pair``, ``trained_from``, ``trained_until`` (text), ``train_rows``,
    ``validation_rows``, ``validation_rank_correlation`` (floats, NaN where unknown), one text a
    regime (``used`` or why not, with its rows), ``gate`` (what it said of the candidate) and
    ``failed`` (the reason, or "").
    """
    rows = [_window_row(window) for window in windows_of(record)]
    columns = [
        "pair",
        "trained_from",
        "trained_until",
        "train_rows",
        "validation_rows",
        "validation_rank_correlation",
        *REGIMES,
        "gate",
        "failed",
    ]
    return pd.DataFrame(rows, columns=columns)


def window_summary(record: RunRecord) -> WindowSummary | None:
    """Sum up the windows of a run; None when no model was on."""
    windows = windows_of(record)
    if not windows and not record.has_model:
        return None
    table = window_table(record)
    rows = table.loc[table["failed"] == "", "train_rows"].dropna().to_numpy(dtype=float)
    validation = table["validation_rank_correlation"].dropna().to_numpy(dtype=float)
    trusted = [trusted_prediction(frame).notna() for frame in record.pairs.values()]
    nan = float("nan")
    return WindowSummary(
        windows=len(windows),
        failed=max(int((table["failed"] != "").sum()), int(record.run.get("failed_windows") or 0)),
        let_in=sum(
            bool(window.get("promoted", True)) for window in windows if not window.get("failed")
        ),
        untrusted_share=1.0 - float(np.concatenate(trusted).mean()),
        train_rows_min=float(rows.min()) if len(rows) else nan,
        train_rows_median=float(np.median(rows)) if len(rows) else nan,
        train_rows_max=float(rows.max()) if len(rows) else nan,
        validation_rank_correlation=float(np.median(validation)) if len(validation) else nan,
        experts_used={
            name: sum(
                bool(_expert(window, name).get("used"))
                for window in windows
                if not window.get("failed")
            )
            for name in REGIMES
        },
    )


def windows_of(record: RunRecord) -> list[Mapping[str, Any]]:
    """Every window once: one that trained a model for several pairs stands in the notes of each."""
    shared: dict[str, dict[str, Any]] = {}
    for place, window in enumerate(record.run.get("windows") or []):
        rest = {key: value for key, value in window.items() if key != "pair"}
        pooled = len((window.get("pool") or {}).get("rows") or ()) > 1
        known = shared.setdefault(json.dumps(rest, sort_keys=True) if pooled else str(place), {})
        pairs = [known["pair"]] if known.get("pair") else []
        known |= rest | {"pair": ", ".join([*pairs, str(window.get("pair") or ALL_PAIRS)])}
    return list(shared.values())


def _expert(window: Mapping[str, Any], regime: str) -> Mapping[str, Any]:
    return (window.get("experts") or {}).get(regime) or {}


def _expert_text(expert: Mapping[str, Any]) -> str:
    if not expert:
        return "no expert"
    rows = f"{expert['rows']:,} rows" if isinstance(expert.get("rows"), int) else ""
    verdict = "used" if expert.get("used") else "pooled"
    reason = str(expert.get("reason") or "")
    return verdict + (f" ({rows})" if rows else "") + (f": {reason}" if reason else "")


def _gate_text(window: Mapping[str, Any]) -> str:
    if "promoted" not in window:
        return ""
    return f"{'let in' if window['promoted'] else 'refused'}: {window['gate']}"


def _window_row(window: Mapping[str, Any]) -> dict[str, object]:
    def number(key: str) -> float:
        value = window.get(key)
        return float(value) if isinstance(value, int | float) else float("nan")

    failed = window.get("failed")
    return {
        "pair": str(window.get("pair") or ALL_PAIRS),
        "trained_from": str(window.get("trained_from") or ""),
        "trained_until": str(window.get("trained_until") or ""),
        "train_rows": number("train_rows"),
        "validation_rows": number("validation_rows"),
        "validation_rank_correlation": number("validation_rank_correlation"),
        **{name: _expert_text(_expert(window, name)) for name in REGIMES},
        "gate": _gate_text(window),
        "failed": str(failed) if failed else "",
    }


def importance_table(record: RunRecord) -> pd.DataFrame:
    """Share of each feature in each window's model: rows features, columns ends of windows.

    Features with the largest mean share first. Windows shared by several pairs count once; those
    of one pair each are averaged over the pairs that end together. Empty where no window says.
    """
    said = {}
    for window in windows_of(record):
        shares = window.get("importance")
        if shares:
            said[(str(window.get("trained_until")), str(window.get("pair")))] = shares
    if not said:
        return pd.DataFrame()
    table = pd.DataFrame(said).fillna(0.0).T.groupby(level=0).mean().T
    return table.loc[table.mean(axis=1).sort_values(ascending=False).index].sort_index(axis=1)
