"""A project of a test's own, on a real engine: contrib/pytest/check names it in DOCKER_HOST."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Iterator, List

import pytest

pytest_plugins = ["pytester"]


def pytest_configure() -> None:
    # Without an engine there is nothing to test, and nothing is skipped.
    if not os.environ.get("DOCKER_HOST"):
        raise pytest.UsageError("run contrib/pytest/check, or name an engine in DOCKER_HOST")


# Some tests name an engine that is not there.
ENGINE = os.environ.get("DOCKER_HOST", "")


def docker(*arguments: str) -> str:
    done = subprocess.run(
        ["docker", "--host", ENGINE, *arguments], check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    return done.stdout.strip()


class Project:
    """A folder with a Dockerfile, an image and containers that no other test has."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pytester = pytester
        self.root = pytester.path
        self.id = "t" + uuid.uuid4().hex[:12]
        self.tag = f"stoker-pytest:{self.id}"
        self.log = self.root / "log"
        self.log.mkdir()
        tools = self.root / "tools"
        tools.mkdir()
        for program in ["docker", "stoker"]:
            # Keeps each call, with its process, and becomes the program itself.
            self.script(
                tools / program,
                f'echo "$$ $*" >>"{self.log}/{program}"; exec "{shutil.which(program)}" "$@"',
            )
        monkeypatch.setenv("PATH", str(tools), prepend=os.pathsep)
        monkeypatch.setenv("LOG", str(self.log))
        # Those of the person, or of the machine, decide nothing here.
        for name in ["CI", "STOKER", "PYTEST_ADDOPTS"]:
            monkeypatch.delenv(name, raising=False)
        shutil.copy(os.environ["STOKER_TEST_BUSYBOX"], self.root / "busybox")
        (self.root / "greeting").write_text(self.id)
        self.dockerfile("")
        self.settings(f"image: {{tag: '{self.tag}', network: none}}")

    @staticmethod
    def script(path: Path, text: str) -> Path:
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    def dockerfile(self, more: str) -> None:
        (self.root / "Dockerfile").write_text(
            f"FROM scratch\nLABEL dev.stoker.test={self.id}\nCOPY busybox /bin/busybox\n"
            f"COPY greeting /greeting\nENV PATH=/bin\n{more}\n"
        )

    def settings(self, images: str, digits: int = 8) -> None:
        pattern = f"{self.id}-*-{{hex:{digits}}}"
        (self.root / "stoker.yaml").write_text(f"{images}\nreaping: {{patterns: ['{pattern}']}}\n")

    def suite(self, text: str) -> None:
        self.pytester.makepyfile(test_suite=text)

    def run(self, *options: str) -> pytest.RunResult:
        return self.pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)

    def calls(self, program: str) -> List[str]:
        """What the program was called with, one line a call."""
        path = self.log / program
        return [line.split(" ", 1)[1] for line in path.read_text().splitlines()] if path.exists() else []

    def builds(self) -> List[str]:
        return [call for call in self.calls("docker") if " build " in f" {call} "]

    def warms(self) -> List[str]:
        return [call for call in self.calls("stoker") if call.split()[0] == "warm"]

    def said(self, what: str) -> List[str]:
        """What the tests of the suite have written to files `$LOG/<what>.…`."""
        return [path.read_text() for path in sorted(self.log.glob(f"{what}.*"))]

    def containers(self) -> List[str]:
        return docker("ps", "--all", "--format", "{{.Names}}", "--filter", f"name={self.id}").split()

    def clear(self) -> None:
        left = docker("ps", "--all", "--quiet", "--filter", f"name={self.id}").split()
        if left:
            docker("rm", "--force", "--volumes", *left)
        images = docker("images", "--all", "--quiet", "--filter", f"label=dev.stoker.test={self.id}").split()
        if images:
            # One may go with another that is built on it.
            subprocess.run(["docker", "--host", ENGINE, "rmi", "--force", *set(images)], stdout=-3, stderr=-3)


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    project = Project(pytester, monkeypatch)
    yield project
    project.clear()
