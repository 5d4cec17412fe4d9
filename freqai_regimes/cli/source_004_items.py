"""Translates the configuration items of source 004, a futures bot that predicts ten minutes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.cli.itb_names import Line
from freqai_regimes.cli.itb_training import retrained_every
from freqai_regimes.errors import SettingsError

Fragment = dict[str, Any]
BASIS_POINT = 1e-4


def source_004(config: Fragment, timeframe: str) -> tuple[list[Fragment], list[Line]]:
    """Fragments for its items, wherever in the configuration they stand.

    Raises
    ------
    SettingsError
        If a value is no number above 0, or a time no whole number of candles.
    """
    fragments = []
    lines = []
    given = dict(_leaves(config))
    for leaf, (name, value) in given.items():
        if leaf in _ITEMS:
            fragment = _ITEMS[leaf](value, timeframe, name)
            fragments.append(fragment)
            lines.append(Line(name, "mapped" if fragment else "refused", _words(leaf, fragment)))
    names = ("fee_rate", "slippage_rate", "min_edge_bps")
    if "min_edge_bps" in given:
        values = [_number(given[leaf][1], leaf) if leaf in given else None for leaf in names]
        fee, slippage, edge = values
        if fee is None or slippage is None or edge is None:
            missing = ", ".join(leaf for leaf in names if leaf not in given)
            words = f"Its threshold is a sum with {missing}, not given: set regimes.edge."
            lines.append(Line(given["min_edge_bps"][0], "refused", words))
        else:
            entry = round(fee + slippage + edge * BASIS_POINT, 10)
            edges = {"entry_threshold": entry, "exit_threshold": round(entry / 2, 10)}
            fragments.append({"regimes": {"edge": edges}})
            words = f"regimes.edge: in above {entry:g}, out {entry / 2:g} against; one side's cost"
            lines.append(Line(given["min_edge_bps"][0], "mapped", words))
    return fragments, lines


def _leaves(config: Fragment, above: str = "") -> Iterator[tuple[str, tuple[str, Any]]]:
    for key, value in config.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield key, (above + key, value)


def _words(leaf: str, fragment: Fragment) -> str:
    if not fragment:
        return "Real orders are switched on by hand: dry_run stays true."
    paths = [f"{path}: {value}" for path, value in _settings(fragment)]
    return ", ".join(paths)


def _settings(fragment: Fragment, above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in fragment.items():
        if isinstance(value, dict):
            yield from _settings(value, f"{above}{key}.")
        else:
            yield above + key, "as in the source" if isinstance(value, list) else value


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise SettingsError(f"{name} is {value!r}: a number of 0 or more is meant.")
    return value


def _candles(minutes: Any, timeframe: str, name: str) -> int:
    seconds = _number(minutes, name) * 60
    step = timeframe_seconds(timeframe)
    if seconds < step or seconds % step:
        raise SettingsError(f"{name} is {minutes} minutes: use a multiple of {timeframe} candles.")
    return int(seconds / step)


def _training_window(value: Any, timeframe: str, name: str) -> Fragment:
    return {"freqai": {"train_period_days": max(1, math.ceil(_number(value, name) / 24))}}


def _retraining(value: Any, timeframe: str, name: str) -> Fragment:
    return retrained_every(_candles(value, timeframe, name) * timeframe_seconds(timeframe))


def _horizon(value: Any, timeframe: str, name: str) -> Fragment:
    candles = _candles(value, timeframe, name)
    label = {
        "label": "forward_return",
        "name": "forward_return",
        "horizon_candles": candles,
        "form": "simple",
        "unit": "percent",
        "entry": "close",
    }
    return {
        "freqai": {"feature_parameters": {"label_period_candles": candles}},
        "regimes": {
            "entry": "edge",
            "feature_sets": [{"generator": "source_004"}],
            "label_sets": [label],
            "train_label": "forward_return",
        },
    }


def _paper(value: Any, timeframe: str, name: str) -> Fragment:
    return {"dry_run": True} if value is True else {}


def _drift(value: Any, timeframe: str, name: str) -> Fragment:
    drift = {"rule": "any_psi", "psi_limit": _number(value, name)}
    return {"regimes": {"life": {"drift": drift, "triggers": {"on_alarm": "retrain"}}}}


def _kept(value: Any, timeframe: str, name: str) -> Fragment:
    return {"regimes": {"life": {"keep_versions": max(2, int(_number(value, name)))}}}


_ITEMS: dict[str, Callable[[Any, str, str], Fragment]] = {
    "rolling_window_hours": _training_window,
    "train_freq_minutes": _retraining,
    "prediction_horizon_minutes": _horizon,
    "fee_rate": lambda v, t, n: {"regimes": {"costs": {"fee": _number(v, n)}}},
    "slippage_rate": lambda v, t, n: {"regimes": {"costs": {"slippage": _number(v, n)}}},
    "paper_trading": _paper,
    "base_capital": lambda v, t, n: {"dry_run_wallet": _number(v, n)},
    "max_model_age_minutes": lambda v, t, n: {"freqai": {"expiration_hours": _number(v, n) / 60}},
    "psi_threshold": _drift,
    "shadow_mode_minutes": lambda v, t, n: {
        "regimes": {"life": {"shadow": {"enabled": _number(v, n) > 0}}}
    },
    "max_daily_drawdown_pct": lambda v, t, n: {
        "regimes": {"guards": {"daily_loss": _number(v, n) / 100}}
    },
    "keep_last_n_models": _kept,
}
