"""The suites in contrib/examples, as they are, on a project that they are about."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Iterator, List

import pytest
from conftest import Project

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def greeting(project: Project) -> Iterator[Path]:
    """A file of the project, which its image has as /greeting."""
    project.dockerfile('RUN ["busybox", "--install", "-s", "/bin"]\nCOPY words /greeting')
    path = project.root / "words"
    path.write_text("Hello.\n")
    yield path


def at_once(command: List[str], count: int, cwd: Path) -> "List[tuple[int, str]]":
    processes = [
        subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(count)
    ]
    outputs = [process.communicate()[0] for process in processes]
    return [(process.returncode, output) for process, output in zip(processes, outputs)]


def test_the_shell_script(project: Project, greeting: Path) -> None:
    command = [str(EXAMPLES / "suite.sh")]
    for status, output in at_once(command, 4, project.root):
        assert status == 0 and output.endswith("ok: it greets\n"), output
    assert len(project.builds()) == 1
    assert project.containers() == []

    greeting.write_text("Good day.\n")
    [(status, output)] = at_once(command, 1, project.root)
    assert status == 1 and "not ok: the greeting is 'Good day.'" in output
    assert len(project.builds()) == 2
    assert project.containers() == []


def test_the_swift_suite(project: Project, greeting: Path) -> None:
    # Below the project, as a suite is. It is no input of the image, whose Dockerfile names what it copies.
    suite = project.root / "suite"
    shutil.copytree(EXAMPLES / "swift", suite)
    subprocess.run(["swift", "build", "--build-tests"], cwd=suite, check=True)
    command = ["swift", "test", "--skip-build", "--ignore-lock"]
    for status, output in at_once(command, 2, suite):
        assert status == 0 and 'Test "it greets" passed' in output, output
    assert len(project.builds()) == 1
    assert project.containers() == []

    greeting.write_text("Good day.\n")
    [(status, output)] = at_once(command, 1, suite)
    assert status != 0 and '"Good day."' in output
    assert len(project.builds()) == 2
    assert project.containers() == []
