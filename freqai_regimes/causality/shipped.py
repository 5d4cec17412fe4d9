"""Everything that the package ships, found by introspection and made into subjects."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any, get_args, get_type_hints

import pandas as pd
from pydantic import BaseModel, ValidationError

from freqai_regimes import features, labels, regimes, signal_sets, signals
from freqai_regimes.causality import samples
from freqai_regimes.causality.samples import Sample
from freqai_regimes.causality.subject import BASE, Inputs, Subject
from freqai_regimes.errors import SettingsError
from freqai_regimes.features.volatility import ewma_volatility, window_candles
from freqai_regimes.labels.labelled import Labelled
from freqai_regimes.regimes.rule import regime_of, warm_up_candles

HALF_LIFE_CANDLES = 6  # of the volatility that signals are given
RULE_PARAMETERS = ["candles", "settings", "average_candles"]


def shipped_subjects() -> list[Subject]:
    """Every feature generator, label, step, regime rule and signal function, with sample options.

    They are to be certified on ``samples.sample_market``.

    Raises
    ------
    SettingsError
        For a generator or label without sample options, and for a signal function with a parameter
        that no sample gives.
    """
    return [
        *feature_subjects(),
        *label_subjects(),
        *step_subjects(),
        *regime_subjects(),
        *signal_subjects(),
    ]


def feature_subjects() -> list[Subject]:
    """One subject for each sample of each module with ``Options`` and ``generate``."""
    subjects = []
    for module in modules_with(features, "generate"):
        name = _own_name(module, "generator")
        for sample, options in _options(module, "generator", name, samples.FEATURES.get(name)):
            subjects.append(feature_subject(module, options, _title(name, sample), sample))
    return subjects


def feature_subject(module: Any, options: Any, name: str, sample: Sample | None = None) -> Subject:
    """A generator with options as a subject; it works on the base candles."""
    generate: Callable[[pd.DataFrame, Any], pd.DataFrame] = module.generate
    return Subject(
        name,
        "feature",
        lambda inputs: generate(inputs[BASE], options),
        warm_up_candles=module.warm_up_candles(options),
        price_unit_columns=tuple(module.price_unit_columns(options)),
        allowances=sample.allowances if sample else (),
    )


def label_subjects() -> list[Subject]:
    """One subject for each sample of each module with ``Options`` and ``compute``."""
    subjects = []
    for module in modules_with(labels, "compute"):
        name = _own_name(module, "label")
        for sample, options in _options(module, "label", name, samples.LABELS.get(name)):
            subjects.append(label_subject(module, options, _title(name, sample), sample))
    return subjects


def label_subject(module: Any, options: Any, name: str, sample: Sample | None = None) -> Subject:
    """A label with options as a subject; it works on the base candles."""
    compute: Callable[[pd.DataFrame, Any], Labelled] = module.compute
    return Subject(
        name,
        "label",
        lambda inputs: compute(inputs[BASE], options),
        horizon_candles=module.horizon_candles(options),
        warm_up_candles=sample.warm_up_candles if sample else None,
        thresholds=sample.thresholds if sample else {},
        allowances=sample.allowances if sample else (),
    )


def step_subjects() -> list[Subject]:
    """One subject for each sample of each step of ``signal_sets``."""
    subjects = []
    for module in modules_with(signal_sets, "compute"):
        name = _own_name(module, "generator")
        for sample, options in _options(module, "generator", name, samples.SIGNAL_STEPS.get(name)):
            subjects.append(step_subject(module, options, _title(name, sample)))
    return subjects


def step_subject(module: Any, options: Any, name: str) -> Subject:
    """A step with options as a subject; it works on columns of the base frame."""
    compute: Callable[[pd.DataFrame, Any], pd.DataFrame] = module.compute
    return Subject(
        f"signal_sets: {name}",
        "signal",
        lambda inputs: compute(inputs[BASE], options),
        warm_up_candles=module.warm_up_candles(options),
    )


def regime_subjects() -> list[Subject]:
    """One subject for each sample of each rule, and of each way in which they become a regime."""
    subjects: list[Subject] = []
    for module in modules_with(regimes, "judge"):
        name = _own_name(module, "rule")
        for sample, options in _options(module, "rule", name, samples.RULES.get(name)):
            subjects.append(rule_subject(module, options, f"rule: {_title(name, sample)}", sample))
    for name, function in _public_functions(regimes):
        if list(inspect.signature(function).parameters) == RULE_PARAMETERS:
            marks = samples.REGIMES if function is regime_of else [""]
            subjects += [_decision_subject(f"regimes: {name}", function, mark) for mark in marks]
    return subjects


def rule_subject(module: Any, options: Any, name: str, sample: Sample | None = None) -> Subject:
    """A regime rule with options as a subject; it works on the base candles."""
    judge: Callable[..., pd.DataFrame] = module.judge
    warm_up = module.warm_up_candles(options)
    return Subject(
        name,
        "regime",
        lambda inputs: judge(inputs[BASE], options),
        warm_up_candles=warm_up,
        # A history may begin just where a model is fitted anew.
        first_value_candles=warm_up - 1 - getattr(options, "refit_candles", 0),
        allowances=sample.allowances if sample else (),
    )


def _decision_subject(name: str, function: Callable[..., pd.DataFrame], mark: str) -> Subject:
    settings = samples.REGIMES[mark]
    confirms = function is regime_of
    wanted = settings if confirms else settings.model_copy(update={"confirmation_candles": 1})
    return Subject(
        _title(name, Sample(mark=mark)),
        "regime",
        lambda inputs: function(inputs[BASE], settings, settings.average_candles),
        warm_up_candles=warm_up_candles(wanted, settings.average_candles),
        first_value_candles=settings.average_candles - 1,
        allowances=samples.CONFIRMED if confirms else (),
    )


def signal_subjects() -> list[Subject]:
    """Every public function of the signals that takes a column or a frame."""
    warm_up = max(
        warm_up_candles(samples.REGIME, samples.REGIME.average_candles),
        window_candles(HALF_LIFE_CANDLES) + 1,
    )
    return [
        Subject(f"signals: {name}", "signal", _of_signal(name, function), warm_up_candles=warm_up)
        for name, function in _public_functions(signals)
        if _takes_rows(function)
    ]


# --- finding -------------------------------------------------------------------------------------


def modules_with(room: ModuleType, function: str) -> list[ModuleType]:
    """Modules of a room that keep the contract: their own ``Options`` and a function."""
    return [
        module
        for module in _modules(room)
        if getattr(getattr(module, "Options", None), "__module__", "") == module.__name__
        and hasattr(module, function)
    ]


def _modules(room: ModuleType) -> Iterator[ModuleType]:
    yield room
    if hasattr(room, "__path__"):
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            yield importlib.import_module(found.name)


def _public_functions(room: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in _modules(room):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                yield name, function


def _takes_rows(function: Callable[..., Any]) -> bool:
    hints = get_type_hints(function)
    names = inspect.signature(function).parameters
    return any(hints.get(name) in (pd.Series, pd.DataFrame) for name in names)


# --- options -------------------------------------------------------------------------------------


def _own_name(module: ModuleType, word: str) -> str:
    options: type[BaseModel] = module.Options
    return str(get_args(options.model_fields[word].annotation)[0])


def _options(
    module: ModuleType, word: str, name: str, given: Sequence[Sample] | None
) -> Iterator[tuple[Sample, BaseModel]]:
    options: type[BaseModel] = module.Options
    for sample in given or (Sample(),):
        try:
            yield sample, options.model_validate({word: name, **sample.options})
        except ValidationError as error:
            problem = error.errors()[0]
            place = ".".join(str(part) for part in problem["loc"])
            told = "its samples are refused" if given else "it has no sample options"
            raise SettingsError(
                f"{word} {name} cannot be certified: {told} ({place}: {problem['msg']}). Give it "
                "options that are allowed in freqai_regimes/causality/samples.py."
            ) from error


def _title(name: str, sample: Sample) -> str:
    return f"{name} ({sample.mark})" if sample.mark else name


# --- calling -------------------------------------------------------------------------------------


def _of_signal(name: str, function: Callable[..., Any]) -> Callable[[Inputs], pd.DataFrame]:
    parameters = list(inspect.signature(function).parameters)

    def compute(inputs: Inputs) -> pd.DataFrame:
        given = _decision(inputs[BASE])
        result = function(**{parameter: given[parameter] for parameter in parameters})
        return result.to_frame(name) if isinstance(result, pd.Series) else result

    known = _DECISION_NAMES
    strange = [parameter for parameter in parameters if parameter not in known]
    if strange:
        raise SettingsError(
            f"Signal {name} cannot be certified: no sample gives {', '.join(strange)}; there are "
            f"{', '.join(known)}. Add it to freqai_regimes/causality/shipped.py."
        )
    return compute


_DECISION_NAMES = (
    *("regime", "volatility", "score", "expected_return", "weight", "settings", "frame"),
    *("buy", "sell", "size", "interval", "costs"),
)


def _decision(candles: pd.DataFrame) -> dict[str, Any]:
    """What signals are given: regime and volatility of the candles, a model's given predictions."""
    settings = samples.SETTINGS
    at_once = settings.regime.model_copy(update={"confirmation_candles": 1})
    regime = regime_of(candles, at_once, at_once.average_candles)["regime"]
    volatility = ewma_volatility(candles["close"], HALF_LIFE_CANDLES) * 90
    score, expected = candles["score"], candles["expected_return"]
    weight = signals.regime_weight(regime, volatility, score, settings)
    frame = candles.assign(regime=regime, volatility=volatility, weight=weight)
    named: dict[str, Any] = {"regime": regime, "volatility": volatility, "score": score}
    named["weight"] = weight
    rule = {"buy": (score > 0.1).astype(int), "sell": (score < -0.1).astype(int)}
    named |= {**rule, "size": (0.4 / volatility).clip(upper=1.0)}
    wide = expected.abs() / 2
    named["interval"] = pd.DataFrame({"lower": expected - wide, "upper": expected + wide})
    named["costs"] = pd.DataFrame({"long": 1e-3 + 1e-4 * score, "short": 1e-3 - 1e-4 * score})
    return {**named, "expected_return": expected, "settings": settings, "frame": frame}
