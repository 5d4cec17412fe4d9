"""The code's digest changes with what models come from, and with that only."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import freqai_regimes
from freqai_regimes.freqtrade_bridge.code_version import WITHOUT_MODELS, code_version


@pytest.mark.parametrize(
    ("path", "changes"), [("labels/forward_return.py", True), ("cli/backtest.py", False)]
)
def test_it_follows_the_code_behind_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, changes: bool
) -> None:
    before = code_version()
    package = Path(shutil.copytree(Path(freqai_regimes.__file__).parent, tmp_path / "package"))
    monkeypatch.setattr(freqai_regimes, "__file__", str(package / "__init__.py"))
    assert code_version.__wrapped__() == before
    (package / path).write_text((package / path).read_text() + "\n# another line\n")
    assert (code_version.__wrapped__() != before) is changes


def test_rooms_without_models_exist() -> None:
    root = Path(freqai_regimes.__file__).parent
    rooms = {path.name.removesuffix(".py") for path in root.iterdir()} | {"shipped"}
    assert rooms >= WITHOUT_MODELS
