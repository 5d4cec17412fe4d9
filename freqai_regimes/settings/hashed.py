"""One short text for settings, by which what was made with others is told apart."""

from __future__ import annotations

import hashlib
import json


def settings_hash(*parts: object) -> str:
    """Ten hexadecimal digits that change whenever any of the parts changes."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:10]
