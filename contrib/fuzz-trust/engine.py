"""An engine that is none: it answers as one that has nothing but what `contents` says, damaged if asked to."""

import json
import random
import socket
import threading
import time
from collections.abc import Callable

from damage import damage

ID = "ab" * 32
CONTAINER = {
    "Id": ID, "Names": ["/clud-a-0123abcd"], "Image": "a", "ImageID": "sha256:" + ID, "Command": "x", "Created": 1,
    "State": "exited", "Status": "Exited", "Labels": {"dev.stoker.lease": "0123456789abcdef0123456789abcdef"}, "Mounts": [],
}
INSPECTED = {
    "Id": ID, "Name": "/clud-a-0123abcd", "Created": "2020-01-01T00:00:00.0Z", "Image": "sha256:" + ID, "ExecIDs": None,
    "State": {"Status": "exited", "Running": False, "StartedAt": "2020-01-01T00:00:00Z",
              "FinishedAt": "2020-01-01T00:00:01Z", "Pid": 0},
    "HostConfig": {"RestartPolicy": {"Name": "no"}, "NetworkMode": "none"}, "Config": {"Labels": {}, "Hostname": "a"},
}
IMAGE = {
    "Id": "sha256:" + ID, "ParentId": "sha256:" + ID, "RepoTags": ["stoker-build:0000000000000001-01234567"],
    "Parent": "sha256:" + ID, "Created": 1, "Size": 5, "Containers": -1, "Labels": None, "RepoDigests": [],
}


def contents(path: str) -> tuple[int, object]:
    """What a sound engine would say to a request for `path`."""
    match path.split("?")[0].strip("/").split("/"):
        case ["_ping"]:
            return 200, "OK"
        case ["version"]:
            return 200, {"ApiVersion": "1.41", "MinAPIVersion": "1.12", "Version": "20.10.24"}
        case ["info"]:
            return 200, {"ID": "E", "SystemTime": time.strftime("%Y-%m-%dT%H:%M:%S.000000000Z", time.gmtime()),
                         "Driver": "overlay2", "OSType": "linux", "Architecture": "x86_64"}
        case ["containers", "json"]:
            return 200, [CONTAINER]
        case ["containers", "create"] | ["networks", "create"]:
            return 201, {"Id": ID, "Warnings": []}
        case ["volumes", "create"]:
            return 201, {"Name": "v", "Labels": {}}
        case ["containers", _, "json"]:
            return 200, INSPECTED
        case ["images", "json"]:
            return 200, [IMAGE, IMAGE | {"Id": "sha256:" + "cd" * 32}]
        case ["images", *_, "json"]:
            return 200, IMAGE
        case ["volumes"]:
            return 200, {"Volumes": [], "Warnings": None}
        case ["networks"]:
            return 200, []
        case _:
            return 404, {"message": "no such thing"}


class Engine:
    """Listens at `path`. With a generator its answers are damaged, one in two."""

    def __init__(self, path: str, rng: random.Random | None = None) -> None:
        self.path, self.rng = path, rng
        self.lock = threading.Lock()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(512)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._guarded, args=(self._serve, client), daemon=True).start()

    @staticmethod
    def _guarded(work: Callable[[socket.socket], None], client: socket.socket) -> None:
        with client:
            try:
                client.settimeout(30)
                work(client)
            except (OSError, ValueError, IndexError):
                pass

    def _serve(self, client: socket.socket) -> None:
        data = b""
        while True:
            while b"\r\n\r\n" not in data:
                more = client.recv(65536)
                if not more:
                    return
                data += more
            head, data = data.split(b"\r\n\r\n", 1)
            path = head.split(b" ")[1].decode("latin-1")
            length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                           if line.lower().startswith(b"content-length:")), 0)
            while len(data) < length and (more := client.recv(65536)):
                data += more
            data = data[length:]
            if not self._answer(client, path.removeprefix("/v1.41")):
                return

    def _answer(self, client: socket.socket, path: str) -> bool:
        if path.startswith("/v1."):
            path = "/" + path.split("/", 2)[2]
        status, value = contents(path)
        body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        whole = False
        with self.lock:
            is_damaged = self.rng is not None and self.rng.random() < 0.5
            if is_damaged and self.rng:
                whole = self.rng.random() < 0.2
                if not whole:
                    body = damage(self.rng, body)
        answer = (f"HTTP/1.1 {status} x\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n"
                  f"Content-Length: {len(body)}\r\n\r\n").encode() + body
        if whole and self.rng:
            answer = damage(self.rng, answer)
        client.sendall(answer)
        # What is left open in a damaged answer ends with the connection.
        return not is_damaged
