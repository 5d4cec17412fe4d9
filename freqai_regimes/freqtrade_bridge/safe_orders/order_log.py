"""What was going to be sent, written to disk before it was: survives a kill at any moment."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

#: Settled intents that are kept when the file is made anew, for people who read it.
KEPT_SETTLED = 500
INTENT = "intent"
#: What an intent can come to; an intent without one of these is open.
PLACED, REFUSED, ABSENT, ADOPTED, DROPPED = "placed", "refused", "absent", "adopted", "dropped"


class OrderLog:
    """Append-only JSON lines, each forced to disk before the call returns.

    A line torn by a crash can only be the last one; it is an intent that was never sent, or an
    outcome that will be asked for again, so it is left out when the file is read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._open: dict[str, dict[str, Any]] = {}
        self._notes: dict[str, Any] = {}
        self._compact(self._read())

    def intend(self, client_id: str, **order: Any) -> None:
        """Write an order down before it is sent."""
        line = {"event": INTENT, "client_id": client_id, **order}
        self._append(line)
        self._open[client_id] = line

    def settle(self, client_id: str, outcome: str, **fields: Any) -> None:
        """Write down what became of an intent."""
        self._append({"event": outcome, "client_id": client_id, **fields})
        self._open.pop(client_id, None)

    def open_intents(self) -> list[dict[str, Any]]:
        """Intents of which nobody knows yet what became of them, oldest first."""
        return list(self._open.values())

    def note(self, name: str, value: Any) -> None:
        """Keep a value by name; the newest counts."""
        if self._notes.get(name) != value:
            self._append({"event": "note", "name": name, "value": value})
            self._notes[name] = value

    def noted(self, name: str, default: Any = None) -> Any:
        """Value kept under a name."""
        return self._notes.get(name, default)

    def _read(self) -> list[dict[str, Any]]:
        if not self.path.is_file():
            return []
        lines = []
        for text in self.path.read_text().splitlines():
            try:
                lines.append(json.loads(text))
            except ValueError:
                continue
        return lines

    def _compact(self, lines: list[dict[str, Any]]) -> None:
        """Read what is open, and write the file anew without what is long settled."""
        for line in lines:
            if line["event"] == "note":
                self._notes[line["name"]] = line["value"]
            elif line["event"] == INTENT:
                self._open[line["client_id"]] = line
            else:
                self._open.pop(line["client_id"], None)
        settled = [
            line
            for line in lines
            if line["event"] != "note" and line["client_id"] not in self._open
        ]
        notes = [{"event": "note", "name": n, "value": v} for n, v in self._notes.items()]
        kept = [*notes, *settled[-KEPT_SETTLED:], *self._open.values()]
        fresh = self.path.with_suffix(".new")
        with fresh.open("w") as file:
            file.writelines(json.dumps(line) + "\n" for line in kept)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        self._sync_folder()

    def _append(self, line: dict[str, Any]) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _sync_folder(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
