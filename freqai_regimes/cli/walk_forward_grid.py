"""``walk-forward --grid``: the preset at every point of a grid of settings, each one logged."""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from freqai_regimes.cli.backtest_run import RunData
from freqai_regimes.cli.logged_backtest import configuration_hash, merged
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.cli.stored_data import check_range_in_data
from freqai_regimes.cli.walk_forward_arms import PRESET, Arm, run_arm
from freqai_regimes.errors import RegimesError, SettingsError
from freqai_regimes.evaluation.arms import ArmResult
from freqai_regimes.settings import SECTION, parse_settings

FORM = "give NAME=VALUE,VALUE ... with names as 'freqai-regimes settings' prints them"
MOST_POINTS = 100
FOLDER = "grid"  # below the run's folder


def add_grid_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--grid``."""
    parser.add_argument(
        "--grid",
        nargs="+",
        default=[],
        metavar="NAME=V1,V2",
        help="run the preset at every combination of these settings, such as "
        "exposure.target_volatility=0.3,0.5 edge.margin=0,0.001; what is trained is shared where "
        f"the model's settings are equal (at most {MOST_POINTS} points)",
    )


def points_of(config: RunConfig, texts: Sequence[str]) -> list[Arm]:
    """One arm for each point of the grid, in order; [] without a grid.

    Raises
    ------
    SettingsError
        For an unknown setting, with the nearest known name; a value that is not allowed; a point
        that stands twice, a name that does, or too many points.
    """
    axes = [_axis(text) for text in texts]
    names = [name for name, _ in axes]
    if len(set(names)) < len(names):
        raise SettingsError(f"--grid {' '.join(texts)}: a setting stands there twice.")
    count = 1
    for _, values in axes:
        count *= len(values)
    if axes and not 2 <= count <= MOST_POINTS:
        raise SettingsError(f"--grid has {count} point(s): 2 to {MOST_POINTS} are allowed.")
    points = itertools.product(*(values for _, values in axes)) if axes else ()
    arms = [_point(config, dict(zip(names, point, strict=True))) for point in points]
    own = configuration_hash(config, "RegimeStrategy", {})
    seen: set[str] = set()
    for place, arm in enumerate(arms):
        key = configuration_hash(arm.config, arm.strategy, arm.overlay)
        if key in seen:
            raise SettingsError(f"--grid: {arm.name} trades as another point does; leave one out.")
        seen.add(key)
        arms[place] = replace(arm, same_as=PRESET if key == own else "")
    return arms


def check_points(
    arms: Sequence[Arm], pairs: list[str], data: RunData, options: argparse.Namespace
) -> None:
    """Refuse a point that needs more history than there is, before anything is run.

    Raises
    ------
    SettingsError
        Naming the point.
    """
    for arm in arms:
        try:
            check_range_in_data(
                data.timerange, arm.config, data.datadir, pairs, futures=options.futures
            )
        except RegimesError as error:
            raise SettingsError(f"--grid, {arm.name}: {error}") from error


def run_points(
    arms: Sequence[Arm],
    own: ArmResult,
    pairs: list[str],
    data: RunData,
    folder: Path,
    options: argparse.Namespace,
) -> tuple[ArmResult, ...]:
    """Run every point; the one that is the preset itself takes that arm's result."""
    results, spent = [], 0.0
    for place, arm in enumerate(arms, start=1):
        print(f"Grid {place} of {len(arms)}: {arm.name}", flush=True)
        if arm.same_as:
            results.append(replace(own, name=arm.name, meaning=arm.meaning))
            print("  is the preset itself", flush=True)
            continue
        result, _ = run_arm(arm, pairs, data, folder / FOLDER / str(place), options)
        results.append(result)
        spent += result.seconds
        left = spent / place * (len(arms) - place)
        print(f"  took {result.seconds:.0f} s; about {left:.0f} s left", flush=True)
    return tuple(results)


def _axis(text: str) -> tuple[str, list[Any]]:
    """Dotted name and values; a value is JSON, or a word as it stands."""
    name, _, written = text.partition("=")
    name = name.strip().removeprefix(f"{SECTION}.")
    if not name or not written.strip():
        raise SettingsError(f"--grid {text!r}: {FORM}.")
    try:
        values = json.loads(f"[{written}]")
    except ValueError:
        values = [_value(part.strip()) for part in written.split(",")]
    return name, values


def _value(word: str) -> Any:
    try:
        return json.loads(word)
    except ValueError:
        return word


def _point(config: RunConfig, point: dict[str, Any]) -> Arm:
    section: dict[str, Any] = {}
    for name, value in point.items():
        inner = section
        *parents, last = name.split(".")
        for parent in parents:
            inner = inner.setdefault(parent, {})
            if not isinstance(inner, dict):
                raise SettingsError(f"--grid: {name} lies inside of another setting of the grid.")
        inner[last] = value
    overlay = {SECTION: section}
    whole = merged(config.merged, overlay)
    own = replace(config, merged=whole, settings=parse_settings(whole))
    shown = " ".join(f"{name}={json.dumps(value)}" for name, value in point.items())
    return Arm(shown, f"The preset with {shown}.", own, overlay=overlay)
