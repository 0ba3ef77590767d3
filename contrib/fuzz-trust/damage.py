"""Damages bytes at random: what others may have written into a file, a request or an answer."""

import random
import re

NUMBERS = [
    b"-1", b"0", b"1e400", b"-1e30", b"NaN", b"9223372036854775807", b"9223372036854775808",
    b"-9223372036854775809", b"18446744073709551616", b"0.1", b"1" + b"0" * 400,
]
TOKENS = [
    b"\x00", b"\xff\xfe", b"\x1b[31m", b"\xc2\x9b2J", b"\xe2\x80\xae", b"\r\n\r\n", b"null", b"true", b"{}", b"[]",
    b'"', b"\\", b"\\u0000", b"\\ud800", b"../../..", b"/", b"&a [*a, *a]", b"*a", b"<<: *a", b"!!binary x", b"? ", b"- ",
    b": ", b"\t", b"---\n", b"|\n", b"%", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"chunked",
    b"Expect: 100-continue\r\n", b"HTTP/1.0", b"Upgrade: tcp\r\n", b"Connection: close\r\n",
]
LONG = [b"[" * 20_000, b'{"a":' * 20_000, b"x" * 100_000, b"  - " * 5_000, b"\xf0\x9f\x94\xa5" * 10_000]


def damage(rng: random.Random, data: bytes) -> bytes:
    """The same with one to four faults in it."""
    for _ in range(rng.randint(1, 4)):
        data = _fault(rng, data)
    return data


def _fault(rng: random.Random, data: bytes) -> bytes:
    start = rng.randint(0, len(data))
    end = min(len(data), start + rng.choice([1, 4, 30, 500]))
    match rng.randint(0, 8):
        case 0:
            return data[:start] + bytes([rng.randint(0, 255)]) + data[start + 1:]
        case 1:
            return data[:start] + data[end:]
        case 2:
            return data[:end] + data[start:end] * rng.choice([1, 2, 1_000]) + data[end:]
        case 3:
            return data[:start]
        case 4 | 5:
            return data[:start] + rng.choice(TOKENS) + data[start:]
        case 6:
            return data[:start] + rng.choice(LONG) + data[start:] if rng.random() < 0.2 else data
        case 7:
            return _replaced(rng, data, rb"-?\d+(\.\d+)?", NUMBERS)
        case _:
            return _replaced(rng, data, rb'"[^"]*"|[A-Za-z_-]{2,}', TOKENS + NUMBERS + [b'""', b"[1]"])


def _replaced(rng: random.Random, data: bytes, pattern: bytes, words: list[bytes]) -> bytes:
    places = list(re.finditer(pattern, data))
    if not places:
        return data
    place = rng.choice(places)
    return data[:place.start()] + rng.choice(words) + data[place.end():]
