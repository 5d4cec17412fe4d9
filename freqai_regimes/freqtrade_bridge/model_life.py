"""Lets fitted bundles in, keeps them, and says which one serves a pair at this candle."""

from __future__ import annotations

import dataclasses
import json
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from freqai_regimes.errors import RegistryError
from freqai_regimes.experts import RegimeExperts
from freqai_regimes.freqtrade_bridge.announcements import announce
from freqai_regimes.freqtrade_bridge.fitted_window import FittedWindow
from freqai_regimes.freqtrade_bridge.served_model import (
    ServedModel,
    ValidationRows,
    facts,
    told_to_freqai,
    validation_rows,
)
from freqai_regimes.model_life.pointer import Pointer
from freqai_regimes.model_life.promotion_gate import GateDecision, judge
from freqai_regimes.model_life.registry import ModelRegistry, key_of
from freqai_regimes.model_life.version import Version, read_version
from freqai_regimes.settings import Settings

logger = logging.getLogger(__name__)

DECISIONS = "decisions.jsonl"


@dataclasses.dataclass(frozen=True)
class Serving:
    """What the registry of a pool said when its pointer last moved."""

    stamp: tuple[int, int]
    pointer: Pointer
    champion: ServedModel | None
    version: Version | None
    shadow: ServedModel | None


class ModelLife:
    """The models of one bot, or of one backtest.

    Parameters
    ----------
    root : folder of the registries of this identifier; a backtest does not touch it.
    candle_seconds : of the base timeframe.
    """

    def __init__(self, settings: Settings, root: Path, candle_seconds: int) -> None:
        self.settings = settings
        self.root = root
        self.candle_seconds = candle_seconds
        self._known: dict[str, Serving] = {}
        self._said: dict[str, str] = {}
        self._lock = threading.RLock()  # the training thread and the bot's own

    # --- letting in -------------------------------------------------------------------------------

    def admit(
        self, fitted: FittedWindow, champion: Callable[[], RegimeExperts | None]
    ) -> ServedModel:
        """The candidate if the gate lets it in, else the champion; without one, untrusted."""
        return self._admitted(fitted, champion())[0]

    def keep_backtested(self, fitted: FittedWindow, served: ServedModel) -> None:
        """Save a model that a backtest let in as a candidate, to be pinned and deployed as it is.

        Raises
        ------
        RegistryError
            If there is no room.
        """
        if served.decision.promoted:
            validation = validation_rows(fitted, None, self.settings, self.candle_seconds)
            self._saved(fitted, served.decision, validation, f"backtest: {served.decision.reason}")

    def admit_live(self, fitted: FittedWindow) -> ServedModel:
        """The same, beside the champion of the registry, which keeps the candidate."""
        serving = self.serving(fitted.pairs)
        champion = None if serving.champion is None else serving.champion.bundle
        served, validation = self._admitted(fitted, champion)
        decision = served.decision
        until = f"{datetime.fromtimestamp(fitted.stop, UTC):%Y-%m-%d %H:%M}"
        verdict = "let in" if decision.promoted else "not let in"
        words = f"window until {until} {verdict}: {decision.reason}"
        self.note(fitted.pairs, "gate", words)
        try:
            in_place = self._keep(fitted, decision, validation, serving)
        except RegistryError as error:
            self.alarm(fitted.pairs, str(error))
            in_place = serving.champion is None
        if decision.promoted and not in_place and serving.champion is not None:
            return serving.champion
        return served

    def _admitted(
        self, fitted: FittedWindow, champion: RegimeExperts | None
    ) -> tuple[ServedModel, ValidationRows]:
        validation = validation_rows(fitted, champion, self.settings, self.candle_seconds)
        decision = self._judged(validation, champion)
        told = told_to_freqai(fitted, self.settings)
        if decision.promoted or champion is None:
            trusted = decision.promoted or self.settings.life.gate.trust_first
            return ServedModel(fitted.bundle, trusted, decision, told), validation
        return ServedModel(champion, True, decision, told), validation

    def _judged(self, validation: ValidationRows, champion: RegimeExperts | None) -> GateDecision:
        options = self.settings.life.gate
        if not options.enabled:
            return GateDecision(True, "the gate is off")
        until = None
        if champion is not None:
            until = champion.report.trained_until.tz_localize(None).to_datetime64()
        return judge(validation.rows, validation.horizon_candles, options, until)

    def _keep(
        self,
        fitted: FittedWindow,
        decision: GateDecision,
        validation: ValidationRows,
        serving: Serving,
    ) -> bool:
        """Save a candidate and move the pointer; whether it is champion now.

        A shadow is held until its verdict: candidates of later windows would end every trial early.
        """
        registry = self._registry(fitted.pairs)
        number = self._saved(fitted, decision, validation, decision.reason)
        if not decision.promoted:
            return False
        if self.settings.life.shadow.enabled and serving.champion is not None:
            if serving.shadow is None:
                registry.change(lambda pointer: pointer.shadowed(number, decision.reason))
            else:
                held = f"version {serving.shadow.number} is the shadow until its verdict"
                self.note(fitted.pairs, "gate", f"version {number} stays a candidate: {held}")
            return False
        registry.change(lambda pointer: pointer.promoted(number, decision.reason))
        return True

    def _saved(
        self, fitted: FittedWindow, decision: GateDecision, validation: ValidationRows, why: str
    ) -> int:
        drift = self.settings.life.drift
        watched = drift if drift.rule != "off" else None
        made_from = facts(fitted, decision, validation, self.settings, watched)
        model = ServedModel(fitted.bundle, True, decision, told_to_freqai(fitted, self.settings))
        return self._registry(fitted.pairs).save(model, made_from, why).number

    # --- serving ----------------------------------------------------------------------------------

    def serving(self, pairs: Sequence[str]) -> Serving:
        """Champion and shadow of a pool as the registry has them; looks at its pointer only."""
        registry = self._registry(pairs)
        with self._lock:
            known = self._known.get(registry.key)
            stamp = registry.stamp()
            if known is not None and known.stamp == stamp:
                return known
            try:
                found = _read(registry, stamp)
            except RegistryError as error:
                self.alarm(pairs, str(error))
                found = known or Serving(stamp, Pointer(registry.key), None, None, None)
                found = dataclasses.replace(found, stamp=stamp)
            self._known[registry.key] = found
            return found

    def is_pinned(self, pairs: Sequence[str]) -> bool:
        """Whether the pool's champion trades without retraining."""
        serving = self.serving(pairs)
        return serving.pointer.pinned and serving.champion is not None

    def change(self, pairs: Sequence[str], change: Callable[[Pointer], Pointer]) -> None:
        """Move a pool's pointer (RegistryError: nothing has changed)."""
        self._registry(pairs).change(change)

    def _registry(self, pairs: Sequence[str]) -> ModelRegistry:
        return ModelRegistry(self.root, key_of(pairs), self.settings.life.keep_versions)

    # --- telling ----------------------------------------------------------------------------------

    def note(self, pairs: Sequence[str], trigger: str, words: str) -> None:
        """Append a decision to the pool's record, unless it says what was said last."""
        key = key_of(pairs)
        if self._said.get(f"{key} {trigger}") == words:
            return
        self._said[f"{key} {trigger}"] = words
        logger.info("Model of %s: %s: %s", key, trigger, words)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        line = json.dumps({"at": now, "trigger": trigger, "decision": words})
        folder = self._registry(pairs).folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / DECISIONS).open("a") as file:
                file.write(line + "\n")
        except OSError as error:
            logger.error("Model of %s: its decisions cannot be written (%s).", key, error)

    def alarm(self, pairs: Sequence[str], words: str) -> None:
        """Tell the user, in the log and by message, once for the same words."""
        key = key_of(pairs)
        if self._said.get(f"{key} alarm") != words:
            self._said[f"{key} alarm"] = words
            logger.error("Model of %s: %s", key, words)
            announce(f"Model of {key}: {words}")


def _read(registry: ModelRegistry, stamp: tuple[int, int]) -> Serving:
    pointer, loaded, shadow = registry.pointer(), registry.champion(), registry.shadow()
    if loaded is None:
        return Serving(stamp, pointer, None, None, None)
    version = read_version(registry.folder, loaded.number)
    champion = _numbered(loaded.model, loaded.number)
    beside = None if shadow is None else _numbered(shadow.model, shadow.number)
    return Serving(stamp, pointer, champion, version, beside)


def _numbered(model: Any, number: int) -> ServedModel:
    served: ServedModel = dataclasses.replace(model, number=number, trusted=True)
    return served
