"""Translates how an ITB configuration makes a score of its predictions, and trades by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from freqai_regimes.cli.itb_entries import (
    Entry,
    carried,
    checked,
    feature_entries,
    made_features,
    settings_of,
)
from freqai_regimes.cli.itb_names import Line, in_words
from freqai_regimes.cli.itb_sources import source_entries
from freqai_regimes.errors import SettingsError
from freqai_regimes.signal_sets.engine import SIGNAL_OPTIONS, outputs_of, traded_rule
from freqai_regimes.signal_sets.options import SignalOptions

_RULES = {None: "signed_maximum", "": "signed_maximum", "no_combine": "signed_maximum"}
_THRESHOLDS = ("buy", "sell")
#: Columns of the strategy that a step may use beside those of labels and features.
_OWN = ("open", "high", "low", "close", "volume")
_OLDER_SCORES = ("buy_score", "sell_score")


class Columns:
    """Finds what a column of ITB is called here.

    Parameters
    ----------
    labels : those that are trained, the main one first.
    learners : names of the algorithms that are carried over, the first one predicts.
    features : columns of the carried feature sets.
    """

    def __init__(
        self, labels: Sequence[str], learners: Sequence[str], features: Sequence[str]
    ) -> None:
        self.names = {name: name for name in (*_OWN, *features)}
        for label in labels:
            for learner in learners:
                own = f"model_{label}_{learner}"
                if (label, learner) == (labels[0], learners[0]):
                    own = "prediction"
                self.names[f"{label}_{learner}"] = own

    def ours(self, names: Any) -> list[str]:
        """Our names.

        Raises
        ------
        SettingsError
            Naming a column that nothing here makes.
        """
        given = names if isinstance(names, list) else [names]
        missing = [str(name) for name in given if name not in self.names]
        if missing:
            raise SettingsError(
                f"It asks for {', '.join(missing)}, which no carried label, algorithm, feature or "
                "step makes."
            )
        return [self.names[name] for name in given]

    def add(self, made: Sequence[str]) -> None:
        """Remember what a step makes."""
        self.names |= {name: name for name in made}


def signals(config: Entry, regimes: Entry) -> tuple[Entry, list[Line]]:
    """Scores and signals of what the ``regimes`` section trains; the command for a search.

    Returns
    -------
    A fragment of the configuration, and what became of each item.
    """
    lines = search_lines(config)
    if "train_label" not in regimes:
        return {}, lines
    labels = [regimes["train_label"], *regimes.get("train_labels", ())]
    learners = [learner["name"] for learner in regimes.get("learners", ())] or ["lightgbm"]
    sources = source_entries(config)[0]
    entries = feature_entries(config, sources)[0]
    features = [name for entry in entries for name in made_features(entry, sources)]
    made, more = signal_entries(config, Columns(labels, learners, features))
    return ({"regimes": made} if made else {}), lines + more


def signal_entries(config: Entry, columns: Columns) -> tuple[Entry, list[Line]]:
    """Translate ``signal_sets``, or the older ``score_aggregation`` and ``signal_model``.

    Returns
    -------
    A fragment of the ``regimes`` section ({} if nothing is carried over): the steps, and entry
    ``signal`` where a rule ends them; and what became of each item.
    """

    def translate(name: str, entry: Any) -> list[SignalOptions]:
        settings = settings_of(name, entry, _STEPS)
        ours = _STEPS[name.partition(".")[2]](settings, columns)
        found = checked(SIGNAL_OPTIONS[ours["generator"]], ours)
        columns.add(_made(found))
        return [found]

    whole = config if "signal_sets" in config else config | {"signal_sets": _older(config)}
    entries, lines = carried(whole, "signal_sets", translate, _made)
    if "signal_sets" not in config:
        lines = _older_lines(config, lines)
    if not entries:
        return {}, lines
    fragment: Entry = {"signal_sets": [_plain(entry) for entry in entries]}
    if traded_rule(entries) is not None:  # type: ignore[arg-type] # the union of all is meant
        fragment["entry"] = "signal"
    return fragment, lines


def search_lines(config: Entry) -> list[Line]:
    """The command that does what a search for thresholds did."""
    lines = []
    for section in ("train_signal_model", "simulate_model"):
        search = config.get(section)
        if not isinstance(search, dict) or not isinstance(search.get("grid"), dict):
            continue
        words = ["freqai-regimes simulate RUN"]
        for name in _THRESHOLDS:
            given = search["grid"].get(f"{name}_signal_threshold")
            if isinstance(given, list) and given:
                words.append(f"--{name}={','.join(f'{value:g}' for value in given)}")
        words += ["--equal"] if search.get("buy_sell_equal") else []
        if search.get("direction") in ("long", "short"):
            words.append(f"--direction {search['direction']}")
        if isinstance(search.get("topn_to_store"), int):
            words.append(f"--best {search['topn_to_store']}")
        lines.append(Line(f"{section}.grid", "elsewhere", " ".join(words)))
    return lines


def _made(options: SignalOptions) -> list[str]:
    return list(outputs_of(options))  # type: ignore[arg-type] # the union of all is meant


def _plain(options: SignalOptions) -> Entry:
    whole = options.model_dump(mode="json")
    kept = options.model_dump(mode="json", exclude_defaults=True)
    return {"generator": whole["generator"], **kept}


def _smooth(settings: Entry, columns: Columns) -> Entry:
    window = settings.get("window")
    ours = {
        "generator": "smooth",
        "columns": columns.ours(settings.get("columns")),
        "name": _one_name(settings),
        "point_threshold": settings.get("point_threshold"),
    }
    if window:
        ours["span_candles" if isinstance(window, float) else "window_candles"] = window
    return ours


def _combine(settings: Entry, columns: Columns) -> Entry:
    rule = settings.get("combine")
    return {
        "generator": "combine",
        "columns": columns.ours(settings.get("columns")),
        "name": _one_name(settings),
        "rule": _RULES.get(rule, rule),
        "coefficient": settings.get("coefficient") or 1.0,  # 0 counts as not given there
        "constant": settings.get("constant") or 0.0,
    }


def _rule(settings: Entry, columns: Columns) -> Entry:
    parameters = settings.get("parameters") or {}
    ours = {
        f"{side}_threshold{number}": parameters[f"{side}_signal_threshold{number}"]
        for side in _THRESHOLDS
        for number in ("", "_2")
        if f"{side}_signal_threshold{number}" in parameters
    }
    names = settings.get("names")
    return {
        "generator": "threshold_rule",
        "columns": columns.ours(settings.get("columns")),
        **({"names": names} if names else {}),
        **ours,
    }


def _one_name(settings: Entry) -> Any:
    names = settings.get("names")
    return names[0] if isinstance(names, list) and len(names) == 1 else names


def _older(config: Entry) -> list[Entry]:
    """What ``score_aggregation`` and ``signal_model`` say, as entries of ``signal_sets``."""
    scores = config.get("score_aggregation")
    if not isinstance(scores, dict):
        return []
    shared = {name: scores.get(name) for name in ("point_threshold", "window")}
    name = scores.get("trade_score") or "trade_score"
    entries = [
        {"generator": "smoothen", "config": {"columns": scores.get(labels), "names": made} | shared}
        for labels, made in zip(("buy_labels", "sell_labels"), _OLDER_SCORES, strict=True)
    ]
    combined = {key: scores.get(key) for key in ("combine", "coefficient", "constant")}
    combined |= {"columns": list(_OLDER_SCORES), "names": name}
    entries.append({"generator": "combine", "config": combined})
    model = config.get("signal_model")
    if isinstance(model, dict):
        rule = {"columns": name, "parameters": model}
        entries.append({"generator": "threshold_rule", "config": rule})
    return entries


def _older_lines(config: Entry, lines: list[Line]) -> list[Line]:
    """What became of the older items: as of the newer ones made of them."""
    refused = [line for line in lines if line.how == "refused"]
    items = [f"score_aggregation.{name}" for name in config.get("score_aggregation") or {}]
    items += _signal_model_items(config)
    if not lines:
        return []
    if refused:
        return [Line(name, "refused", refused[0].words) for name in items]
    return [Line(name, "mapped", in_words(name)) for name in items]


def _signal_model_items(config: Entry) -> list[str]:
    model = config.get("signal_model")
    named = model if isinstance(model, dict) else {}
    return [
        f"signal_model.{name}"
        for name in named
        if name in ("buy_signal_threshold", "sell_signal_threshold")
    ]


_STEPS: dict[str, Callable[[Entry, Columns], Entry]] = {
    "smoothen": _smooth,
    "combine": _combine,
    "threshold_rule": _rule,
    "threshold_rule2": _rule,
}
