"""Part of contrib/bench: how long after one process lets a lock go another has it.

bench-lock.py FOLDER ROUNDS NAME COMMAND [NAME COMMAND]...: two processes of each command (split at spaces, with a lock
file added) hand the lock to each other, the commands in turns, and a row of a Markdown table is printed for each. Both
processes read CLOCK_MONOTONIC themselves: right before the release, and right after the lock was had.
"""

import os
import random
import subprocess
import sys
import time

folder, rounds, *words = sys.argv[1:]


class Holder:
    def __init__(self, command, lock):
        program, *arguments = command.split(" ")
        self.process = subprocess.Popen(
            [program, *(word if word != "FILE" else lock for word in arguments)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )

    def tell(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args} has ended")
        return int(line)


class Pair:
    """The first of the two has the lock between two rounds."""

    def __init__(self, number, name, command):
        self.name, self.times = name, []
        self.lock = f"{folder}/lock-{number}"
        self.holders = [Holder(command, self.lock) for _ in range(2)]
        # How long one that does not sleep in the kernel may take until it asks again, in seconds.
        interval = command.rsplit(" ", 1)[1]
        self.interval = int(interval) / 1000 if interval.isdigit() else None
        self.holders[0].tell("take")
        self.holders[0].answer()

    def is_waited_for(self):
        inode = f":{os.stat(self.lock).st_ino} "
        with open("/proc/locks") as locks:
            return any(" -> " in line and inode in line for line in locks)

    def hand_over(self):
        giver, taker = self.holders
        taker.tell("take")
        if self.interval is None:
            while not self.is_waited_for():
                time.sleep(0.001)
            time.sleep(random.uniform(0.001, 0.003))
        else:
            time.sleep(random.uniform(0.5, 1.5) * self.interval)
        giver.tell("drop")
        self.times.append(taker.answer() - giver.answer())
        self.holders.reverse()


pairs = [
    Pair(number, name, command)
    for number, (name, command) in enumerate(zip(words[::2], words[1::2], strict=True))
]
for _ in range(int(rounds)):
    for pair in pairs:
        pair.hand_over()
for pair in pairs:
    times = sorted(pair.times)
    median, late = times[len(times) // 2], times[int(len(times) * 0.95)]
    unit = sorted(pairs[0].times)[len(times) // 2]
    print(
        f"| {pair.name} | {median / 1e6:.3f} ms | {late / 1e6:.3f} ms | {times[-1] / 1e6:.3f} ms "
        f"| {median / unit:.2f} |"
    )
    for holder in pair.holders:
        holder.process.stdin.close()
        holder.process.wait()
