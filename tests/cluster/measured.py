"""Runs a program and measures it: its own time apart from that of the programs that it runs, and memory."""

import os
import pathlib
import subprocess
import threading
import time
from typing import NamedTuple

TICK = 1 / os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Figures(NamedTuple):
    wall: float           # seconds
    own: float            # seconds of all its threads
    children: float       # seconds of what it ran and waited for
    own_memory: int       # bytes, at most
    tree_memory: int      # bytes, at most, with what it ran

    def __str__(self):
        return (f"{self.wall:.2f} s; CPU its own {self.own:.2f} s, of what it runs {self.children:.2f} s; memory "
                f"{self.own_memory / 1e6:.0f} MB, with what it runs {self.tree_memory / 1e6:.0f} MB")


def stat(pid):
    """After the name of the program: state, parent, ..."""
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def children(pid):
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if int(stat(path.name)[1]) == pid:
                found.append(int(path.name))
        except OSError:
            pass
    return found


def resident(pid):
    try:
        return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except OSError:
        return 0


def run(command, **more):
    """(exit status, output, errors, Figures)"""
    most = [0, 0]
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more) as process:
        def sample():
            while process.returncode is None:
                own = resident(process.pid)
                below = children(process.pid)
                most[0] = max(most[0], own)
                most[1] = max(most[1], own + sum(map(resident, below)))
                time.sleep(0.02)

        sampler = threading.Thread(target=sample, daemon=True)
        sampler.start()
        texts = {}
        readers = [threading.Thread(target=lambda name, pipe: texts.update({name: pipe.read()}), args=(name, pipe))
                   for name, pipe in (("out", process.stdout), ("err", process.stderr))]
        for reader in readers:
            reader.start()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it is there still, with its times
        wall = time.monotonic() - started
        fields = stat(process.pid)
        own, below = [(int(fields[i]) + int(fields[i + 1])) * TICK for i in (11, 13)]
        for reader in readers:
            reader.join()
        process.wait()
        sampler.join()
    return process.returncode, texts["out"].decode(), texts["err"].decode(), Figures(wall, own, below, *most)
