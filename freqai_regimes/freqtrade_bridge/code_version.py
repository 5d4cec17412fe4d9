"""One short text that changes with the code and the libraries that fitted models come from."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import freqai_regimes

#: Rooms of the package that no fitted model and no prediction passes through.
WITHOUT_MODELS = {
    "causality",
    "cli",
    "evidence",
    "local_exchange",
    "parity",
    "risk",
    "shipped",
    "signals",
    "synthetic_market",
    "userdir",
}
#: Libraries that compute features, labels, fits and predictions.
LIBRARIES = ("freqtrade", "lightgbm", "numpy", "pandas", "scikit-learn", "TA-Lib")


@cache
def code_version() -> str:
    """Digest of the package's own code and of its libraries' versions.

    The version number alone would not do: whoever edits a clone keeps it.
    """
    root = Path(freqai_regimes.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).parts
        if parts[0].removesuffix(".py") not in WITHOUT_MODELS:
            digest.update("/".join(parts).encode() + path.read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library} {version(library)}".encode())
    return digest.hexdigest()[:10]
