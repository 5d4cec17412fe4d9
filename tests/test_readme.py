"""The README is held against the program: its commands, files, figures and output."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from freqai_regimes.cli.main import build_parser, main
from freqai_regimes.cli.run_config import RunConfig, preset_names
from freqai_regimes.signals import entry_threshold

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """Fenced blocks of one language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> Iterator[list[str]]:
    """Every command shown, and every one in a comment behind a make target."""
    for block in blocks("console"):
        for line in block.replace("\\\n", " ").splitlines():
            command, _, comment = line.partition("#")
            yield shlex.split(command)
            if comment.strip().startswith("freqai-regimes"):
                yield shlex.split(comment.split(":")[0])


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= 200


def test_our_commands_are_understood() -> None:
    ours = [command[1:] for command in commands() if command and command[0] == "freqai-regimes"]
    assert len(ours) >= 3
    for arguments in ours:
        assert callable(build_parser().parse_args(arguments).run)


def test_make_targets_call_the_commands_beside_them() -> None:
    makes = [command for command in commands() if command and command[0] == "make"]
    assert len(makes) >= 8
    for command in makes:
        shown = subprocess.run(
            ["make", "-n", "-o", ".venv/.ready", *command[1:]],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=True,
        ).stdout
        if command[1] in ("backtest", "dry-run"):
            [line] = [line for line in shown.splitlines() if "freqai-regimes" in line]
            options = build_parser().parse_args(shlex.split(line)[1:])
            assert options.preset in preset_names()


def test_files_it_names_exist() -> None:
    named = re.findall(r"`((?:tests|docs|config)/[\w./-]*)`", README)
    named += re.findall(r"\]\((?!http)([\w./-]+)\)", README)
    assert len(named) >= 8
    for name in named:
        assert (ROOT / name).exists(), name


def test_every_preset_is_described() -> None:
    table = README.split("## Presets")[1].split("##")[0]
    assert set(re.findall(r"^\| `([\w-]+)`", table, re.MULTILINE)) == set(preset_names())


def test_the_scalpers_figures() -> None:
    config = RunConfig.load("scalper-1m", futures=False, model=True, own=())
    assert "forecast above 8 bps, out at 4.5 bps against, stop 1 %, target 3 %" in README
    assert "it enters on less than the 22 bps that a round trip costs" in README
    assert entry_threshold(config.settings) == pytest.approx(8e-4)
    assert config.settings.costs.round_trip == pytest.approx(22e-4)
    assert config.settings.edge.exit_threshold == pytest.approx(4.5e-4)
    assert (config.merged["stoploss"], config.merged["minimal_roi"]) == (-0.01, {"0": 0.03})


def test_the_output_is_real(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything but what the model computed must agree to the digit, its tables in their shape.

    Sums over trees may round differently on other processors; trades come from the regime alone.
    """
    command = re.search(
        r"<!-- output: freqai-regimes (.*?) -->\n```text\n(.*?)```", README, re.DOTALL
    )
    assert command is not None
    monkeypatch.setenv("COLUMNS", "100")
    assert main([*shlex.split(command[1]), "--userdir", str(tmp_path)]) == 0
    printed = [line.rstrip() for line in capfd.readouterr().out.splitlines()]
    expected = [line for line in command[2].splitlines() if line != "..."]
    exact = expected[: expected.index("Model windows")]
    assert [line for line in exact if line not in printed] == []
    shapes = {_shape(line) for line in printed}
    missing = [line for line in expected[len(exact) :] if _shape(line) not in shapes]
    assert [
        line for line in missing if not line.startswith(("Rank", "chance", "rare", "Report"))
    ] == []
    [record] = tmp_path.glob("runs/*/record/run.json")
    run = json.loads(record.read_text())
    assert len({window["window"] for window in run["windows"]}) >= 10
    assert run["failed_windows"] == 0
    assert run["built_in_market"] is True


def _shape(line: str) -> str:
    return re.sub(r"[+-]?[\d,.]+|\s+", "", line)
