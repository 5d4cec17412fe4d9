"""What has been told already: kept in the trade database, so that a restart tells nothing twice."""

from __future__ import annotations

import json
from typing import Any

from freqtrade.persistence import KeyValueStore, Trade

PREFIX = "regimes_told_"


class Told:
    """Small values by name: in the database when there is one, in memory in a backtest."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def read(self, name: str) -> Any:
        """The value kept under a name, None if there is none."""
        if name not in self._values:
            text = KeyValueStore.get_string_value(PREFIX + name) if Trade.use_db else None
            self._values[name] = json.loads(text) if text else None
        return self._values[name]

    def write(self, name: str, value: Any) -> None:
        """Keep a value (JSON of at most 255 characters)."""
        if Trade.use_db:
            KeyValueStore.store_value(PREFIX + name, json.dumps(value))
        self._values[name] = value
