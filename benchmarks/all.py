"""Every table of docs/benchmarks.md about speed and memory, one command after the other.

    python benchmarks/all.py [--list] [name ...]

Each is a command of its own, named before its table. Ratios come from one run; those of the clock
mean something on idle cores alone. Tables that need real candles are left out without REGIMES_DATA.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

#: Script and arguments, by name; the last one says whether it needs real candles.
TABLES: dict[str, tuple[list[str], bool]] = {
    "features": (["feature_speed.py"], False),
    "labels": (["label_speed.py"], False),
    "windows": (["walk_forward_speed.py"], False),
    "example": (["example_cost.py"], True),
    "trees": (["tree_cost.py"], False),
    "live": (["live_speed.py"], False),
    "memory": (["live_memory.py"], False),
    "sweep": (["sweep_cost.py"], False),
    "certificate": (["certify_speed.py"], False),
}


def main() -> int:
    """Run those that are named, or all; 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*TABLES, []], default=[])
    parser.add_argument("--list", action="store_true", help="name them and stop")
    given = parser.parse_args()
    failed = []
    for name in given.names or TABLES:
        command, real = TABLES[name]
        shown = f"python benchmarks/{' '.join(command)}"
        if given.list:
            print(f"{name:12} {shown}{'  (REGIMES_DATA)' if real else ''}")
            continue
        if real and "REGIMES_DATA" not in os.environ:
            print(f"\n{shown}: left out, REGIMES_DATA names no folder of real candles.")
            continue
        print(f"\n$ {shown}", flush=True)
        began = time.monotonic()
        path = Path(__file__).with_name(command[0])
        if subprocess.run([sys.executable, path, *command[1:]], check=False).returncode:
            failed.append(name)
        print(f"({time.monotonic() - began:.0f} s)", flush=True)
    if failed:
        print(f"Failed: {', '.join(failed)}.")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
