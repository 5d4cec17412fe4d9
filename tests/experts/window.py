"""A small window of rows whose label follows the first feature, by regime."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.experts import Asked, RegimeExperts, Target, Window, fit_experts
from freqai_regimes.settings import Settings

NAN = float("nan")
HORIZON = 4
#: More and looser trees than the defaults, so that small windows are enough for the tests.
PARAMETERS = {"n_estimators": 40, "min_child_samples": 10, "learning_rate": 0.1}


def window(
    rows: int = 1000,
    seed: int = 0,
    bear_rows: int | None = None,
    by_regime: bool = True,
    noise: float = 0.3,
) -> Window:
    """Rows whose label follows the first feature in bull, and its opposite in bear markets."""
    rng = np.random.default_rng(seed)
    features = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["b", "a", "c"])
    regime = pd.Series(rng.choice([1.0, 0.0, -1.0, NAN], rows, p=[0.4, 0.25, 0.3, 0.05]))
    if bear_rows is not None:
        bears = np.flatnonzero(regime == -1)
        regime.iloc[bears[bear_rows:]] = 1.0
    date = pd.Series(pd.date_range("2024-01-01", periods=rows, freq="h", tz="UTC"))
    sign = regime.fillna(0.0) if by_regime else 1.0
    label = features["b"] * sign + rng.normal(0, noise, rows)
    known_at = date + pd.Timedelta(hours=HORIZON + 1)
    target = Target("gain", "regression", label, known_at)
    pair = pd.Series("BTC/USDT", index=date.index)
    return Window(features, regime, date, pair, (target,), pd.Series(1.0, index=date.index))


def relabelled(data: Window, **changes: Any) -> Window:
    """The window with parts of its main target changed, or of itself."""
    target = data.main
    for name in ("name", "kind", "values", "known_at"):
        if name in changes:
            target = Target(**(vars(target) | {name: changes.pop(name)}))
    return Window(**(vars(data) | {"targets": (target, *data.targets[1:])} | changes))


def bulls() -> Window:
    """All rows in one regime, and the label is the first feature."""
    data = window()
    return relabelled(data, regime=pd.Series(1.0, range(1000)), values=data.features["b"])


def fit(
    data: Window,
    parameters: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
    **changes: Any,
) -> RegimeExperts:
    """Fit with small demands on rows; ``changes`` are of the experts' settings."""
    experts = {"minimum_rows": 100, **changes}
    return fit_experts(
        data,
        settings=Settings.model_validate({"experts": experts, **(settings or {})}),
        parameters=PARAMETERS if parameters is None else parameters,
        package_version="1.2.3",
    )


def asked(bundle: RegimeExperts, data: Window, regime: Any = None) -> pd.DataFrame:
    """What the bundle says of a window's rows, in its regimes or in one."""
    state = data.regime if regime is None else pd.Series(float(regime), data.regime.index)
    return bundle.predict(Asked(data.features, state))
