"""What happened on the exchange, one JSON line an event: orders, fills, funding, faults."""

from __future__ import annotations

import json
from collections import deque
from decimal import Decimal
from pathlib import Path
from typing import Any

from freqai_regimes.local_exchange.clock import iso
from freqai_regimes.local_exchange.trading.order import number_text

KEPT_IN_MEMORY = 10_000


class EventLog:
    """Numbered events; all of them in a file if one is named, the newest in memory."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.counts: dict[str, int] = {}
        self.newest: deque[dict[str, Any]] = deque(maxlen=KEPT_IN_MEMORY)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)

    def write(self, time: int, event: str, **fields: Any) -> None:
        """Add one event at an exchange time (ms); decimals are written exactly."""
        self.counts[event] = self.counts.get(event, 0) + 1
        shown = {name: _plain(value) for name, value in fields.items()}
        line = {"number": sum(self.counts.values()), "time": iso(time), "event": event, **shown}
        self.newest.append(line)
        if self.path is not None:
            with self.path.open("a") as file:
                file.write(json.dumps(line) + "\n")


def _plain(value: Any) -> Any:
    return number_text(value) if isinstance(value, Decimal) else value
