"""Real runs of pytest-xdist, cold: whatever is asked in parallel."""

from __future__ import annotations

import json
import re

from conftest import Project

WORKERS = 8

STARTS = """
import os, pathlib, subprocess
import pytest

def docker(*arguments):
    return subprocess.run(["docker", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

@pytest.mark.parametrize("number", range(40))
def test_starts(number, stoker_image, container_name):
    docker("run", "--detach", "--network", "none", "--name", container_name, stoker_image, "busybox", "sleep", "600")
    said = [os.environ["PYTEST_XDIST_WORKER"], stoker_image, docker("inspect", "--format", "{{.Image}}", container_name)]
    pathlib.Path(os.environ["LOG"], f"said.{number}").write_text(" ".join(said))
    assert number % 2, "every second test fails"
"""

NAMES = """
import os, pathlib

def test_many(container_name, container_names, request):
    names = [container_name, *container_names.several(124)]
    pathlib.Path(os.environ["LOG"], f"names.{request.path.stem}").write_text(" ".join(names))
"""

ASKS = """
import pytest

@pytest.mark.parametrize("number", range(8))
def test_asks(number, stoker_image):
    pass
"""


def test_eight_cold_workers_cause_one_build_and_leave_no_container(project: Project) -> None:
    # Long enough that all have asked before it ends.
    project.dockerfile('RUN ["busybox", "sleep", "2"]')
    project.suite(STARTS)
    result = project.run("-n", str(WORKERS))
    result.assert_outcomes(passed=20, failed=20)
    assert len(project.builds()) == 1, project.calls("docker")
    assert project.warms() == ["warm --json"]
    said = [line.split() for line in project.said("said")]
    assert len(said) == 40
    assert len({worker for worker, _, _ in said}) == WORKERS
    assert {image for _, image, _ in said} == {project.tag}
    assert len({image_id for _, _, image_id in said}) == 1
    # All 40 were there, or no test had got as far as to say something.
    assert project.containers() == []
    # The run was the project's, and the next one finds its image.
    record = json.loads((project.root / ".docker_test_cache.json").read_text())
    assert said[0][2].startswith("sha256:" + record["image_id"])


def test_a_second_run_builds_nothing(project: Project) -> None:
    project.suite(ASKS)
    project.run("-n", "2").assert_outcomes(passed=8)
    project.run("-n", "2").assert_outcomes(passed=8)
    project.run().assert_outcomes(passed=8)
    assert len(project.builds()) == 1
    assert len(project.warms()) == 3


def test_ten_thousand_names_of_eight_workers_are_all_different(project: Project) -> None:
    # With six digits 10,000 names of one stem have a pair that is the same in 95 runs of 100.
    project.settings(f"image: {{tag: '{project.tag}'}}", digits=6)
    # Of one name, so that the stem does not keep the tests apart.
    project.pytester.makepyfile(**{f"test_{number}": NAMES for number in range(80)})
    result = project.run("-n", str(WORKERS))
    result.assert_outcomes(passed=80)
    names = [name for line in project.said("names") for name in line.split()]
    assert len(names) == 10_000
    assert len(set(names)) == 10_000
    form = re.compile(rf"{project.id}-gw[0-7]-test-many-[0-9a-f]{{6}}")
    assert [name for name in names if not form.fullmatch(name)] == []
    assert {name.split("-")[1] for name in names} == {f"gw{number}" for number in range(WORKERS)}


def test_a_run_that_wants_no_image_asks_for_none(project: Project) -> None:
    project.suite("def test_alone(): pass")
    project.run().assert_outcomes(passed=1)
    project.run("-n", "2").assert_outcomes(passed=1)
    assert project.calls("stoker") == []


def test_when_the_worker_that_asks_is_killed_another_one_asks(project: Project) -> None:
    project.suite(ASKS)
    stoker = project.script(
        project.root / "deadly",
        'if [ "$1" = warm ] && mkdir "$LOG/killed" 2>/dev/null; then kill -9 $PPID; exit 1; fi\nexec stoker "$@"',
    )
    result = project.run("-n", "4", "--stoker", str(stoker))
    # The test that the killed worker was at is the only one lost.
    result.assert_outcomes(passed=7, failed=1)
    assert (project.log / "killed").is_dir()
    assert project.warms() == ["warm --json"]


def test_several_images_and_which_is_the_first(project: Project) -> None:
    project.settings(
        f"images:\n  one: {{tag: '{project.tag}-one', network: none}}\n"
        f"  two: {{tag: '{project.tag}-two', network: none, args: {{A: b}}}}"
    )
    project.suite(
        """
import os, pathlib
def test_says(stoker_image, stoker_images):
    pathlib.Path(os.environ["LOG"], "said.1").write_text(f"{stoker_image} {stoker_images}")
"""
    )
    one, two = f"{project.tag}-one", f"{project.tag}-two"
    for option, expected in [
        ("two", f"{two} {({'two': two})}"),
        ("two,one", f"{two} {({'two': two, 'one': one})}"),
        ("", f"{one} {({'one': one, 'two': two})}"),
    ]:
        for workers in ["0", "2"]:
            project.run("-n", workers, f"--stoker-image={option}").assert_outcomes(passed=1)
            assert project.said("said") == [expected]
