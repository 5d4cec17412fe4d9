"""What was going to be sent, written to disk before it was: survives a kill at any moment."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

#: Settled intents that are kept when the file is made anew, for people who read it.
KEPT_SETTLED = 500
INTENT, NOTE = "intent", "note"
#: What an intent can come to; an intent without one of these is open, and one that was placed is
#: unbooked until it has been seen in freqtrade's database.
PLACED, REFUSED, ABSENT, ADOPTED, DROPPED = "placed", "refused", "absent", "adopted", "dropped"
BOOKED = "booked"


class OrderLog:
    """Append-only JSON lines, each forced to disk before the call returns.

    A line torn by a crash can only be the last one; it is an intent that was never sent, or an
    outcome that will be asked for again, so it is left out when the file is read: whatever cannot
    be read, or is no line of ours, is passed over.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._open: dict[str, dict[str, Any]] = {}
        self._unbooked: dict[str, dict[str, Any]] = {}
        self._notes: dict[str, Any] = {}
        self._compact(self._read())

    def intend(self, client_id: str, **order: Any) -> None:
        """Write an order down before it is sent."""
        self._add({"event": INTENT, "client_id": client_id, **order})

    def settle(self, client_id: str, outcome: str, **fields: Any) -> None:
        """Write down what became of an intent."""
        self._add({"event": outcome, "client_id": client_id, **fields})

    def open_intents(self) -> list[dict[str, Any]]:
        """Intents of which nobody knows yet what became of them, oldest first."""
        return list(self._open.values())

    def unbooked(self) -> list[dict[str, Any]]:
        """Intents that the exchange has taken (``order`` is its id), not seen in the trades yet."""
        return list(self._unbooked.values())

    def note(self, name: str, value: Any) -> None:
        """Keep a value by name; the newest counts."""
        if self._notes.get(name) != value:
            self._add({"event": NOTE, "name": name, "value": value})

    def noted(self, name: str, default: Any = None) -> Any:
        """Value kept under a name."""
        return self._notes.get(name, default)

    def _read(self) -> list[dict[str, Any]]:
        if not self.path.is_file():
            return []
        lines = []
        for text in self.path.read_text(errors="replace").splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict) and "event" in line and {"client_id", "name"} & line.keys():
                lines.append(line)
        return lines

    def _take(self, line: dict[str, Any]) -> None:
        """Follow what a line says."""
        if line["event"] == NOTE:
            self._notes[line["name"]] = line["value"]
        elif line["event"] == INTENT:
            self._open[line["client_id"]] = line
        else:
            intent = self._open.pop(line["client_id"], None)
            self._unbooked.pop(line["client_id"], None)
            if line["event"] == PLACED and intent is not None:
                self._unbooked[line["client_id"]] = {**intent, "order": line["order"]}

    def _compact(self, lines: list[dict[str, Any]]) -> None:
        """Read what is unfinished, and write the file anew without what is long settled."""
        for line in lines:
            self._take(line)
        orders = [line for line in lines if line["event"] != NOTE]
        unfinished = {*self._open, *self._unbooked}
        settled = [line for line in orders if line["client_id"] not in unfinished]
        kept = [{"event": NOTE, "name": name, "value": v} for name, v in self._notes.items()]
        kept += settled[-KEPT_SETTLED:]
        kept += [line for line in orders if line["client_id"] in unfinished]
        fresh = self.path.with_suffix(".new")
        with fresh.open("w") as file:
            file.writelines(json.dumps(line) + "\n" for line in kept)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        self._sync_folder()

    def _add(self, line: dict[str, Any]) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._take(line)

    def _sync_folder(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
