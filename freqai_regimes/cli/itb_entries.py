"""Translates the entries of an ITB configuration: its feature sets and its label sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import pandas as pd
from pydantic import BaseModel, ValidationError

from freqai_regimes.cli.itb_names import Line, entry_name, in_words
from freqai_regimes.cli.itb_sources import prefix_of
from freqai_regimes.errors import SettingsError
from freqai_regimes.features import volume_profile
from freqai_regimes.features.engine import FEATURE_OPTIONS, GENERATORS
from freqai_regimes.features.options import FeatureOptions
from freqai_regimes.labels.engine import LABEL_OPTIONS, label_names
from freqai_regimes.labels.options import LabelOptions
from freqai_regimes.labels.top_bottom import fixed_grid
from freqai_regimes.signal_sets.options import SignalOptions
from freqai_regimes.sources import SourceOptions
from freqai_regimes.sources.kline_extras import EXTRAS

Entry = dict[str, Any]
Options = TypeVar("Options", FeatureOptions, LabelOptions, SignalOptions)

#: What freqtrade can load before the first candle: five calls of 1,000 on Binance.
MOST_STARTUP_CANDLES = 4999
_TSFRESH = ("skewness", "kurtosis", "msdc", "lsbm", "fmax")
_OF_KLINES = ("trades_SMA", "tb_base_SMA")
#: What ITB computes where an entry of its own set does not say.
_PROFILE = ("close_WMA", "close_STD", "volume_SMA", "span_SMA")
_PROFILE_SHAPES = ("close_AREA", "close_SLOPE", "volume_SLOPE")
_TOP_LEVELS = (0.01, 0.02, 0.03, 0.04, 0.05)


def feature_entries(
    config: Entry, sources: Sequence[SourceOptions] = ()
) -> tuple[list[FeatureOptions], list[Line]]:
    """Translate ``feature_sets``; entries that cannot be carried over have a line that says why.

    ``sources`` are the data sources that were carried over: their columns may be asked for.
    """

    def translate(name: str, entry: Any) -> list[FeatureOptions]:
        settings = settings_of(name, entry, _FEATURES)
        prefix = entry.get("column_prefix")
        if prefix and prefix_of(prefix) not in [source.column_prefix for source in sources]:
            raise SettingsError(
                f"It works on the columns of another source, {prefix!r}, which data_sources do not "
                "bring: add that source there."
            )
        found = []
        for ours in _FEATURES[_kind(name)](settings, config):
            ours = {"prefix": _prefix(entry), **ours}
            found.append(checked(FEATURE_OPTIONS[ours["generator"]], ours))
            _refuse_long_warm_up(found[-1])
        return found

    return carried(config, "feature_sets", translate, partial(made_features, sources=sources))


def label_entries(config: Entry) -> tuple[list[LabelOptions], list[Line]]:
    """Translate ``label_sets``; entries that cannot be carried over have a line that says why."""

    def translate(name: str, entry: Any) -> list[LabelOptions]:
        settings = settings_of(name, entry, _LABELS)
        translated = _LABELS[_kind(name)](settings, config, _prefix(entry))
        return [checked(LABEL_OPTIONS[ours["label"]], ours) for ours in translated]

    return carried(config, "label_sets", translate, made_labels)


def needs_extras(entries: Sequence[FeatureOptions]) -> bool:
    """Whether an entry asks for what Binance's klines hold beyond candles."""
    wanted = (
        name
        for entry in entries
        if isinstance(entry, volume_profile.Options)
        for name in entry.functions
    )
    return any(name in _OF_KLINES for name in wanted)


def made_features(options: FeatureOptions, sources: Sequence[SourceOptions] = ()) -> list[str]:
    """Names of the columns that an entry makes, found by letting it work on a few candles.

    Raises
    ------
    SettingsError
        If it asks for a column that neither freqtrade's candles nor the sources have.
    """
    dates = pd.date_range("2024-01-01", periods=9, freq="h", tz="UTC")
    candles = pd.DataFrame({"date": dates})
    for prefix in ("", *(source.column_prefix for source in sources)):
        for column in ("open", "high", "low", "close", "volume"):
            candles[prefix + column] = 1.0
    candles[list(EXTRAS)] = 1.0  # their source is added where they are asked for
    generator = options.model_dump()["generator"]
    made = GENERATORS[generator].generate(candles, options)
    return [options.prefix + str(column) for column in made.columns]


def made_labels(options: LabelOptions) -> list[str]:
    """Names of the labels that an entry makes."""
    return label_names(options)  # type: ignore[arg-type] # the union of all options is meant


def plain(options: BaseModel) -> Entry:
    """An entry as it is written: its kind, and what is not a default."""
    kind = "generator" if "generator" in type(options).model_fields else "label"
    whole = options.model_dump(mode="json")
    return {kind: whole[kind], **options.model_dump(mode="json", exclude_defaults=True)}


def carried(
    config: Entry,
    section: str,
    translate: Callable[[str, Any], list[Options]],
    made: Callable[[Options], list[str]],
) -> tuple[list[Options], list[Line]]:
    """Translate the entries of a section, and refuse those that make a column once more."""
    carried: list[Options] = []
    lines: list[Line] = []
    names: set[str] = set()
    for entry in _entries(config, section):
        name = f"{section}.{entry_name(section, entry)}"
        try:
            found = translate(name, entry)
            columns = [column for options in found for column in made(options)]
            twice = sorted(names & set(columns))
            if twice:
                raise SettingsError(f"It makes {', '.join(twice)}, as another entry does.")
        except SettingsError as error:
            lines.append(Line(name, "refused", str(error)))
            continue
        names |= set(columns)
        carried += found
        lines.append(Line(name, "mapped", in_words(name)))
    return carried, lines


def _refuse_long_warm_up(options: FeatureOptions) -> None:
    needed = GENERATORS[options.model_dump()["generator"]].warm_up_candles(options)
    if needed > MOST_STARTUP_CANDLES:
        raise SettingsError(
            f"It needs {needed:,} candles before its first value, freqtrade loads at most "
            f"{MOST_STARTUP_CANDLES:,}: shorten its windows, or compute it on a coarser timeframe."
        )


def _entries(config: Entry, section: str) -> list[Any]:
    entries = config.get(section) or []
    if not isinstance(entries, list):
        raise SettingsError(f"'{section}' is {type(entries).__name__}: ITB writes a list there.")
    return entries


def checked(options: type[Options], ours: Entry) -> Options:
    """Make an entry of ours, or say in one line why it cannot be."""
    try:
        return options.model_validate(ours)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{where}: {message}." if where else f"{message}.") from error


def _kind(name: str) -> str:
    """The generator in the dotted name of an entry."""
    return name.partition(".")[2]


def settings_of(name: str, entry: Any, known: Mapping[str, object]) -> Entry:
    """The entry's own settings, if it is one that can be carried over."""
    if _kind(name) not in known:
        raise SettingsError(in_words(name))
    if not isinstance(entry, dict):
        raise SettingsError(f"It is {entry!r}: ITB writes an object with generator and config.")
    settings = entry.get("config") or {}
    if not isinstance(settings, dict):
        raise SettingsError(f"Its config is {type(settings).__name__}: ITB writes an object there.")
    settings = dict(settings)
    if entry.get("column_prefix"):
        if "columns" not in settings or name.startswith("label_sets"):
            raise SettingsError(
                f"It works on the source {entry['column_prefix']!r}, but names no columns here: "
                "labels, and ITB's own set, are made of the pair's candles."
            )
        settings["columns"] = _of_source(settings["columns"], prefix_of(entry["column_prefix"]))
    return settings


def _of_source(columns: Any, prefix: str) -> Any:
    """The same columns of a source: ITB takes the prefix off, here it stays."""
    if isinstance(columns, dict):
        return {key: prefix + str(column) for key, column in columns.items()}
    if isinstance(columns, list):
        return [prefix + str(column) for column in columns]
    return prefix + str(columns)


def _prefix(entry: Entry) -> str:
    given = entry.get("feature_prefix")
    if given and given == entry.get("column_prefix"):
        return ""  # the columns bear it already
    return f"{given}_" if given else ""


def _windowed(settings: Entry) -> Entry:
    """Windows under our name, and the relative options beside the others."""
    windows = settings.pop("windows", [])
    windows = windows if isinstance(windows, list) else [windows]
    options = settings.pop("parameters", None) or {}
    known = [window for window in windows if window is not None]
    return {"windows_candles": known, **settings, **options}


def _talib(settings: Entry, config: Entry) -> list[Entry]:
    names = settings.pop("names", None)
    return [{"generator": "talib", **({"infix": names} if names else {}), **_windowed(settings)}]


def _statistics(settings: Entry, config: Entry) -> list[Entry]:
    return [{"generator": "statistics", **_windowed(settings)}]


def _tsfresh(settings: Entry, config: Entry) -> list[Entry]:
    return [{"generator": "statistics", "functions": _TSFRESH, **_windowed(settings)}]


def _profile(settings: Entry, config: Entry) -> list[Entry]:
    functions = settings.pop("functions", None) or [*_PROFILE, *_PROFILE_SHAPES]
    functions = [functions] if isinstance(functions, str) else functions
    base = settings.pop("base_window", None)
    ours = {"base_window_candles": base, "functions": functions, **_windowed(settings)}
    return [{"generator": "volume_profile", **ours}]


def _older_profile(settings: Entry, config: Entry) -> list[Entry]:
    """The same set in older versions, whose windows stand at the top of the configuration."""
    windows, areas = config.get("averaging_windows") or [], config.get("area_windows") or []
    wanted = (
        (("close_WMA", "volume_SMA", "span_SMA"), windows),
        (("close_STD", "close_SLOPE", "volume_SLOPE"), windows[1:]),
        (("close_AREA",), areas),
    )
    return [
        {
            "generator": "volume_profile",
            "base_window_candles": config.get("base_window"),
            "functions": functions,
            "windows_candles": lengths,
            "use_differences": bool(config.get("use_differences", False)),
        }
        for functions, lengths in wanted
    ]


def _first_touch(settings: Entry, config: Entry, prefix: str) -> list[Entry]:
    columns = settings.get("columns") or ["close", "high", "low"]
    if not isinstance(columns, list) or len(columns) != 3:
        raise SettingsError(f"columns is {columns!r}: highlow2 takes three, as close, high, low.")
    given = settings.get("thresholds", [])
    thresholds = given if isinstance(given, list) else [given]
    ours: Entry = {
        "label": "first_touch",
        "side": settings.get("function"),
        "thresholds": [_fraction(threshold) for threshold in thresholds],
        "horizon_candles": settings.get("horizon"),
        "reference": columns[0],
        "up": columns[1],
        "down": columns[2],
        "names": _names(settings, prefix),
    }
    if settings.get("tolerance") is not None:
        ours["tolerance"] = settings["tolerance"]
    return [ours]


def _high_low(settings: Entry, config: Entry, prefix: str) -> list[Entry]:
    horizon = settings.get("horizon", config.get("highlow_horizon"))
    return [{"label": "high_low", "horizon_candles": horizon, "unit": "percent", "prefix": prefix}]


def _top_bottom(settings: Entry, config: Entry, prefix: str) -> list[Entry]:
    side = {"bot": "bottom"}.get(settings.get("function", ""), settings.get("function"))
    columns = settings.get("columns", "close")
    ours = {
        "label": "top_bottom",
        "side": side,
        "level": settings.get("level"),
        "tolerances": settings.get("tolerances"),
        "price": columns[0] if isinstance(columns, list) and columns else columns,
        "names": _names(settings, prefix),
    }
    return [ours]


def _older_top_bottom(settings: Entry, config: Entry, prefix: str) -> list[Entry]:
    if prefix:
        raise SettingsError("Its names are fixed here: remove feature_prefix, or use topbot2.")
    column = settings.get("columns", "close")
    price = column[0] if isinstance(column, list) and column else column
    tops = [plain(fixed_grid(str(price), level, "top")) for level in _TOP_LEVELS]
    return tops + [plain(fixed_grid(str(price), level, "bottom")) for level in _TOP_LEVELS]


def _names(settings: Entry, prefix: str) -> list[str] | None:
    given = settings.get("names")
    if given is None:
        return None
    return [f"{prefix}{name}" for name in (given if isinstance(given, list) else [given])]


def _fraction(percent: Any) -> Any:
    """A threshold in percent, whose sign ITB does not look at, as a fraction."""
    is_number = isinstance(percent, int | float) and not isinstance(percent, bool)
    return round(abs(percent) / 100, 12) if is_number else percent


_FEATURES: dict[str, Callable[[Entry, Entry], list[Entry]]] = {
    "talib": _talib,
    "itbstats": _statistics,
    "tsfresh": _tsfresh,
    "itblib": _profile,
    "binance_main": _older_profile,
}
_LABELS: dict[str, Callable[[Entry, Entry, str], list[Entry]]] = {
    "highlow2": _first_touch,
    "highlow": _high_low,
    "topbot2": _top_bottom,
    "topbot": _older_top_bottom,
}
