"""Gives Stoker damaged requests, configurations, files and answers, and says what they did to it: see `run`."""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from damage import damage
from engine import Engine

STOKER, BASE, REAL_ENGINE = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
# Seconds. Nothing that is asked here takes one.
LIMIT = 5.0


OWN_NAMES = ["Dockerfile", ".dockerignore", "a", "stoker.yaml"]


class Finding(Exception):
    """What must not happen."""


def environment(engine: str) -> dict[str, str]:
    own = {"HOME": str(BASE / "home"), "PATH": os.environ["PATH"], "DOCKER_HOST": "unix://" + engine, "LC_ALL": "C.UTF-8"}
    for name in ["CACHE_HOME", "CONFIG_HOME", "STATE_HOME", "RUNTIME_DIR"]:
        folder = BASE / name.lower()
        folder.mkdir(mode=0o700, exist_ok=True)
        own["XDG_" + name] = str(folder)
    return own | {name: os.environ[name] for name in ["DOCKER_CONFIG", "DOCKER_BUILDKIT"] if name in os.environ}


def command(project: Path, engine: str, *words: str, limit: float = LIMIT) -> int:
    """The status of a command that must neither crash nor hang."""
    started = time.monotonic()
    try:
        result = subprocess.run([STOKER, *words], cwd=project, env=environment(engine), capture_output=True,
                                stdin=subprocess.DEVNULL, timeout=60)
    except subprocess.TimeoutExpired:
        raise Finding(f"{words} did not end within 60 s") from None
    took = time.monotonic() - started
    if result.returncode < 0 or result.returncode == 70:
        raise Finding(f"{words} ended with {result.returncode}: {result.stderr[-2000:]!r}")
    if took > limit:
        raise Finding(f"{words} took {took:.1f} s")
    printed = result.stdout + result.stderr
    if re.search(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]", printed):
        raise Finding(f"{words} printed what a terminal takes for a command: {printed[-2000:]!r}")
    return result.returncode


def project(name: str, configuration: str | None = None) -> Path:
    folder = BASE / name
    folder.mkdir()
    # The boundary ends here.
    (folder / ".git").mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY a /a\n")
    (folder / ".dockerignore").write_text(".git\n.stoker*\n*.sock\n")
    (folder / "a").write_text("first")
    if configuration is not None:
        (folder / "stoker.yaml").write_text(configuration)
    return folder


def exchange(path: str, request: bytes) -> str:
    """How a server on a socket answers one request; it has to answer, or to close, by itself."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(LIMIT)
        try:
            client.connect(path)
            client.sendall(request)
            client.shutdown(socket.SHUT_WR)
            answer = b""
            while len(answer) < 1 << 20 and (more := client.recv(65536)):
                answer += more
        except TimeoutError:
            raise Finding(f"no answer within {LIMIT:.0f} s to {request[:1000]!r}") from None
        except (BrokenPipeError, ConnectionResetError):
            return "closed"
    return answer[9:12].decode("latin-1") if answer.startswith(b"HTTP/1.") else "closed"


def request(rng: random.Random, head: str, body: bytes, is_chunked: bool = False) -> bytes:
    """Damaged as a whole, or in its body alone, which then has the right length."""
    is_whole = rng.random() < 0.5
    if not is_whole:
        body = damage(rng, body)
    framing = f"Content-Length: {len(body)}\r\n"
    if is_chunked:
        framing, body = "Transfer-Encoding: chunked\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    message = f"{head}{framing}\r\n".encode() + body
    return damage(rng, message) if is_whole else message


def started(folder: Path, engine: str, *words: str) -> subprocess.Popen[bytes]:
    log = (BASE / f"{words[0]}.log").open("wb")
    return subprocess.Popen([STOKER, *words], cwd=folder, env=environment(engine), stdin=subprocess.DEVNULL,
                            stdout=log, stderr=log)


def await_file(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        if time.monotonic() > deadline:
            raise Finding(f"the command that makes {path} was not started")
        time.sleep(0.05)


def await_socket(path: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                return probe.connect(str(path))
            except OSError:
                if time.monotonic() > deadline:
                    raise Finding(f"nobody listens on {path}") from None
        time.sleep(0.05)


def ended(process: subprocess.Popen[bytes], statuses: tuple[int, ...]) -> None:
    if process.poll() is not None:
        raise Finding(f"it had ended before, with {process.returncode}")
    process.send_signal(signal.SIGTERM)
    try:
        status = process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        raise Finding("SIGTERM did not end it within 10 s") from None
    if status not in statuses:
        raise Finding(f"it ended with {status}")


def control(rng: random.Random, count: int) -> Iterator[str]:
    """Requests to an agent."""
    folder = project("control")
    engine = Engine(str(BASE / "control.sock"))
    agent = started(folder, engine.path, "agent", str(folder))
    place = BASE / "runtime_dir/stoker/agent.sock"
    await_socket(place)
    endpoint = f'{{"address":{{"unix":{{"path":"{engine.path}"}}}}}}'
    bodies = [
        f'{{"project":"{folder}","images":["default"],"engine":"{engine.path}"}}',
        f'{{"project":"{folder}","image":"none","timeout":1,"endpoint":{endpoint}}}',
        f'{{"project":"/other","image":"default","timeout":600,"endpoint":{endpoint}}}',
    ]
    for _ in range(count):
        path, body = rng.choice([("status", ""), ("hits", bodies[0]), ("warm", bodies[1]), ("warm", bodies[2])])
        head = f"{'POST' if body else 'GET'} /v1/{path} HTTP/1.1\r\nHost: stoker\r\nConnection: close\r\n"
        yield exchange(str(place), request(rng, head, body.encode()))
    if command(folder, engine.path, "status") != 0:
        raise Finding("the agent does not answer any more")
    ended(agent, (0,))


def proxy(rng: random.Random, count: int) -> Iterator[str]:
    """Requests through the proxy of a run."""
    folder = project("proxy")
    engine = Engine(str(BASE / "proxy.sock"))
    told = BASE / "proxy.host"
    run = started(folder, engine.path, "run", "--no-warm", "--", "sh", "-c",
                  f'echo "$DOCKER_HOST" > {told}.new; mv {told}.new {told}; exec sleep 100000')
    await_file(told)
    place = told.read_text().strip().removeprefix("unix://")
    body = '{"Image":"a","Labels":{"a":"b"},"HostConfig":{"Memory":1048576},"Env":["A=1"]}'
    for _ in range(count):
        head = rng.choice([
            "GET /v1.41/_ping", "GET /v1.41/containers/json?all=1", "POST /v1.41/containers/create?name=a",
            "POST /networks/create", "POST /v1.41/volumes/create", "POST /v1.41/build?t=a", "POST /session",
        ])
        head += " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n"
        content = b"" if head.startswith("GET") else body.encode()
        yield exchange(place, request(rng, head, content, is_chunked=bool(content) and rng.random() < 0.5))
    ended(run, (143, -signal.SIGTERM))


def yaml(rng: random.Random, count: int) -> Iterator[str]:
    """A project's stoker.yaml."""
    sample = """\
images:
  default: {tag: "app-test:latest", dockerfile: Dockerfile, context: ., target: x, args: {A: "1"}, keep: 5}
  other:
    context: sub
    build-contexts: {data: ./sub}
    cache-from: ["type=local,src=sub"]
    lock: {path: sub/lock, timeout: 5m, keep: true}
reaping: {patterns: ["clud-*-{hex:8}"], older-than: 2h, running-older-than: 24h, every: 10m, exempt: ["clud-x-*"]}
"""
    folder = project("yaml", sample)
    for words in counted(rng, count, [["inputs"], ["inputs", "other", "--digest"], ["reap", "--dry-run"], ["status"]]):
        (folder / "stoker.yaml").write_bytes(damage(rng, sample.encode()))
        yield str(command(folder, str(BASE / "no.sock"), *words))


def files(rng: random.Random, count: int) -> Iterator[str]:
    """What Stoker itself has written, by a real build on a real engine."""
    folder = project("files", "image: {tag: 'stoker-fuzz-trust:latest'}\n")
    if command(folder, REAL_ENGINE, "warm", "--no-agent", limit=120) != 0:
        raise Finding("the first build failed")
    # A lease and its journal, as a killed run leaves them.
    made = BASE / "made"
    run = started(folder, REAL_ENGINE, "run", "--no-warm", "--", "sh", "-c",
                  f"docker volume create; touch {made}; exec sleep 1000")
    await_file(made)
    run.kill()
    run.wait()
    places = [path for path in folder.iterdir() if path.is_file() and path.name not in OWN_NAMES]
    places += [BASE / "cache_home/stoker", BASE / "state_home/stoker"]
    commands = [["status"], ["inputs"], ["reap", "--dry-run"], ["warm", "--no-agent"], ["warm", "--no-agent", "--json"]]
    # As they were before a command made them whole again.
    spare = BASE / "spare"
    shutil.copytree(BASE, spare, ignore=lambda _, names: [n for n in names if n in ("spare", "home") or n.endswith(".sock")])
    known = [path for place in places for path in ([place] if place.is_file() else sorted(place.rglob("*")))
             if path.is_file() and not path.is_symlink() and "snapshots" not in path.parts and path.stat().st_size > 0]
    kinds = Counter(path.parent.name for path in known)
    print(f"  {len(known)} files: {dict(kinds)}")
    for words in counted(rng, count, commands):
        path = rng.choice(known)
        sound = (spare / path.relative_to(BASE)).read_bytes()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(damage(rng, sound))
        yield str(command(folder, REAL_ENGINE, *words, limit=LIMIT + (10 if words[0] == "warm" else 0)))
    if command(folder, REAL_ENGINE, "warm", "--no-agent", limit=120) != 0:
        raise Finding("the next warm does not recover")


def engine(rng: random.Random, count: int) -> Iterator[str]:
    """What an engine answers."""
    folder = project("engine")
    lying = Engine(str(BASE / "lying.sock"), rng)
    commands = [["reap"], ["reap", "--dry-run", "--json"], ["status"], ["warm", "--no-agent", "--timeout", "1"]]
    for words in counted(rng, count, commands):
        yield str(command(folder, lying.path, *words, limit=LIMIT + (25 if words[0] == "warm" else 0)))


def counted(rng: random.Random, count: int, commands: list[list[str]]) -> Iterator[list[str]]:
    return (rng.choice(commands) for _ in range(count))


def main() -> int:
    seed, share = int(sys.argv[4]), int(sys.argv[5])
    targets = [(control, 4_500), (proxy, 10_000), (yaml, 1_200), (files, 2_000), (engine, 2_000)]
    failures = 0
    for target, whole in targets:
        if sys.argv[6:] and target.__name__ not in sys.argv[6:]:
            continue
        rng, count = random.Random(f"{seed} {target.__name__}"), max(1, whole * share // 100)
        outcomes: Counter[str] = Counter()
        started_at = time.monotonic()
        try:
            for outcome in target(rng, count):
                outcomes[outcome] += 1
        except Finding as finding:
            failures += 1
            print(f"FOUND by {target.__name__}, number {outcomes.total() + 1} of seed {seed}: {finding}")
        took = time.monotonic() - started_at
        print(f"{target.__name__}: {outcomes.total()} of {count} in {took:.0f} s: {dict(sorted(outcomes.items()))}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
