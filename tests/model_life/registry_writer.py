"""A process that saves and promotes models without end, for tests that kill it.

Usage: ``registry_writer.py ROOT KEY SEED``. Each model carries its own check sum.
"""

from __future__ import annotations

import random
import sys
import zlib
from pathlib import Path

from freqai_regimes.model_life.registry import ModelRegistry
from freqai_regimes.model_life.version import Facts


def model(seed: int, count: int) -> dict[str, object]:
    payload = random.Random(f"{seed}-{count}").randbytes(200_000)
    return {"seed": seed, "count": count, "payload": payload, "sum": zlib.crc32(payload)}


def facts() -> Facts:
    return Facts(
        pairs=("BTC/USDT",),
        trained_from="2024-01-01T00:00:00+00:00",
        trained_until="2024-02-01T00:00:00+00:00",
        data_hash="d",
        features_hash="f",
        settings_hash="s",
        seed=1,
        metrics={"bull": {"rows": 3}},
    )


def main(root: str, key: str, seed: int) -> None:
    registry = ModelRegistry(Path(root), key, keep=3)
    for count in range(10**6):
        number = registry.save(model(seed, count), facts(), f"{seed}-{count}").number
        registry.change(lambda pointer: pointer.promoted(number, "test"))  # noqa: B023 (at once)
        if count == 0:
            print("ready", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
