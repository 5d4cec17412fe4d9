"""The rules of the house that no tool checks: layers, paths, secrets, pins, one decision a file."""

from __future__ import annotations

import ast
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import rapidjson
import yaml
from freqtrade.configuration.load_config import CONFIG_PARSE_MODE

from freqai_regimes.cli.main import build_parser

ROOT = Path(__file__).parents[1]
PACKAGE = "freqai_regimes"

# From the ground up: a module imports only from its own room and from those before it.
LAYERS = [
    "errors",
    "candles",
    "candle_quality",
    "external_series",
    "sources",
    "features",
    "labels",
    "windows",
    "splits",
    "learners",
    "calibration",
    "intervals",
    "regimes",
    "model_life",
    "risk",
    "signal_sets",
    "messages",
    "settings",
    "synthetic_market",
    "evaluation",
    "evidence",
    "parity",
    "experts",
    "signals",
    "causality",
    "local_exchange",
    "userdir",
    "freqtrade_bridge",
    "cli",
]
KNOW_FREQTRADE = {"freqtrade_bridge", "cli"}


@cache
def our_files() -> tuple[Path, ...]:
    """Every file that is or will be committed."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return tuple(ROOT / name for name in listing if (ROOT / name).is_file())


def python_files() -> list[Path]:
    return [path for path in our_files() if path.suffix == ".py"]


def imported(path: Path) -> Iterator[str]:
    """Yield the full name of each module that a file imports, anywhere in it."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*parents, *filter(None, [node.module])])
            # `from freqai_regimes import signals` names the module only in the second half.
            yield from (f"{module}.{alias.name}" for alias in node.names)


def layer_faults(room: str, modules: list[str]) -> list[str]:
    """Return what a file of a room imports although it may not."""
    if room not in LAYERS:
        return [f"{room} has no place in LAYERS"]
    above = [f"{PACKAGE}.{name}" for name in LAYERS[LAYERS.index(room) + 1 :]]
    if room not in KNOW_FREQTRADE:
        above.append("freqtrade")
    return [name for name in modules if any(f"{name}.".startswith(f"{up}.") for up in above)]


def test_a_module_imports_only_from_those_above_it_and_only_the_bridge_knows_freqtrade() -> None:
    faults = {}
    for path in python_files():
        where = path.relative_to(ROOT)
        if where.parts[0] == PACKAGE and where != Path(PACKAGE, "__init__.py"):
            room = where.with_suffix("").parts[1]
            if found := layer_faults(room, list(imported(path))):
                faults[str(where)] = found
    assert faults == {}


def test_the_layer_rule_sees_each_kind_of_fault() -> None:
    assert layer_faults("candles", ["numpy", f"{PACKAGE}.errors.CandleError"]) == []
    assert layer_faults("candles", [f"{PACKAGE}.signals.smooth"]) == [f"{PACKAGE}.signals.smooth"]
    assert layer_faults("risk", ["freqtrade.strategy.IStrategy"]) == [
        "freqtrade.strategy.IStrategy"
    ]
    assert layer_faults("cli", ["freqtrade.main"]) == []
    assert layer_faults("utils", []) == ["utils has no place in LAYERS"]


def test_imports_are_found_wherever_and_however_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / PACKAGE / "risk" / "sizing.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "import numpy\nfrom freqai_regimes import cli\nfrom . import stops\n"
        "from ..signals import a\ndef f():\n    import freqtrade.main\n"
    )
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert set(imported(path)) == {
        "numpy",
        f"{PACKAGE}.cli",
        f"{PACKAGE}.risk.stops",
        f"{PACKAGE}.signals.a",
        "freqtrade.main",
    }


def test_every_python_file_says_first_why_it_exists() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if not (ast.get_docstring(ast.parse(path.read_text())) or "").strip()
        or not path.read_text().removeprefix("#!/usr/bin/env python3\n").startswith('"""')
    ]
    assert silent == []


def test_no_file_names_a_place_on_one_machine() -> None:
    # In pieces, so that this file passes its own rule.
    outside = "../" + "shared"
    machine = re.compile(r"(?<![\w.*])/" + r"(work|tmp|root|Users|home/(?!ftuser))\b")
    found = []
    for path in our_files():
        where = str(path.relative_to(ROOT))
        text = path.read_text(encoding="utf-8", errors="ignore")
        if where != ".ci/run" and outside in text:
            found.append(f"{where}: {outside}")
        if match := machine.search(text):
            found.append(f"{where}: {match.group()}")
    assert found == []


def test_nothing_that_a_bot_writes_or_keeps_secret_is_committed() -> None:
    unwanted = re.compile(r"\.(feather|parquet|sqlite.*|pkl|joblib|log|zip|whl)$|(^|/)\.env$")
    names = [str(path.relative_to(ROOT)) for path in our_files()]
    assert [name for name in names if unwanted.search(name)] == []
    assert [name for name in names if name.startswith("user_data/")] == [
        "user_data/strategies/.gitkeep"
    ]


# --- configuration ---------------------------------------------------------------------------


def leaves(tree: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each value that is not a section."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, (*above, key))
        else:
            yield (*above, key)


def config_groups() -> dict[str, list[Path]]:
    """Return the files by the word before the dash: files of one word are alternatives."""
    files = sorted((ROOT / "config").glob("*.json"))
    return {
        word: list(group)
        for word, group in itertools.groupby(files, lambda f: f.stem.split("-")[0])
    }


def config_leaves(path: Path) -> set[tuple[str, ...]]:
    return set(leaves(rapidjson.loads(path.read_text(), parse_mode=CONFIG_PARSE_MODE)))


def test_files_that_are_loaded_together_never_state_the_same_thing() -> None:
    groups = config_groups()
    assert {"base", "market", "preset"} <= groups.keys()
    shared = {
        f"{one.name} and {other.name}": both
        for first, second in itertools.combinations(groups.values(), 2)
        for one, other in itertools.product(first, second)
        if (both := config_leaves(one) & config_leaves(other))
    }
    assert shared == {}


def test_leaves_are_told_apart_by_their_section() -> None:
    assert set(leaves({"a": 1, "freqai": {"a": 2, "b": {"c": []}}})) == {
        ("a",),
        ("freqai", "a"),
        ("freqai", "b", "c"),
    }


def test_config_holds_no_secret() -> None:
    secret = re.compile(r"^(key|secret|password|token|chat_id|jwt_secret_key|ws_token|uid)$")
    found = [
        (path.name, leaf)
        for group in config_groups().values()
        for path in group
        for leaf in config_leaves(path)
        if secret.match(leaf[-1])
    ]
    assert found == []


# --- container -------------------------------------------------------------------------------


@pytest.fixture
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_only_the_dry_run_bot_starts_by_itself(compose: dict[str, Any]) -> None:
    profiles = {name: service.get("profiles", []) for name, service in compose["services"].items()}
    assert profiles == {
        "freqtrade": [],
        "download-data": ["download-data"],
        "backtest": ["backtest"],
        "postgres": ["postgres"],
    }
    assert compose["services"]["freqtrade"]["command"].startswith("trade --dry-run ")


def test_ports_are_open_to_this_machine_only(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_secrets_reach_the_containers_from_outside_only(compose: dict[str, Any]) -> None:
    given = [
        entry
        for service in compose["services"].values()
        for entry in service.get("environment", [])
    ]
    secret = re.compile("KEY|SECRET|TOKEN|CHAT_ID|PASSWORD|DB_URL")
    names = {entry for entry in given if secret.search(entry)}
    assert {
        "FREQTRADE__EXCHANGE__SECRET",
        "FREQTRADE__TELEGRAM__TOKEN",
        "POSTGRES_PASSWORD",
    } < names
    assert [entry for entry in names if "=" in entry] == []


def test_commands_in_the_containers_name_files_and_classes_that_exist(
    compose: dict[str, Any],
) -> None:
    named = 0
    for service in compose["services"].values():
        # ${NAME:-default} -> default, as without a .env file.
        command = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", service.get("command", ""))
        for config in re.findall(r"--config /freqtrade/shipped/regimes/(\S+)", command):
            assert (ROOT / "config" / config).is_file()
            named += 1
        for strategy in re.findall(r"--strategy (\w+)", command):
            assert (ROOT / "strategies" / f"{strategy}.py").is_file()
        for model in re.findall(r"--freqaimodel (\w+)", command):
            assert (ROOT / "freqaimodels" / f"{model}.py").is_file()
    assert named > 0


def test_image_holds_the_freqtrade_that_the_package_pins() -> None:
    pinned = re.search(r"freqtrade\[freqai\]==([\d.]+)", (ROOT / "pyproject.toml").read_text())
    image = re.search(r"^FROM freqtradeorg/freqtrade:([\d.]+)_freqai$", dockerfile(), re.M)
    assert pinned and image and pinned[1] == image[1]


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text()


# --- pins and commands -----------------------------------------------------------------------


def project() -> dict[str, Any]:
    loaded: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return loaded


#: Extras that the lock leaves out: their size, or few need them.
NOT_LOCKED = frozenset({"torch"})


def dependency_names(without: frozenset[str] = frozenset()) -> set[str]:
    extras = project()["optional-dependencies"]
    stated = [
        *project()["dependencies"],
        *itertools.chain(*(extras[name] for name in extras.keys() - without)),
    ]
    return {re.split(r"[\[<>=]", line)[0] for line in stated}


def test_lock_pins_every_dependency_by_hash_and_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    entries = re.findall(r"^([a-z0-9-]+)==.*\\\n +--hash=sha256:[0-9a-f]{64}", lock, re.M)
    pinned = set(entries)
    assert dependency_names(NOT_LOCKED) <= pinned
    assert len(entries) == len(re.findall(r"^[^ #\n]", lock, re.M))
    assert not re.search(r"^-|index|https?:|file:", lock, re.M)
    assert not any(name.startswith("torch") for name in pinned)


def test_the_lock_is_made_of_every_extra_but_those_left_out() -> None:
    extras = set(re.findall(r"--extra (\w+)", (ROOT / "Makefile").read_text()))
    assert extras == project()["optional-dependencies"].keys() - NOT_LOCKED


def test_contributing_gives_a_reason_for_each_dependency() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert [name for name in sorted(dependency_names()) if f"`{name}" not in text] == []


def test_changelog_has_an_entry_for_this_version() -> None:
    assert f"## [{project()['version']}]" in (ROOT / "CHANGELOG.md").read_text()


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A folder with the Makefile in which .venv is ready."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / ".ready").touch()
    return tmp_path


def recipe(folder: Path, *arguments: str) -> str:
    """Return the commands that make would run, on one line."""
    told = subprocess.run(
        ["make", "--dry-run", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    ).stdout
    return " ".join(told.replace("\\\n", " ").split())


GIVEN = ("MARKET=local", "DATADIR=my candles", "PAIRS=BTC/USDT ETH/USDT", "PRESET=regime-4h")


def test_make_backtest_passes_on_what_is_given_and_nothing_else(made: Path) -> None:
    assert recipe(made, "backtest") == ".venv/bin/freqai-regimes backtest --market local"
    assert recipe(made, "backtest", *GIVEN, "TIMERANGE=20250101-20250201", "ARGS=--futures") == (
        '.venv/bin/freqai-regimes backtest --market local --datadir "my candles" '
        "--pairs BTC/USDT ETH/USDT --preset regime-4h --timerange 20250101-20250201 --futures"
    )


@pytest.mark.parametrize("command", ["backtest", "dry-run", "exchange", "market"])
def test_the_command_line_knows_every_option_that_make_gives(made: Path, command: str) -> None:
    program, *words = shlex.split(recipe(made, command, *GIVEN, "TIMERANGE=20250101-20250201"))
    assert program == ".venv/bin/freqai-regimes"
    assert build_parser().parse_args(words).datadir == Path("my candles")


def test_environment_is_made_once_and_again_when_the_pins_move(made: Path) -> None:
    assert "pip install" not in recipe(made, "test")
    newer = (made / ".venv" / ".ready").stat().st_mtime + 10
    os.utime(made / "requirements.lock", (newer, newer))
    assert "pip install -qq --disable-pip-version-check --require-hashes" in recipe(made, "test")


def test_too_old_a_python_is_told_in_one_line(made: Path) -> None:
    (made / ".venv" / ".ready").unlink()
    pretend = "import sys; sys.version_info = (3, 9, 1); exec(sys.argv[1])"
    old = made / "old-python"
    old.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{pretend}" "$2"\n')
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "backtest", "PYTHON=./old-python"], cwd=made, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert done.stderr.splitlines()[0].startswith(
        "Python 3.9 found; Python 3.11 or newer is needed"
    )
    assert not (made / ".venv" / "bin").exists()


def test_make_without_a_target_lists_the_targets(made: Path) -> None:
    listing = subprocess.run(["make"], cwd=made, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^  make ([a-z-]+) ", listing, re.M))
    assert {
        "backtest",
        "dry-run",
        "exchange",
        "market",
        "test",
        "lint",
        "types",
        "lock",
        "clean",
    } < targets


def test_continuous_integration_runs_what_people_run() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "make test"
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_contributing_shows_the_layers_as_they_are() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    block = next(part for part in text.split("```") if "errors  candles" in part)
    assert block.split()[block.split().index("errors") :] == LAYERS
