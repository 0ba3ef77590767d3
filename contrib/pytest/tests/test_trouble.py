"""What a person sees when there is no image."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable

import pytest
from conftest import Project

ASKS = """
import pytest

@pytest.fixture
def late(container_name, request):
    # Any other way pytest would make the image ready before it makes a name.
    return request.getfixturevalue("stoker_image")

def test_one(stoker_image): pass
def test_two(stoker_image, container_name): pass
def test_three(late): pass
def test_four(late): pass
"""

both = pytest.mark.parametrize("workers", ["0", "2"])


def shows_no_python(result: pytest.RunResult) -> None:
    for word in ["Traceback", "plugin.py", "program.py", "once.py", "raise "]:
        assert word not in str(result.stdout) + str(result.stderr)


@both
def test_a_failed_build_is_told_in_the_builders_words_and_once(project: Project, workers: str) -> None:
    (project.root / "greeting").write_text("echo these-are-the-words; exit 3")
    project.dockerfile('RUN ["busybox", "sh", "/greeting"]')
    project.suite(ASKS)
    result = project.run("-n", workers)
    result.assert_outcomes(errors=4)
    assert "these-are-the-words" in str(result.stdout)
    # Not the words themselves: buildx says twice what a step that failed has printed.
    assert str(result.stdout).count("the builder's last lines:") == 1
    assert str(result.stdout).count("(in full with the first test that asked)") == 3
    assert len(project.warms()) == 1
    shows_no_python(result)


@both
@pytest.mark.parametrize("how", ["", "option", "CI"])
def test_without_an_engine_tests_are_skipped_unless_they_must_run(
    project: Project, monkeypatch: pytest.MonkeyPatch, workers: str, how: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    project.suite(ASKS)
    if how == "CI":
        monkeypatch.setenv("CI", "true")
    result = project.run("-n", workers, *(["--stoker-required"] if how == "option" else []))
    if how:
        result.assert_outcomes(errors=4)
        result.stdout.fnmatch_lines(["stoker: cannot reach the engine at unix:///nonexistent/docker.sock: *"])
        shows_no_python(result)
    else:
        result.assert_outcomes(skipped=4)
        result.stdout.fnmatch_lines(["SKIPPED 4 tests, stoker: cannot reach the engine at unix:///nonexist*"])
    assert len(project.warms()) == 1


@both
def test_without_the_program_tests_are_skipped_unless_they_must_run(project: Project, workers: str) -> None:
    project.suite(ASKS)
    result = project.run("-n", workers, "--stoker=gone")
    result.assert_outcomes(skipped=4)
    result.stdout.fnmatch_lines(["SKIPPED 4 tests, stoker: cannot run the program `gone`: *STOKER*--stoker"])
    result = project.run("-n", workers, "--stoker=gone", "--stoker-required")
    # Two of them fail for the name first.
    result.assert_outcomes(errors=4)
    shows_no_python(result)


def test_a_wrong_image_is_no_reason_to_skip(project: Project) -> None:
    project.suite(ASKS)
    result = project.run("--stoker-image=gone")
    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines(["*has no image `gone`; name one of: default"])
    shows_no_python(result)


@pytest.mark.parametrize(
    "script, words",
    [
        ("echo stoker: waited for 300 s >&2; exit 75", "stoker: waited for 300 s"),
        ("exit 70", "`*` ended without a word, with exit status 70"),
        ("kill -9 $$", "`*` ended without a word, with signal 9"),
        ("echo hello", "* printed what is no answer: 'hello*'"),
        ("true", "* printed what is no answer: ''"),
    ],
)
def test_other_trouble_is_an_error_with_its_words(project: Project, script: str, words: str) -> None:
    fake = project.script(project.root / "fake", f'[ "$1" = name ] && exec stoker "$@"\n{script}')
    project.suite(ASKS)
    result = project.run("--stoker", str(fake))
    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines([words])
    shows_no_python(result)


def test_what_stoker_warns_of_is_among_pytests_warnings(project: Project) -> None:
    fake = project.script(
        project.root / "fake",
        """echo '{"name": "default", "image": "some:tag", "warnings": ["a warning of ours"]}'""",
    )
    project.pytester.makepyfile(
        **{f"test_{number}": "def test(stoker_image): assert stoker_image == 'some:tag'" for number in range(4)}
    )
    for workers in ["0", "2"]:
        result = project.run("--stoker", str(fake), "-n", workers)
        result.assert_outcomes(passed=4, warnings=1)
        result.stdout.fnmatch_lines(["*StokerWarning: a warning of ours"])


def test_which_program_is_asked(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ["option", "variable"]:
        reference = f'{{"name": "default", "image": "{name}", "warnings": []}}'
        project.script(project.root / name, f"echo '{reference}'")
    # It is looked for where pytest was started, not in its root folder nor where a test has gone.
    (project.root / "inner").mkdir()
    (project.root / "inner" / "pytest.ini").write_text("[pytest]\n")
    (project.root / "inner" / "test_inner.py").write_text(
        """
import os, pathlib
def test_goes(tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    pathlib.Path(os.environ["LOG"], "said.1").write_text(request.getfixturevalue("stoker_image"))
"""
    )
    project.run("inner").assert_outcomes(passed=1)
    assert project.said("said") == [project.tag]
    monkeypatch.setenv("STOKER", "./variable")
    project.run("inner").assert_outcomes(passed=1)
    assert project.said("said") == ["variable"]
    project.run("inner", "--stoker", "./option").assert_outcomes(passed=1)
    assert project.said("said") == ["option"]


def test_the_project_is_the_one_around_pytests_root_folder_or_the_one_named(project: Project) -> None:
    (project.root / "inner").mkdir()
    (project.root / "inner" / "pytest.ini").write_text("[pytest]\n")
    (project.root / "inner" / "test_inner.py").write_text(ASKS)
    project.run("--rootdir=inner", "inner").assert_outcomes(passed=4)
    result = project.run("--stoker-project=/", "inner")
    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines(["*found neither a stoker.yaml nor a Dockerfile in /*"])


def test_whoever_ends_the_tests_ends_the_build(project: Project) -> None:
    project.dockerfile('RUN ["busybox", "sleep", "600"]')
    project.suite(ASKS)
    # To this process alone: a terminal would tell Stoker too.
    tests = subprocess.Popen(
        [sys.executable, "-m", "pytest"],
        stdout=subprocess.PIPE,
        start_new_session=True,
        # Whoever runs these tests in the background may have it ignored, and Python then leaves it so.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        wait_for(lambda: bool(project.builds()))
        assert (project.root / ".docker_build.lock").exists()
        builder = Path("/proc", (project.log / "docker").read_text().split()[0])
        tests.send_signal(signal.SIGINT)
        output, _ = tests.communicate(timeout=60)
        assert b"KeyboardInterrupt" in output
        # Stoker has waited for it, and pytest for Stoker, which was not just killed: that would leave the lock.
        assert not builder.exists()
        assert not (project.root / ".docker_build.lock").exists()
    finally:
        tests.kill()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
