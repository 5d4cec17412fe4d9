"""Translates what an ITB configuration tells of the score, and when."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from freqai_regimes.cli.itb_names import Line, entry_name, in_words
from freqai_regimes.messages.options import MessageSettings

Entry = dict[str, Any]
NEWER = "score_notification_model"
_BANDS = ("positive_bands", "negative_bands")
_OLDER = {"buy_notify_threshold": "quiet_below", "trade_icon_step": "icon_step"}


def messages(config: Entry, regimes: Entry) -> tuple[Entry, list[Line]]:
    """The ``messages`` part of the settings: bands by the newer items, icons by the older ones.

    ``regimes`` is what was carried over so far; a score that none of its steps makes is told as the
    model's own ``score``.
    """
    made = [step["name"] for step in regimes.get("signal_sets", ()) if "name" in step]
    entries = config.get("output_sets") or []
    found = [entry for entry in entries if entry_name("output_sets", entry) == NEWER]
    if found and isinstance(found[0], dict):
        return _checked(_by_bands(found[0].get("config") or {}, made), [f"output_sets.{NEWER}"])
    if isinstance(config.get(NEWER), dict):
        items = [f"{NEWER}.{name}" for name in config[NEWER]] or [NEWER]
        return _checked(_by_bands(config[NEWER], made), items)
    model = config.get("signal_model")
    if isinstance(model, dict) and any(name in model for name in _OLDER):
        return _by_icons(model, made)
    return {}, []


def _by_bands(given: Entry, made: list[str]) -> Entry:
    bands: Entry = {
        side: [_band(band) for band in given[side]] for side in _BANDS if given.get(side)
    }
    for theirs, ours in (("up", "up"), ("dn", "down")):
        if f"notify_band_{theirs}" in given:
            bands[f"notify_band_{ours}"] = bool(given[f"notify_band_{theirs}"])
    names = given.get("score_column_names") or []
    told = [name for name in (names if isinstance(names, list) else [names]) if name in made]
    columns = dict(zip(("score_column", "secondary_column"), told, strict=False))
    return {"score": "bands", **columns, **({"bands": bands} if bands else {})}


def _band(band: Any) -> Any:
    if not isinstance(band, dict):
        return band
    return {("frequency_minutes" if key == "frequency" else key): band[key] for key in band}


def _by_icons(model: Entry, made: list[str]) -> tuple[Entry, list[Line]]:
    ours: Entry = {"score": "icons"}
    ours |= {_OLDER[name]: model[name] for name in _OLDER if model.get(name)}
    if "trade_score" in made:
        ours["score_column"] = "trade_score"
    items = [f"signal_model.{name}" for name in _OLDER if name in model]
    buy, sell = (model.get(f"{side}_notify_threshold") for side in ("buy", "sell"))
    if isinstance(buy, int | float) and isinstance(sell, int | float) and sell == -buy:
        items.append("signal_model.sell_notify_threshold")
    return _checked(ours, items)


def _checked(ours: Entry, items: list[str]) -> tuple[Entry, list[Line]]:
    """The fragment, if the settings take it."""
    try:
        MessageSettings.model_validate(ours)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        return {}, [Line(item, "refused", f"{where}: {problem['msg']}.") for item in items]
    return {"regimes": {"messages": ours}}, [Line(i, "mapped", in_words(i)) for i in items]
