"""Names for a test's containers, and the end of those containers. Knows nothing of pytest."""

from __future__ import annotations

import re
import subprocess
from typing import List, Optional, Sequence, Set

from pytest_stoker.program import Stoker, StokerError

# What Stoker allows a name to have: a DNS label, since containers look each other up by name.
LONGEST_NAME = 63
# What `stoker name --count` allows.
MOST_AT_ONCE = 10_000
# Who has heard this often only names that were given out is not asking a random generator.
MOST_QUESTIONS = 30


def stem(text: str, room: int) -> str:
    """`text` as it can stand in a container's name and be a host's name, `room` characters at most."""
    words = re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")
    return words[:room].rstrip("-") or "test"[:room]


class NameSource:
    """Asks `stoker name`, and never hands out a name twice.

    Eight digits repeat: of 10,000 names with one stem, some two are the same once in 86 times. So a source
    remembers what it gave out, and each worker of pytest-xdist has a `prefix` of its own.
    """

    def __init__(self, stoker: Stoker, prefix: str = "") -> None:
        self._stoker = stoker
        self._prefix = prefix
        self._given: Set[str] = set()
        self._room: Optional[int] = None

    def names(self, about: str, count: int) -> List[str]:
        if self._room is None:
            # The pattern is the project's own, and only Stoker reads it.
            self._room = LONGEST_NAME - len(self._stoker.names("x")[0]) + 1
        words = stem(f"{self._prefix}-{about}" if self._prefix else about, self._room)
        names: List[str] = []
        for _ in range(MOST_QUESTIONS + count // MOST_AT_ONCE):
            fresh = set(self._stoker.names(words, min(count - len(names), MOST_AT_ONCE))) - self._given
            self._given |= fresh
            names += fresh
            if len(names) >= count:
                return names
        raise StokerError(f"{self._stoker.program} name {words} prints names that it has printed before")


class ContainerNames:
    """The names of one test's containers: `container_names("db")`, `container_names.several(3, "node")`."""

    def __init__(self, source: NameSource, test: str) -> None:
        self._source = source
        self._test = test
        self.given: List[str] = []

    def __call__(self, what: str = "") -> str:
        """A name that no other call in this run gets; `what` the container is for stands in it."""
        return self.several(1, what)[0]

    def several(self, count: int, what: str = "") -> List[str]:
        """As many names; thousands cost little more than one."""
        # What comes first is what a long name keeps.
        names = self._source.names(f"{what}-{self._test}" if what else self._test, count)
        self.given += names
        return names


def remove(client: str, names: Sequence[str]) -> Optional[str]:
    """Removes the containers of these names, running or not, with their anonymous volumes.

    One that is not there is no error: many a test makes no container of its name, or removes it itself.

    Returns the client's words if something may be left.
    """
    if not names:
        return None
    # By the whole name. An engine also takes the beginning of an ID, but `stoker name` makes none that could
    # be one: there is always a separator in it.
    try:
        answer = subprocess.run(
            [client, "rm", "--force", "--volumes", *names],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        return f"cannot run the program `{client}`: {error.strerror}"
    if answer.returncode == 0:
        return None
    # A container that is on its way out (`--rm`, after its end) goes without us.
    gone = re.compile("no such container|no container with|removal of container .* already in progress", re.I)
    words = [line for line in answer.stderr.splitlines() if line.strip()]
    if not words:
        return f"`{client} rm` failed without a word"
    return "\n".join(line for line in words if not gone.search(line)) or None
