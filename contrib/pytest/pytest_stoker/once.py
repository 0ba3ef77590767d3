"""One answer of `stoker warm` for a whole run, whatever number of pytest-xdist's workers ask."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Dict, List, Optional

from pytest_stoker.program import Stoker, StokerError, StokerUnavailable


@dataclass(frozen=True)
class Verdict:
    """What a run's one `stoker warm` has come to, in a form that one process can hand to another."""

    references: Dict[str, str] = field(default_factory=dict)
    warnings: List[str] = field(default_factory=list)
    trouble: Optional[str] = None
    """Stoker's own words, all of them; none when the images are ready."""
    is_unavailable: bool = False
    """Whether the trouble is that there is no engine, or no program `stoker`."""


def ask(stoker: Stoker, images: List[str]) -> Verdict:
    try:
        warmed = stoker.warm(images)
    except StokerError as error:
        return Verdict(trouble=str(error), is_unavailable=isinstance(error, StokerUnavailable))
    return Verdict(warmed.references, warmed.warnings)


class SharedAnswer:
    """An answer in a file beside the workers' temporary folders.

    The first worker that needs it holds a lock while it asks; the others sleep in that lock and then read.
    The controller could ask and hand the answer to its workers, but only before they start: it does not
    know then whether any test will want the image. If the worker that asks dies, the lock dies with it, and
    the next one asks.
    """

    def __init__(self, folder: Path, run: str) -> None:
        # By the run, too: the workers of `--tx ssh=…` have no folder that is the run's own.
        self._lock = folder / f"stoker-{run}.lock"
        self._file = folder / f"stoker-{run}.json"

    def get(self, stoker: Stoker, images: List[str]) -> "tuple[Verdict, bool]":
        """The answer, and whether it was this process that asked."""
        # The system closes it at the end of the program, whichever that is. It is not handed on to children.
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            try:
                return Verdict(**json.loads(self._file.read_text("utf-8"))), False
            except FileNotFoundError:
                pass
            verdict = ask(stoker, images)
            # Whole or not at all: a worker may be killed at any moment.
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps(asdict(verdict)), "utf-8")
            fresh.replace(self._file)
            return verdict, True
        finally:
            os.close(descriptor)
