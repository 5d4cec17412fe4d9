"""What FreqAI holds for a window: a bundle, whether it may be traded on, and why it serves."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen

from freqai_regimes.evaluation.metrics import rank_correlation
from freqai_regimes.experts import Asked, RegimeExperts
from freqai_regimes.freqtrade_bridge.fitted_window import FittedWindow
from freqai_regimes.freqtrade_bridge.window_fit import asked_rows, tell_freqai
from freqai_regimes.model_life.drift import DriftOptions, reference
from freqai_regimes.model_life.promotion_gate import GateDecision, GateRows
from freqai_regimes.model_life.version import Facts
from freqai_regimes.regimes import REGIME_NAMES
from freqai_regimes.settings import Settings, settings_hash
from freqai_regimes.splits import purged_split

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ServedModel:
    """A bundle in its place: replaced as a whole, so that no candle sees half of a change.

    Attributes
    ----------
    trusted : whether the gate let it in; if not, its predictions come with ``do_predict`` 0.
    decision : of the gate, on the candidate of the window that ended last.
    told : what FreqAI remembers of a training: features, labels, their mean and spread.
    number : version in the registry; None in a backtest.
    """

    bundle: RegimeExperts
    trusted: bool
    decision: GateDecision
    told: dict[str, Any]
    number: int | None = None


@dataclass(frozen=True)
class ValidationRows:
    """The rows of a window that its bundle was not fitted on, with what it says of them."""

    rows: GateRows
    horizon_candles: int
    regime: Floats


def validation_rows(
    fitted: FittedWindow,
    champion: RegimeExperts | None,
    settings: Settings,
    candle_seconds: int,
) -> ValidationRows:
    """Purged validation rows of a window, for the gate."""
    workings, label = fitted.rows.workings, fitted.rows.label.to_numpy(dtype=float)
    date, known_at = workings["date"], workings["known_at"]
    split = purged_split(date, known_at, settings.experts.validation_fraction)
    asked = asked_rows(fitted.rows, split.validation)
    date = date.iloc[split.validation]
    spans = (known_at.iloc[split.validation] - date).dt.total_seconds() / candle_seconds
    rows = GateRows(
        date=date.dt.tz_localize(None).to_numpy(),
        label=label[split.validation],
        candidate=predicted(fitted.bundle, asked),
        champion=None if champion is None else predicted(champion, asked),
        train_mean=float(label[split.train].mean()),
    )
    horizon = max(1, round(float(spans.median())))
    return ValidationRows(rows, horizon, asked.regime.to_numpy(dtype=float))


def predicted(bundle: RegimeExperts, asked: Asked) -> Floats:
    """What a bundle says of rows, in the label's unit."""
    return bundle.predict(asked)["prediction"].to_numpy(dtype=float)


def told_to_freqai(fitted: FittedWindow, settings: Settings) -> dict[str, Any]:
    """What a training tells FreqAI's kitchen, as plain JSON: a registry's model needs it again."""
    kitchen = SimpleNamespace(data={})
    tell_freqai(cast(FreqaiDataKitchen, kitchen), fitted.rows, settings)
    return {
        **kitchen.data,
        "training_features_list": [str(name) for name in fitted.rows.features],
        "label_list": [str(fitted.rows.label.name)],
    }


def facts(
    fitted: FittedWindow,
    decision: GateDecision,
    validation: ValidationRows,
    settings: Settings,
    watched: DriftOptions | None,
) -> Facts:
    """All that the registry keeps beside the model."""
    rows, report = fitted.rows, fitted.bundle.report
    content = np.ascontiguousarray(rows.features.to_numpy(dtype=float)).tobytes()
    digest = hashlib.sha256(content)
    digest.update(np.ascontiguousarray(rows.label.to_numpy(dtype=float)).tobytes())
    return Facts(
        pairs=fitted.pairs,
        trained_from=str(report.trained_from),
        trained_until=str(report.trained_until),
        data_hash=digest.hexdigest(),
        features_hash=settings_hash(list(rows.features)),
        settings_hash=settings_hash(settings.model_dump(mode="json")),
        seed=settings.learners[0].random_state,
        metrics=metrics_by_regime(validation),
        gate=dataclasses.asdict(decision),
        drift_reference={} if watched is None else _references(fitted, watched),
    )


def metrics_by_regime(validation: ValidationRows) -> dict[str, dict[str, float | None]]:
    """Rows, loss and rank correlation of the candidate on validation rows, all and by regime."""
    rows = validation.rows
    masks = {"all": np.ones(len(rows.label), dtype=bool)}
    masks |= {name: validation.regime == code for code, name in REGIME_NAMES.items()}
    found: dict[str, dict[str, float | None]] = {}
    for name, mask in masks.items():
        label, said = rows.label[mask], rows.candidate[mask]
        rank = rank_correlation(said, label) if len(label) > 2 else float("nan")
        found[name] = {
            "rows": float(mask.sum()),
            "loss": float(((said - label) ** 2).mean()) if len(label) else None,
            "rank_correlation": rank if np.isfinite(rank) else None,
        }
    return found


def _references(fitted: FittedWindow, options: DriftOptions) -> dict[str, Any]:
    """The drift reference of each pair that has enough rows."""
    importance = {str(name): float(share) for name, share in fitted.bundle.importance().items()}
    found = {}
    for pair, rows in fitted.rows.features.groupby(fitted.rows.workings["pair"], sort=False):
        if len(rows) >= 2 * options.watch_candles:
            found[str(pair)] = vars(reference(rows, importance, options))
    return found
