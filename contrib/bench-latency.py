"""Part of contrib/bench: how long after a write a program that watches tells of it.

bench-latency.py TITLE FOLDER READY COMMAND...: starts the command, waits for a line with READY in it (with -,
until it first tells of a file), writes files of new names below FOLDER, and prints a row of a Markdown table.
With WORK in the environment, it prints a second one: how long until a line with WORK in it follows.
"""

import os
import queue
import subprocess
import sys
import threading
import time

title, folder, ready, *command = sys.argv[1:]
program = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
lines = queue.Queue()


def read():
    for line in program.stdout:
        lines.put((time.monotonic(), line.decode(errors="replace")))
    lines.put((0, None))


threading.Thread(target=read, daemon=True).start()


def told(word, seconds):
    """When a line with the word came; None when the time is over."""
    deadline = time.monotonic() + seconds
    while (rest := deadline - time.monotonic()) > 0:
        try:
            moment, line = lines.get(timeout=rest)
        except queue.Empty:
            return None
        if line is None:
            sys.exit(f"{command[0]} has ended")
        if word in line:
            return moment
    return None


def write(number):
    """A file somewhere in the tree, and the moment before it was made."""
    above = folders[number * 7919 % len(folders)]
    name = f"latency-{os.getpid()}-{number}.txt"
    moment = time.monotonic()
    with open(os.path.join(above, name), "w") as file:
        file.write("x")
    return moment, name


def row(title, times):
    times.sort()
    parts = [times[len(times) // 2], times[len(times) * 95 // 100], times[len(times) * 99 // 100], times[-1]]
    print(f"| {title} | " + " | ".join(f"{part:.2f} ms" for part in parts) + " |")


work = os.environ.get("WORK")
folders = [entry.path for package in sorted(os.scandir(folder), key=lambda e: e.name) for entry in os.scandir(package)]
try:
    if ready != "-":
        if told(ready, 300) is None:
            sys.exit(f"{command[0]} is not ready")
        time.sleep(2)
    # The first ones are not counted: some programs are ready before they say so, and some later.
    first = next((n for n in range(-20, 0) if told(write(n)[1], 2) is not None), None)
    if first is None:
        print(f"| {title} | tells of no file | | | |")
        sys.exit()
    times, works = [], []
    for number in range(int(os.environ.get("WRITES", "50"))):
        start, name = write(number)
        moment = told(name, 10)
        if moment is None:
            sys.exit(f"{command[0]} has not told of {name}")
        times.append((moment - start) * 1000)
        if work:
            moment = told(work, 10)
            if moment is None:
                sys.exit(f"{command[0]} has not set to work after {name}")
            works.append((moment - start) * 1000)
        time.sleep(0.25)
    row(title, times)
    if work:
        row(f"{title}, until it sets to work", works)
finally:
    program.terminate()
    program.wait()
    for number in range(-20, 1000):
        above = folders[number * 7919 % len(folders)]
        try:
            os.unlink(os.path.join(above, f"latency-{os.getpid()}-{number}.txt"))
        except FileNotFoundError:
            pass
