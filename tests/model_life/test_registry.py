"""The registry: states, rollback, retention, damaged files, and kills at any moment."""

from __future__ import annotations

import json
import logging
import random
import resource
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import pytest

from freqai_regimes.errors import RegistryError
from freqai_regimes.model_life import version as version_file
from freqai_regimes.model_life.durable_file import exclusive, write_durably
from freqai_regimes.model_life.pointer import FILE, Pointer
from freqai_regimes.model_life.registry import ModelRegistry, folder_name, key_of, registries
from freqai_regimes.model_life.version import MODEL, incompatibility, version_folder
from tests.model_life.registry_writer import facts

WRITER = Path(__file__).with_name("registry_writer.py")


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(tmp_path, "BTC/USDT", keep=4)


def saved(registry: ModelRegistry, *models: Any, promote: bool = True) -> list[int]:
    numbers = []
    for model in models:
        number = registry.save(model, facts(), f"saved {model}").number
        if promote:
            registry.change(lambda pointer: pointer.promoted(number, "better"))  # noqa: B023
        numbers.append(number)
    return numbers


def champion(registry: ModelRegistry) -> tuple[int, Any] | None:
    loaded = registry.champion()
    return None if loaded is None else (loaded.number, loaded.model)


def test_nothing_saved_is_no_champion(registry: ModelRegistry) -> None:
    assert registry.champion() is None
    assert registry.shadow() is None
    assert registry.stamp() == (0, 0)
    assert registry.versions() == []
    assert registry.problems() == []


def test_a_candidate_trades_only_once_promoted(registry: ModelRegistry) -> None:
    [first] = saved(registry, "one", promote=False)
    assert registry.champion() is None
    assert registry.pointer().state(first) == "candidate"
    before = registry.stamp()
    registry.change(lambda pointer: pointer.promoted(first, "better"))
    assert registry.stamp() != before
    assert champion(registry) == (1, "one")


def test_what_a_version_was_made_from_is_kept(registry: ModelRegistry) -> None:
    first, second = saved(registry, "one", "two")
    one, two = registry.versions()
    assert (one.number, one.parent, two.number, two.parent) == (first, None, second, first)
    assert two.facts == facts()
    assert two.versions["lightgbm"].count(".") >= 1
    assert registry.pointer().reasons == {"1": "better", "2": "better"}


def test_rollback_puts_the_former_champion_back(registry: ModelRegistry) -> None:
    saved(registry, "one", "two", "three")
    registry.change(lambda pointer: pointer.rolled_back("worse"))
    assert champion(registry) == (2, "two")
    pointer = registry.pointer()
    assert [pointer.state(n) for n in (1, 2, 3)] == ["retired", "champion", "retired"]
    registry.change(lambda pointer: pointer.rolled_back("worse"))
    assert champion(registry) == (1, "one")
    with pytest.raises(RegistryError, match="no former champion"):
        registry.change(lambda pointer: pointer.rolled_back("worse"))
    assert champion(registry) == (1, "one")


def test_a_shadow_is_promoted_or_dropped() -> None:
    pointer = Pointer("BTC/USDT").added("a").promoted(1, "b").added("c").shadowed(2, "passed")
    assert (pointer.state(1), pointer.state(2)) == ("champion", "shadow")
    won = pointer.promoted(2, "won")
    assert (won.champion, won.shadow, won.former) == (2, None, (1,))
    lost = pointer.shadow_dropped("lost")
    assert (lost.champion, lost.shadow, lost.state(2)) == (1, None, "retired")
    assert won.generation == lost.generation == pointer.generation + 1


def test_versions_beyond_the_last_are_deleted_but_never_those_in_use(
    registry: ModelRegistry,
) -> None:
    saved(registry, "one", "two")
    saved(registry, *range(10), promote=False)
    assert [version.number for version in registry.versions()] == [1, 2, 11, 12]
    assert champion(registry) == (2, "two")
    assert registry.prune(1) == [11, 12]
    assert [version.number for version in registry.versions()] == [1, 2]
    assert saved(registry, "new", promote=False) == [13]


def damage(registry: ModelRegistry, number: int) -> None:
    path = version_folder(registry.folder, number) / MODEL
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def test_a_damaged_model_is_found_and_its_parent_trades(
    registry: ModelRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    saved(registry, "one", "two", "three")
    damage(registry, 3)
    [line] = registry.problems()
    assert "Version 3" in line and "is damaged" in line and "\n" not in line
    with caplog.at_level(logging.ERROR):
        assert champion(registry) == (2, "two")
    assert [record.message for record in caplog.records] == [
        f"Registry of BTC/USDT: {line} Trying the champion before it."
    ]
    damage(registry, 2)
    damage(registry, 1)
    assert registry.champion() is None


def test_a_damaged_version_is_not_promoted(registry: ModelRegistry) -> None:
    saved(registry, "one")
    saved(registry, "two", promote=False)
    damage(registry, 2)
    with pytest.raises(RegistryError, match="damaged"):
        registry.change(lambda pointer: pointer.promoted(2, "by hand"))
    with pytest.raises(RegistryError, match="There is no version 7"):
        registry.change(lambda pointer: pointer.promoted(7, "by hand"))
    assert champion(registry) == (1, "one")


def test_a_damaged_pointer_says_what_to_do(registry: ModelRegistry) -> None:
    saved(registry, "one")
    (registry.folder / FILE).write_text('{"key": "BTC/USDT", "champ')
    with pytest.raises(RegistryError, match=r"delete it, then choose a version again"):
        registry.champion()
    assert len(registry.problems()) == 1
    (registry.folder / FILE).unlink()
    registry.change(lambda pointer: pointer.promoted(1, "by hand"))
    assert saved(registry, "two", promote=False) == [2]
    assert champion(registry) == (1, "one")


def test_pairs_that_share_a_coin_share_nothing(tmp_path: Path) -> None:
    keys = ["BTC/USDT", "BTC/USDC", "BTC/USDT:USDT", key_of(["BTC/USDT", "ETH/USDT"])]
    assert len({folder_name(key) for key in keys}) == len(keys)
    for key in keys:
        saved(ModelRegistry(tmp_path, key), key)
    assert {found.key: champion(found) for found in registries(tmp_path)} == {
        key: (1, key) for key in keys
    }


def test_another_release_of_what_models_are_made_of_is_refused(
    registry: ModelRegistry,
) -> None:
    saved(registry, "one", "two")
    path = version_folder(registry.folder, 2) / version_file.RECORD
    record = json.loads(path.read_text())
    record["versions"]["lightgbm"] = "3.9.1"
    path.write_text(json.dumps(record))
    assert champion(registry) == (1, "one")
    [line] = registry.problems()
    assert "saved with lightgbm 3.9.1, installed is" in line and "train again" in line


def test_a_patch_release_is_no_reason_to_refuse() -> None:
    old = {"freqai-regimes": "0.1.0", "lightgbm": "4.7.0", "scikit-learn": "1.8.0", "numpy": "1.0"}
    assert incompatibility(old, {**old, "lightgbm": "4.7.9", "numpy": "2.0"}) is None
    assert incompatibility(old, {**old, "freqai-regimes": "0.2.0"}) is not None
    assert incompatibility({}, old) is not None


# --- faults ----------------------------------------------------------------------------------


def writer(root: Path, seed: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, str(WRITER), str(root), "BTC/USDT", str(seed)],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(WRITER.parents[2])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def whole(registry: ModelRegistry) -> dict[str, Any]:
    """The champion, after everything about the registry was found in order."""
    assert registry.problems() == []
    loaded = registry.champion()
    assert loaded is not None
    assert loaded.number == registry.pointer().champion
    model: dict[str, Any] = loaded.model
    assert zlib.crc32(model["payload"]) == model["sum"]
    return model


def test_killed_at_any_moment_a_champion_is_there(registry: ModelRegistry) -> None:
    pauses = random.Random(1)
    reached = []
    for seed in range(40):
        process = writer(registry.folder.parent, seed)
        time.sleep(pauses.uniform(0.0, 0.25))
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        model = whole(registry)
        assert model["seed"] == seed  # what was promoted last, not something older
        reached.append(model["count"])
        if seed >= 5 and sum(reached) > 3:  # killed in the midst of later saves too
            return
    pytest.fail("no process came further than its first save")


def test_two_bots_on_one_registry_lose_nothing(registry: ModelRegistry) -> None:
    both = [writer(registry.folder.parent, seed) for seed in (1, 2)]
    deadline = time.monotonic() + 0.4
    while time.monotonic() < deadline:
        whole_or_replaced(registry)
    for process in both:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    whole(registry)
    numbers = [version.number for version in registry.versions()]
    assert len(numbers) == len(set(numbers))


def whole_or_replaced(registry: ModelRegistry) -> None:
    """A reader meanwhile finds a whole champion (or one that was replaced as it read)."""
    loaded = registry.champion()
    assert loaded is not None
    assert zlib.crc32(loaded.model["payload"]) == loaded.model["sum"]


def test_a_full_disk_changes_nothing(registry: ModelRegistry) -> None:
    saved(registry, "one")
    before = sorted(path.name for path in registry.folder.iterdir())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(RegistryError, match=r"No room for 50,\d+ bytes .* Free disk space"):
            registry.save(b"x" * 50_000, facts(), "too large")
        with pytest.raises(RegistryError, match="No room"):
            write_durably(registry.folder / FILE, b"x" * 20_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert sorted(path.name for path in registry.folder.iterdir()) == before
    assert champion(registry) == (1, "one")
    assert saved(registry, b"x" * 50_000) == [2]


def test_a_lock_that_stays_is_told(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path),
        pytest.raises(RegistryError, match="Another process has been changing"),
        exclusive(tmp_path, wait_seconds=0.05),
    ):
        pass
