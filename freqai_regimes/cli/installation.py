"""``freqai-regimes install`` and ``uninstall``: into and out of anybody's freqtrade directory."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from freqai_regimes.userdir import install_userdir, uninstall_userdir


def add_parser(subparsers: Any) -> None:
    """Add these commands to the command line."""
    install = subparsers.add_parser(
        "install", help="copy strategies, model and presets into a freqtrade user directory"
    )
    install.add_argument("--userdir", type=Path, required=True, help="freqtrade's user directory")
    install.add_argument(
        "--force", action="store_true", help="overwrite files you changed (kept as .bak)"
    )
    install.set_defaults(run=run_install)
    uninstall = subparsers.add_parser("uninstall", help="remove them again, but what you changed")
    uninstall.add_argument("--userdir", type=Path, required=True, help="freqtrade's user directory")
    uninstall.set_defaults(run=run_uninstall)


def run_install(options: argparse.Namespace) -> int:
    """Copy the files and name them."""
    for path in install_userdir(options.userdir, force=options.force):
        print(path)
    return 0


def run_uninstall(options: argparse.Namespace) -> int:
    """Remove the files and say which were kept."""
    print(uninstall_userdir(options.userdir).reason)
    return 0
