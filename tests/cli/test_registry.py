"""The registry command on a folder with models, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from freqai_regimes.cli.main import main
from freqai_regimes.model_life.registry import ROOT, ModelRegistry
from freqai_regimes.model_life.version import MODEL, version_folder
from tests.model_life.registry_writer import facts

PAIR = "BTC/USDT"


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    """Two versions, the first of them champion."""
    registry = ModelRegistry(tmp_path / ROOT / "small-1", PAIR)
    for name in ("one", "two"):
        registry.save(name, facts(), f"saved {name}")
    registry.change(lambda pointer: pointer.promoted(1, "better than naive"))
    return registry


def answer(
    registry: ModelRegistry, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0
) -> str:
    userdir = registry.folder.parents[2]
    assert main(["registry", *words, "--userdir", str(userdir)]) == code
    told = capsys.readouterr()
    return told.err if code == 2 else told.out


def test_list_and_show(registry: ModelRegistry, capsys: pytest.CaptureFixture[str]) -> None:
    first, one, two = answer(registry, capsys, "list").splitlines()
    assert first == "BTC/USDT (small-1)"
    assert one.split() == [
        *["1", "champion", "until", "2024-02-01T00:00", "better", "than", "naive"]
    ]
    assert two.split()[:2] == ["2", "candidate"]
    shown = json.loads(answer(registry, capsys, "show", PAIR))
    assert (shown["number"], shown["state"]) == (1, "champion")
    assert shown["facts"]["metrics"] == {"bull": {"rows": 3}}


def test_promote_rollback_and_pin(
    registry: ModelRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    told = answer(registry, capsys, "promote", PAIR, "--version", "2")
    assert told == "BTC/USDT: version 2 is champion.\n"
    assert "version 1 is champion" in answer(registry, capsys, "rollback", PAIR)
    told = answer(registry, capsys, "pin", PAIR, "--version", "2")
    assert told == "BTC/USDT: version 2 is champion, pinned.\n"
    assert registry.pointer().pinned
    assert "pinned" not in answer(registry, capsys, "pin", PAIR, "--off")
    assert not registry.pointer().pinned


def test_verify_and_prune(registry: ModelRegistry, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(registry, capsys, "verify") == "1 registries read, 0 problems.\n"
    (version_folder(registry.folder, 2) / MODEL).write_bytes(b"other")
    line, last = answer(registry, capsys, "verify", code=1).splitlines()
    assert line.startswith("BTC/USDT: Version 2") and "is damaged (5 bytes" in line
    assert last == "1 registries read, 1 problems."
    assert answer(registry, capsys, "prune", PAIR, "--keep", "1") == "BTC/USDT: deleted 2.\n"


@pytest.mark.parametrize(
    ("words", "phrase"),
    [
        (["show", "ETH/USDT"], "No models of ETH/USDT are kept; there are: BTC/USDT."),
        (["promote", PAIR, "--version", "9"], "There is no version 9"),
        (["rollback", PAIR], "no former champion"),
        (["list", "--identifier", "other"], "No identifier 'other'"),
    ],
)
def test_what_cannot_be_is_one_line(
    registry: ModelRegistry, capsys: pytest.CaptureFixture[str], words: list[str], phrase: str
) -> None:
    told = answer(registry, capsys, *words, code=2)
    assert phrase in told and told.count("\n") == 1


def test_an_empty_user_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["registry", "list", "--userdir", str(tmp_path)]) == 2
    assert "No models are kept in" in capsys.readouterr().err
