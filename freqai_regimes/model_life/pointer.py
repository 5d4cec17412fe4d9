"""Which version is champion: one small file, replaced as a whole and looked at each candle."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from freqai_regimes.errors import RegistryError
from freqai_regimes.model_life.durable_file import write_durably

FILE = "pointer.json"
CANDIDATE, SHADOW, CHAMPION, RETIRED = "candidate", "shadow", "champion", "retired"


@dataclass(frozen=True)
class Pointer:
    """The states of all versions of one key.

    Attributes
    ----------
    key : the full pair, or the pool of pairs.
    generation : rises with each change.
    champion : version that trades; None before the first one has earned its place.
    shadow : version that predicts beside it; None without.
    pinned : whether the champion trades without retraining.
    former : versions that were champion before, oldest first.
    dropped : versions that were rolled back or lost as shadow.
    next_version : number of the next version; numbers are never used twice.
    reasons : version as text -> why it is in its state.
    """

    key: str
    generation: int = 0
    champion: int | None = None
    shadow: int | None = None
    pinned: bool = False
    former: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    next_version: int = 1
    reasons: dict[str, str] = dataclasses.field(default_factory=dict)

    def state(self, version: int) -> str:
        """State of a version: champion, shadow, retired or candidate."""
        if version == self.champion:
            return CHAMPION
        if version == self.shadow:
            return SHADOW
        return RETIRED if version in (*self.former, *self.dropped) else CANDIDATE

    def added(self, reason: str) -> Pointer:
        """With one more version, a candidate."""
        return self._changed(self.next_version, reason, next_version=self.next_version + 1)

    def promoted(self, version: int, reason: str) -> Pointer:
        """With this version as champion; the old one is remembered for a rollback."""
        former = self.former
        if self.champion is not None and self.champion != version:
            former = (*(v for v in former if v not in (version, self.champion)), self.champion)
        return self._changed(
            version,
            reason,
            champion=version,
            shadow=None if self.shadow == version else self.shadow,
            former=tuple(v for v in former if v != version),
            dropped=tuple(v for v in self.dropped if v != version),
        )

    def rolled_back(self, reason: str) -> Pointer:
        """With the former champion back in its place, and the present one retired.

        Raises
        ------
        RegistryError
            If there was no champion before.
        """
        if self.champion is None or not self.former:
            raise RegistryError(f"{self.key} has no former champion to go back to.")
        back = self.former[-1]
        return self._changed(
            self.champion,
            reason,
            champion=back,
            former=self.former[:-1],
            dropped=(*self.dropped, self.champion),
        )

    def shadowed(self, version: int, reason: str) -> Pointer:
        """With this version predicting beside the champion."""
        return self._changed(version, reason, shadow=version)

    def shadow_dropped(self, reason: str) -> Pointer:
        """Without its shadow."""
        assert self.shadow is not None
        return self._changed(self.shadow, reason, shadow=None, dropped=(*self.dropped, self.shadow))

    def with_pin(self, pinned: bool) -> Pointer:
        """With the champion frozen, or retrained again."""
        return dataclasses.replace(self, pinned=pinned, generation=self.generation + 1)

    def without(self, versions: set[int]) -> Pointer:
        """After some versions were deleted."""
        return dataclasses.replace(
            self,
            former=tuple(v for v in self.former if v not in versions),
            dropped=tuple(v for v in self.dropped if v not in versions),
            reasons={name: why for name, why in self.reasons.items() if int(name) not in versions},
        )

    def _changed(self, version: int, reason: str, **changes: object) -> Pointer:
        reasons = {**self.reasons, str(version): reason}
        return dataclasses.replace(
            self,
            generation=self.generation + 1,
            reasons=reasons,
            **changes,  # type: ignore[arg-type]  # each name above is a field
        )


def read_pointer(folder: Path, key: str) -> Pointer:
    """The pointer of a key's folder; an empty one where nothing was ever saved.

    Raises
    ------
    RegistryError
        If the file is damaged or belongs to another key.
    """
    path = folder / FILE
    try:
        raw = json.loads(path.read_bytes())
        raw["former"], raw["dropped"] = tuple(raw["former"]), tuple(raw["dropped"])
        pointer = Pointer(**raw)
    except FileNotFoundError:
        return Pointer(key)
    except (ValueError, TypeError, KeyError) as error:
        raise RegistryError(
            f"{path} is damaged ({error}): delete it, then choose a version again with "
            "freqai-regimes registry promote."
        ) from error
    if pointer.key != key:
        raise RegistryError(f"{path} belongs to {pointer.key}, not to {key}: move it away.")
    return pointer


def write_pointer(folder: Path, pointer: Pointer) -> None:
    """Replace the pointer as a whole (RegistryError on a full disk, and nothing has changed)."""
    content = json.dumps(dataclasses.asdict(pointer), indent=1) + "\n"
    write_durably(folder / FILE, content.encode())
