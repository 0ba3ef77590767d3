"""`ensure_test_image()`, as projects call it that had a helper of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import Project

from pytest_stoker import StokerError, StokerTimeout, StokerUnavailable, StokerWarning, ensure_test_image

CALLS = """
import sys, threading
from docker_test_utils import ensure_test_image

answers = []
threads = [threading.Thread(target=lambda: answers.append(ensure_test_image())) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(*answers)
"""


def test_many_processes_and_threads_cause_one_build(project: Project) -> None:
    project.dockerfile('RUN ["busybox", "sleep", "1"]')
    (project.root / "docker_test_utils.py").write_text("from pytest_stoker import ensure_test_image\n")
    (project.root / "calls.py").write_text(CALLS)
    processes = [
        subprocess.Popen([sys.executable, "calls.py"], cwd=project.root, stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    answers = [process.communicate()[0].split() for process in processes]
    assert answers == [[project.tag] * 2] * 8
    assert len(project.builds()) == 1


def test_each_call_looks_anew(project: Project) -> None:
    assert ensure_test_image() == project.tag
    assert ensure_test_image() == project.tag
    assert len(project.builds()) == 1
    (project.root / "greeting").write_text(project.id + " edited")
    assert ensure_test_image() == project.tag
    assert len(project.builds()) == 2


def test_the_project_and_the_image_can_be_named(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.settings(f"images: {{a: {{tag: '{project.tag}-a'}}, b: {{tag: '{project.tag}-b'}}}}")
    monkeypatch.chdir("/")
    assert ensure_test_image("b", project=project.root) == f"{project.tag}-b"
    assert ensure_test_image(project=str(project.root / "tools")) == f"{project.tag}-a"


def test_its_errors_are_those_of_such_helpers(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.root / "greeting").write_text("echo these-are-the-words; exit 3")
    project.dockerfile('RUN ["busybox", "sh", "/greeting"]')
    with pytest.raises(RuntimeError, match="these-are-the-words") as failed:
        ensure_test_image()
    assert isinstance(failed.value, StokerError) and failed.value.status == 1

    with pytest.raises(StokerError, match="there is no folder /nonexistent"):
        ensure_test_image(project="/nonexistent")
    with pytest.raises(StokerUnavailable, match="cannot run the program `gone`"):
        ensure_test_image(program="gone")

    fake = project.script(project.root / "fake", "echo stoker: waited >&2; exit 75")
    with pytest.raises(TimeoutError, match="waited") as late:
        ensure_test_image(program=str(fake))
    assert isinstance(late.value, StokerTimeout) and isinstance(late.value, RuntimeError)

    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    with pytest.raises(StokerUnavailable, match="cannot reach the engine") as missing:
        ensure_test_image()
    assert missing.value.status == 69


def test_warnings_name_the_line_that_asked(project: Project) -> None:
    answer = '{"name": "default", "image": "some:tag", "warnings": ["a warning"]}'
    fake = project.script(project.root / "fake", f"echo '{answer}'")
    with pytest.warns(StokerWarning, match="a warning") as warned:
        assert ensure_test_image(program=str(fake)) == "some:tag"
    assert warned[0].filename == __file__
