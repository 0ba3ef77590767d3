"""The names that tests give their containers, and what becomes of the containers."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from conftest import Project, docker

from pytest_stoker.names import remove, stem
from pytest_stoker.program import Stoker, StokerError

CLIENTS = os.environ["STOKER_TEST_CLIENTS"].split(":")


@pytest.mark.parametrize(
    "text, room, expected",
    [
        ("test_sync", 49, "test-sync"),
        ("test_sync[a/b-1]", 49, "test-sync-a-b-1"),
        ("test_Größe", 49, "test-gr-e"),
        ("___", 49, "test"),
        ("", 49, "test"),
        ("日本", 3, "tes"),
        ("test_sync_all", 10, "test-sync"),
        ("x" * 100, 49, "x" * 49),
    ],
)
def test_a_stem_is_what_a_host_may_be_called(text: str, room: int, expected: str) -> None:
    assert stem(text, room) == expected


@pytest.mark.parametrize("pattern", ["clud-*-{hex:8}", "a-long-prefix-of-a-product-*-and-more-{hex:16}"])
def test_stoker_takes_every_stem_whatever_the_pattern(project: Project, pattern: str) -> None:
    (project.root / "stoker.yaml").write_text(f"reaping: {{patterns: ['{pattern}']}}\n")
    project.pytester.makepyfile(
        test_suite="""
import pytest

@pytest.mark.parametrize("word", ["x", "ä", "a b/c", "..", "-"])
def test_with(word, container_name, container_names):
    print("NAME", container_name)
    print("NAME", container_names("db"))

def test_%s(container_name):
    print("NAME", container_name)
"""
        % ("long_" * 40)
    )
    result = project.run("-s")
    result.assert_outcomes(passed=6)
    names = re.findall("NAME (.*)", str(result.stdout))
    form = re.compile(re.escape(pattern.split("{")[0]).replace(r"\*", "[a-z0-9-]+") + "[0-9a-f]+")
    assert len(names) == 11
    assert [name for name in names if not form.fullmatch(name) or len(name) > 63] == []
    assert max(map(len, names)) == 63


def test_a_name_that_comes_again_is_not_given_again(project: Project) -> None:
    # Each name twice, of which real digits give no example that a test could wait for.
    fake = project.script(
        project.root / "fake",
        'n=$(cat n || echo 0); echo $((n + $4)) >n; for i in $(seq $4); do echo "$2-$(((n + i) / 2))"; done',
    )
    project.suite(
        """
def test_some(container_names):
    names = [container_names() for _ in range(20)] + container_names.several(20)
    assert len(set(names)) == 40
"""
    )
    project.run("--stoker", str(fake)).assert_outcomes(passed=1, errors=0)


def test_a_program_without_new_names_is_told(project: Project) -> None:
    fake = project.script(project.root / "fake", "echo same-00000000")
    project.suite("def test_two(container_names): container_names(), container_names()")
    result = project.run("--stoker", str(fake))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*prints names that it has printed before"])


MAKES = """
import os, pathlib, subprocess
import pytest

def make(name, image, *more):
    command = ["docker", "run", "--detach", "--network", "none", "--volume", "/data", "--name", name, *more]
    subprocess.run([*command, image, "busybox", "sleep", "600"], check=True)
    command = ["docker", "inspect", "--format", "{{range .Mounts}}{{.Name}}{{end}}", name]
    volume = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    pathlib.Path(os.environ["LOG"], f"volume.{name}").write_text(volume)

@pytest.fixture
def broken(container_name, stoker_image):
    make(container_name, stoker_image)
    raise OSError("not today")

def test_passes(stoker_image, container_name, container_names):
    for name in [container_name, container_names("db"), *container_names.several(3, "node")]:
        make(name, stoker_image)

def test_fails(stoker_image, container_name):
    make(container_name, stoker_image)
    assert False

def test_has_a_broken_fixture(broken): pass

def test_is_interrupted(stoker_image, container_name):
    make(container_name, stoker_image)
    raise SystemExit(3)

def test_removes_it_itself(stoker_image, container_name):
    make(container_name, stoker_image)
    subprocess.run(["docker", "rm", "--force", "--volumes", container_name], check=True)

def test_has_it_removed_at_its_end(stoker_image, container_name):
    make(container_name, stoker_image, "--rm")
    subprocess.run(["docker", "kill", container_name], check=True)

def test_makes_a_neighbour(stoker_image, container_name):
    make(container_name + "-not-mine", stoker_image)
"""


def test_the_containers_of_a_test_go_with_it_and_no_other(project: Project) -> None:
    project.suite(MAKES)
    result = project.run()
    result.assert_outcomes(passed=4, failed=2, errors=1)
    left = project.containers()
    assert len(left) == 1 and left[0].endswith("-not-mine")
    # Their anonymous volumes went too.
    made = project.said("volume")
    assert len(set(made)) == 11 and "" not in made
    mount = docker("inspect", "--format", "{{range .Mounts}}{{.Name}}{{end}}", left[0])
    assert set(made) & set(docker("volume", "ls", "--quiet").split()) == {mount}


@pytest.mark.parametrize("client", CLIENTS)
def test_one_that_is_not_there_is_no_error(client: str) -> None:
    assert remove(client, []) is None
    assert remove(client, ["stoker-pytest-none-00000000", "stoker-pytest-none-00000001"]) is None


@pytest.mark.parametrize("client", CLIENTS)
def test_one_that_may_be_left_is_an_error(client: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    words = remove(client, ["stoker-pytest-none-00000000"])
    assert words and "nonexistent" in words


def test_a_container_that_does_not_go_is_told_with_the_test(project: Project) -> None:
    client = project.script(
        project.root / "client", "echo No such container: a >&2; echo 'device is busy: b' >&2; exit 1"
    )
    project.suite("def test_one(container_name): pass")
    result = project.run("--stoker-client", str(client))
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["containers of this test may be left*", "device is busy: b"])
    result.stdout.no_fnmatch_line("*No such container*")


def test_stoker_reap_takes_what_a_killed_run_leaves(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.suite(
        """
import os, signal, subprocess
def test_dies(stoker_image, container_name):
    command = ["docker", "run", "--detach", "--network", "none", "--name", container_name]
    subprocess.run([*command, stoker_image, "busybox", "true"], check=True)
    subprocess.run(["docker", "wait", container_name], check=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    )
    assert project.run().ret == -9
    assert len(project.containers()) == 1
    # Older than no time at all: its end was before this question.
    reap = ["stoker", "reap", "--older-than", "0s", "--json"]
    refused = subprocess.run(
        reap, check=True, cwd=project.root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8"
    )
    # What a project calls its own, its person has to admit; the answer says how.
    assert len(project.containers()) == 1
    line = refused.stderr[refused.stderr.index("projects: {") :]
    (project.root / "person" / "stoker").mkdir(parents=True)
    (project.root / "person" / "stoker" / "config.yaml").write_text(line)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project.root / "person"))
    subprocess.run(reap, check=True, cwd=project.root, stdout=subprocess.DEVNULL)
    assert project.containers() == []


def test_a_stem_that_stoker_refuses_is_told(project: Project) -> None:
    with pytest.raises(StokerError, match="cannot be in a container name") as trouble:
        Stoker("stoker", project.root).names("a b")
    assert trouble.value.status == 64
