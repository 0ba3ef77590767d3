"""Runs the program `stoker` and reads what it says. Knows nothing of pytest."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Union

# Of sysexits.h; README.md, "Exit status".
ENGINE_UNAVAILABLE = 69
LOCK_TIMEOUT = 75


class StokerWarning(UserWarning):
    """What Stoker warns of beside an answer, such as a test run that changes its own image's inputs."""


class StokerError(RuntimeError):
    """Stoker could not answer; the text is what it said on standard error.

    `status` is its exit status: 1 the build failed, 64 wrong usage, 65 bad configuration or Dockerfile.
    """

    def __init__(self, words: str, status: Optional[int] = None) -> None:
        super().__init__(words)
        self.status = status


class StokerUnavailable(StokerError):
    """There is no program `stoker`, or it cannot reach an engine (69)."""


class StokerTimeout(StokerError, TimeoutError):
    """The wait for somebody else's build ended on time (75)."""


@dataclass(frozen=True)
class Warmed:
    """What `stoker warm` has answered."""

    references: Dict[str, str]
    """What stoker.yaml calls each image, and its reference; in the order of the answer."""
    warnings: List[str]

    @property
    def first(self) -> str:
        return next(iter(self.references.values()))


@dataclass(frozen=True)
class Stoker:
    """The program, and the project that it is asked about."""

    program: str
    """A path, or a name that is looked for on the PATH."""
    project: Path
    """A folder of the project: it, or the nearest above with a stoker.yaml or a Dockerfile, is meant."""

    def warm(self, images: Sequence[str] = ()) -> Warmed:
        """Makes sure that the images for today's inputs exist.

        Without `images` all of the project, in the order of stoker.yaml.
        """
        answer = self._ask("warm", "--json", *images)
        try:
            results = [json.loads(line) for line in answer.splitlines()]
            warmed = Warmed(
                {result["name"]: result["image"] for result in results},
                [warning for result in results for warning in result["warnings"]],
            )
            warmed.first
        except (ValueError, KeyError, TypeError, StopIteration):
            raise StokerError(f"{self.program} warm --json printed what is no answer: {answer!r}") from None
        return warmed

    def names(self, stem: str, count: int = 1) -> List[str]:
        """Names for containers that `stoker reap` recognises, no two of one call the same."""
        return self._ask("name", stem, "--count", str(count)).split()

    def _ask(self, *arguments: str) -> str:
        # In the project's folder, and not with -C, which looks in no folder above.
        try:
            process = subprocess.Popen(
                [self.program, *arguments],
                cwd=self.project,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            if not self.project.is_dir():
                raise StokerError(f"there is no folder {self.project}") from None
            raise StokerUnavailable(
                f"cannot run the program `{self.program}`: {error.strerror}; put stoker on the PATH, or name "
                "it in the variable STOKER or with --stoker"
            ) from None
        try:
            output, words = process.communicate()
        except BaseException:
            # Whoever ends the tests (Ctrl-C, a time limit) ends the build: TERM, which Stoker hands on to its
            # builder. The KILL of subprocess.run would leave that one running.
            process.terminate()
            process.communicate()
            raise
        if process.returncode == 0:
            return output
        raise _error(process.returncode, words.strip(), " ".join([self.program, *arguments]))


def _error(status: int, words: str, command: str) -> StokerError:
    if not words:
        how = f"exit status {status}" if status > 0 else f"signal {-status}"
        words = f"`{command}` ended without a word, with {how}"
    kinds = {ENGINE_UNAVAILABLE: StokerUnavailable, LOCK_TIMEOUT: StokerTimeout}
    return kinds.get(status, StokerError)(words, status)


def locate(program: Optional[str]) -> str:
    """The program as an absolute path, so that a test which changes its folder does not lose it.

    Without `program` what the variable STOKER names, or `stoker`. One that is not there stays as it is
    named: the first question tells.
    """
    named = program or os.environ.get("STOKER") or "stoker"
    found = shutil.which(named)
    return os.path.abspath(found) if found else named


def ensure_test_image(
    image: Optional[str] = None,
    *,
    project: Union[str, "os.PathLike[str]", None] = None,
    program: Optional[str] = None,
) -> str:
    """Makes sure that the test image is the one for today's files, and returns its name (`clud-test:latest`).

    Any number of threads and processes may call it at once: one of them builds, the others wait. Each call
    looks anew, which costs some milliseconds when nothing has changed. What Stoker warns of beside the answer
    comes as a `StokerWarning`.

    Arguments:
        image: what stoker.yaml calls the image; without it all of the project are made ready, and the first
            is returned.
        project: a folder of the project; without it the current one.
        program: the program; without it what the variable STOKER names, or `stoker` on the PATH.

    Raises:
        StokerError: the build failed, or the like; a `RuntimeError`, with Stoker's own words.
        StokerTimeout: the wait for somebody else's build ended on time; also a `TimeoutError`.
        StokerUnavailable: there is no program, or no engine answers it.
    """
    stoker = Stoker(locate(program), Path(project) if project is not None else Path.cwd())
    warmed = stoker.warm([image] if image else [])
    for warning in warmed.warnings:
        warnings.warn(warning, StokerWarning, stacklevel=2)
    return warmed.first
