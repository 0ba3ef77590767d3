"""Python's packages in `stoker run`, which `check` starts; the engine itself is named in STOKER_TEST_ENGINE."""

from __future__ import annotations

import io
import os
import socket
import tarfile
import uuid
from contextlib import closing
from pathlib import Path
from typing import Iterator

import docker
import pytest
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

LEASE = os.environ["STOKER_LEASE"]
BUSYBOX = "/bin/busybox"


def tar(name: str, content: bytes, mode: int = 0o644) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(content), mode
        archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """The engine itself, past the proxy."""
    with closing(docker.DockerClient(base_url=os.environ["STOKER_TEST_ENGINE"])) as client:
        yield client


@pytest.fixture(scope="session")
def image(engine: docker.DockerClient) -> Iterator[str]:
    tag = "stoker-test-python:" + uuid.uuid4().hex
    busybox = Path(os.environ["STOKER_TEST_BUSYBOX"]).read_bytes()
    name, version = tag.split(":")
    engine.api.import_image_from_data(tar("bin/busybox", busybox, 0o755), repository=name, tag=version)
    yield tag
    engine.images.remove(tag, force=True)


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    """As any test suite has it. What it makes and leaves behind goes when `stoker run` ends."""
    with closing(docker.from_env()) as client:
        yield client


def owned(labels: dict[str, str]) -> dict[str, str]:
    """The labels that are neither Stoker's own nor the engine's, of something that is owned."""
    assert labels["dev.stoker.lease"] == LEASE
    # Newer engines say of every volume that nobody has named it.
    theirs = ("dev.stoker.", "com.docker.volume.anonymous")
    return {name: value for name, value in labels.items() if not name.startswith(theirs)}


def labels(engine: docker.DockerClient, container_id: str) -> dict[str, str]:
    return engine.api.inspect_container(container_id)["Config"]["Labels"]


def test_run_returns_the_output(client: docker.DockerClient, image: str) -> None:
    output = client.containers.run(image, [BUSYBOX, "echo", "hello"], network_mode="none", remove=True)
    assert output == b"hello\n"


def test_a_container_and_a_volume_are_owned(
    client: docker.DockerClient, engine: docker.DockerClient, image: str
) -> None:
    container = client.containers.create(image, [BUSYBOX, "true"], network_mode="none", labels={"mine": "1"})
    assert owned(labels(engine, container.id)) == {"mine": "1"}
    volume = client.volumes.create(labels={"mine": "1"})
    assert owned(engine.volumes.get(volume.name).attrs["Labels"]) == {"mine": "1"}
    assert owned(engine.volumes.get(client.volumes.create().name).attrs["Labels"]) == {}


def test_streams_pass(client: docker.DockerClient, image: str) -> None:
    script = "for i in 1 2 3; do echo line $i; done; busybox sleep 100000"
    container = client.containers.run(
        image, [BUSYBOX, "sh", "-c", script], network_mode="none", environment={"PATH": "/bin"}, detach=True
    )
    lines = container.logs(stream=True, follow=True)
    assert b"".join(next(lines) for _ in range(3)) == b"line 1\nline 2\nline 3\n"
    status, output = container.exec_run([BUSYBOX, "sh", "-c", "echo out; echo err >&2; exit 3"], demux=True)
    assert (status, output) == (3, (b"out\n", b"err\n"))
    content = os.urandom(3_000_000)
    container.put_archive("/", tar("file", content))
    stream, _ = container.get_archive("/file")
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
        copied = archive.extractfile("file")
        assert copied is not None and copied.read() == content
    created = client.api.exec_create(container.id, [BUSYBOX, "wc", "-c"], stdin=True)
    hijacked = client.api.exec_start(created["Id"], socket=True)._sock
    hijacked.sendall(b"x" * 100_000)
    hijacked.shutdown(socket.SHUT_WR)
    answer = b""
    while piece := hijacked.recv(4096):
        answer += piece
    # The first eight bytes say which stream it is.
    assert answer[8:] == b"100000\n"
    container.kill()
    assert container.wait()["StatusCode"] == 137


def test_testcontainers_owns_its_containers(
    client: docker.DockerClient, engine: docker.DockerClient, image: str
) -> None:
    assert testcontainers_config.ryuk_disabled
    script = [BUSYBOX, "sh", "-c", "echo ready; busybox sleep 100000"]
    described = (
        DockerContainer(image)
        .with_command(script)
        .with_env("PATH", "/bin")
        .with_kwargs(network="none")
        .waiting_for(LogMessageWaitStrategy("ready"))
    )
    with described as container:
        found = labels(engine, container.get_wrapped_container().id)
        assert found["dev.stoker.lease"] == LEASE
        assert found["org.testcontainers"] == "true"
        assert container.exec([BUSYBOX, "echo", "hello"]) == (0, b"hello\n")
        assert container.get_logs() == (b"ready\n", b"")
        reapers = client.containers.list(all=True, filters={"ancestor": testcontainers_config.ryuk_image})
        assert reapers == []
