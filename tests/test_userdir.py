"""Installing into a freqtrade user directory: upgrades keep the user's changes, removal too."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from freqai_regimes import userdir as module
from freqai_regimes.errors import SettingsError
from freqai_regimes.userdir import install_userdir, shipped_folder, uninstall_userdir

ROOT = Path(__file__).parents[1]
STRATEGY = "strategies/RegimeStrategy.py"


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small release: one file of each kind, and one that must stay at home."""
    folder = tmp_path / "release"
    for name, content in {
        STRATEGY: "first\n",
        "strategies/notes.txt": "not shipped\n",
        "freqaimodels/RegimeLightGBM.py": "model\n",
        "config/base.json": "{}\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    monkeypatch.setattr(module, "shipped_folder", lambda: folder)
    return folder


@pytest.fixture
def user(tmp_path: Path) -> Path:
    folder = tmp_path / "user"
    (folder / "strategies").mkdir(parents=True)
    (folder / "strategies" / "Mine.py").write_text("mine\n")
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_install_puts_each_kind_in_its_folder_and_writes_a_manifest(
    shipped: Path, user: Path
) -> None:
    installed = install_userdir(user)

    found = contents(user)
    manifest = json.loads(found.pop("regimes/installed.json"))
    assert found == {
        "strategies/Mine.py": "mine\n",
        STRATEGY: "first\n",
        "freqaimodels/RegimeLightGBM.py": "model\n",
        "regimes/base.json": "{}\n",
    }
    assert {str(path.relative_to(user)) for path in installed} == set(manifest["files"])
    assert manifest["files"][STRATEGY] == hashlib.sha256(b"first\n").hexdigest()
    assert manifest["version"] == module.__version__


def test_upgrade_replaces_what_the_user_left_alone_and_drops_what_is_no_longer_shipped(
    shipped: Path, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_userdir(user)
    (shipped / STRATEGY).write_text("second\n")
    (shipped / "config" / "base.json").rename(shipped / "config" / "money.json")
    monkeypatch.setattr(module, "__version__", "9.9.9")

    install_userdir(user)

    assert (user / STRATEGY).read_text() == "second\n"
    assert not (user / "regimes" / "base.json").exists()
    assert (user / "regimes" / "money.json").exists()
    assert json.loads((user / module.MANIFEST).read_text())["version"] == "9.9.9"


def test_upgrade_keeps_a_changed_file_that_is_no_longer_shipped(shipped: Path, user: Path) -> None:
    install_userdir(user)
    (user / "regimes" / "base.json").write_text('{"mine": 1}\n')
    (shipped / "config" / "base.json").unlink()

    install_userdir(user)

    assert (user / "regimes" / "base.json").read_text() == '{"mine": 1}\n'
    assert "regimes/base.json" not in json.loads((user / module.MANIFEST).read_text())["files"]


def test_changed_file_is_refused_by_name_and_nothing_is_written(shipped: Path, user: Path) -> None:
    install_userdir(user)
    (user / STRATEGY).write_text("my version\n")
    (shipped / STRATEGY).write_text("second\n")
    (shipped / "freqaimodels" / "RegimeLightGBM.py").write_text("new model\n")
    before = contents(user)

    with pytest.raises(SettingsError, match=r"strategies/RegimeStrategy\.py.*--force"):
        install_userdir(user)

    assert contents(user) == before


def test_a_file_of_the_same_name_that_is_not_ours_is_refused(shipped: Path, user: Path) -> None:
    (user / STRATEGY).write_text("somebody else's\n")
    with pytest.raises(SettingsError, match="not as installed"):
        install_userdir(user)
    assert (user / STRATEGY).read_text() == "somebody else's\n"
    assert not (user / module.MANIFEST).exists()


def test_force_overwrites_and_never_loses_a_backup(shipped: Path, user: Path) -> None:
    install_userdir(user)
    for text in ("my version\n", "my next version\n"):
        (user / STRATEGY).write_text(text)
        install_userdir(user, force=True)

    assert (user / STRATEGY).read_text() == "first\n"
    assert (user / f"{STRATEGY}.bak").read_text() == "my version\n"
    assert (user / f"{STRATEGY}.bak1").read_text() == "my next version\n"


def test_installing_the_same_version_again_changes_nothing(shipped: Path, user: Path) -> None:
    install_userdir(user)
    before = contents(user)
    install_userdir(user)
    assert contents(user) == before


def test_interrupted_install_is_finished_by_the_next_one(shipped: Path, user: Path) -> None:
    install_userdir(user)
    (shipped / STRATEGY).write_text("second\n")
    (user / STRATEGY).write_text("second\n")  # written, but the manifest still names the first

    install_userdir(user)

    manifest = json.loads((user / module.MANIFEST).read_text())
    assert manifest["files"][STRATEGY] == hashlib.sha256(b"second\n").hexdigest()


def test_uninstall_leaves_the_directory_as_it_was(shipped: Path, user: Path) -> None:
    (user / "freqaimodels").mkdir()
    before = contents(user)
    install_userdir(user)

    removal = uninstall_userdir(user)

    assert contents(user) == before
    assert not (user / "regimes").exists()
    assert removal.kept == ()
    assert removal.reason == "removed 3 files"


def test_uninstall_keeps_a_changed_file_and_says_so(shipped: Path, user: Path) -> None:
    install_userdir(user)
    (user / "regimes" / "base.json").write_text('{"mine": 1}\n')
    (user / "freqaimodels" / "RegimeLightGBM.py").unlink()

    removal = uninstall_userdir(user)

    assert removal.removed == (user / STRATEGY,)
    assert removal.kept == (user / "regimes" / "base.json",)
    assert str(user / "regimes" / "base.json") in removal.reason
    assert (user / "regimes" / "base.json").read_text() == '{"mine": 1}\n'


@pytest.mark.parametrize("act", [install_userdir, uninstall_userdir])
def test_what_is_not_a_user_directory_is_refused_untouched(act, shipped, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SettingsError, match=r"no such folder.*freqtrade create-userdir"):
        act(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()

    (tmp_path / "other").mkdir()
    with pytest.raises(SettingsError, match="no folder 'strategies'"):
        act(tmp_path / "other")
    assert contents(tmp_path / "other") == {}


def test_uninstall_without_install_is_refused(shipped: Path, user: Path) -> None:
    with pytest.raises(SettingsError, match="nothing to remove"):
        uninstall_userdir(user)


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("{", "is damaged"),
        ("[]", "is damaged"),
        ('{"version": "1"}', "is damaged"),
        ('{"files": {"strategies/../../x.py": "0"}}', "not ours"),
        ('{"files": {"data/BTC.feather": "0"}}', "not ours"),
    ],
)
@pytest.mark.parametrize("act", [install_userdir, uninstall_userdir])
def test_damaged_manifest_is_refused(act, manifest: str, message: str, shipped, user) -> None:  # type: ignore[no-untyped-def]
    (user / "regimes").mkdir()
    (user / module.MANIFEST).write_text(manifest)
    before = contents(user)
    with pytest.raises(SettingsError, match=message):
        act(user)
    assert contents(user) == before


def test_file_in_the_place_of_a_folder_is_refused(shipped: Path, user: Path) -> None:
    (user / "freqaimodels").write_text("")
    with pytest.raises(SettingsError, match="must be a folder"):
        install_userdir(user)
    assert not (user / STRATEGY).exists()


def test_empty_release_is_refused(
    tmp_path: Path, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "shipped_folder", lambda: tmp_path / "empty")
    with pytest.raises(SettingsError, match="no files to install"):
        install_userdir(user)


def test_wheel_carries_every_file_that_a_clone_installs(user: Path, tmp_path: Path) -> None:
    from_clone = install_userdir(user)
    assert shipped_folder() == ROOT

    wheel = Path(
        next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"]))
    )
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "wheel")
    package = tmp_path / "wheel" / "freqai_regimes"

    config = {f"regimes/{path.name}" for path in (package / "shipped" / "config").iterdir()}
    code = {
        f"{folder}/{path.name}"
        for folder in ("strategies", "freqaimodels", "hyperopts")
        for path in (package / "shipped" / folder).iterdir()
    }
    assert config | code == {str(path.relative_to(user)) for path in from_clone}
    assert (package / "py.typed").exists()
    assert sorted(path.name for path in (tmp_path / "wheel").iterdir()) == [
        "freqai_regimes",
        "freqai_regimes-0.1.0.dist-info",
    ]
