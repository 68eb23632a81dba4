"""What nobody should have written: files and streams made to exhaust whoever reads them, and how much of the machine
a process may take for them."""

import functools
import mmap
import os
import subprocess
import threading
import time

from lsp_client import SERVER

POLICY = """\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: foo, labels: *bomb}
spec: {mtls: {mode: STRICT}}
"""
MEGABYTE = 1 << 20


@functools.cache
def sanitized():
    """Sanitizers take memory and time of their own: then only what is said counts, not what it costs."""
    with open(SERVER, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as binary:
        return any(binary.find(name) >= 0 for name in (b"__asan_init", b"__tsan_init"))


def alias_bomb():
    """Nine levels of nine: 387 million values if they were written out."""
    lines = ["level0: &level0 [x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 9):
        name = "bomb" if level == 8 else f"level{level}"
        lines.append(f"{name}: &{name} [{', '.join([f'*level{level - 1}'] * 9)}]")
    return "\n".join(lines) + "\n" + POLICY


def merge_bomb():
    lines = ["level0: &level0 {k: v}"]
    for level in range(1, 9):
        name = "bomb" if level == 8 else f"level{level}"
        below = f"*level{level - 1}"
        lines.append(f"{name}: &{name} {{a: {below}, b: {below}, <<: [{', '.join([below] * 9)}]}}")
    return "\n".join(lines) + "\n" + POLICY


DEEP = 100_000
TOO_MANY_VALUES = "more than 699050 values in one document (limits.documentSize)"
HEAD = "apiVersion: v1\nkind: Service\n"  # what is no manifest may hold anything: nothing is said of it

# name -> (how its contents are made, part of what is said of it). Made when they are wanted: a process that is started
# is charged with the memory of the one that starts it.
DOCUMENTS = {
    "alias-bomb": (alias_bomb, "more than 100000 values (limits.aliasedValues)"),
    "merge-bomb": (merge_bomb, "more than 100000 values (limits.aliasedValues)"),
    "contains-itself": (lambda: HEAD + "a: &a {<<: *a}\n", "contains itself"),
    "deep-flow": (lambda: HEAD + "a: " + "[" * DEEP + "]" * DEEP + "\n", "too many open brackets"),
    "deep-mappings": (lambda: HEAD + "a: " + "{a: " * DEEP + "\n", "too many open brackets"),
    "deep-block": (lambda: HEAD + "a:\n" + "- " * DEEP + "a\n", "nested more than 200 levels deep (limits.depth)"),
    "deep-indentation": (lambda: HEAD + "".join(" " * i + "a:\n" for i in range(4000)),
                         "nested more than 200 levels deep (limits.depth)"),
    "deep-keys": (lambda: HEAD + "a:\n " + "? " * DEEP + "a\n", "must be a scalar"),
    "nul-bytes": (lambda: HEAD + "a: \0\n", "control characters"),
    "many-nul-bytes": (lambda: HEAD + "\0" * MEGABYTE, "control characters"),
    "invalid-utf-8": (lambda: HEAD.encode() + b"a: \xff\xfe\n", "invalid UTF-8"),
    "a-surrogate": (lambda: HEAD.encode() + b"a: \xed\xa0\x80\n", "invalid UTF-8"),
    "open-quote": (lambda: HEAD + 'a: "' + "x\n" * MEGABYTE, "not closed"),
    "tabs": (lambda: HEAD + "\t" * MEGABYTE, "tab"),
    "exclamation-marks": (lambda: HEAD + "a: " + "!" * MEGABYTE, "tag"),
    "values-over-lines": (lambda: HEAD + "a: [\n" + "{}," * (5 * MEGABYTE) + "{}]\n", TOO_MANY_VALUES),
    "values-on-one-line": (lambda: HEAD + "spec: {ports: [" + "a," * (7 * MEGABYTE) + "a]}\n", TOO_MANY_VALUES),
    "values-of-nothing": (lambda: HEAD + "b: &b\na:\n" + "-\n" * (7 * MEGABYTE), TOO_MANY_VALUES),
    "values-in-items": (lambda: HEAD + "spec:\n  ports:\n" + "  - a\n" * (5 * MEGABYTE // 2), TOO_MANY_VALUES),
    "values-in-json": (lambda: '{"apiVersion": "v1", "kind": "Service", "a": [' + "1," * (7 * MEGABYTE) + "1]}",
                       TOO_MANY_VALUES),
    "one-long-line": (lambda: HEAD + "# " + "x" * (17 * MEGABYTE) + "\n", "larger than 16777216 bytes (limits.documentSize)"),
    "ten-million-documents": (lambda: HEAD + "---\n" * 10_000_000, "more than 100000 documents in file (limits.documents)"),
}
LARGE = [name for name, (_, said) in DOCUMENTS.items() if said == TOO_MANY_VALUES]
SMALL = [name for name in DOCUMENTS if name not in ("one-long-line", "ten-million-documents", *LARGE)]


def write_sparse(path, size):
    """A file that says it is huge and takes no room."""
    with open(path, "wb") as file:
        file.truncate(size)


class Cost:
    """What a finished process took."""

    def __init__(self, usage, status, out, err, began):
        self.megabytes = usage.ru_maxrss / 1024
        self.seconds = usage.ru_utime + usage.ru_stime  # of the processors: others may use the machine too
        self.waited = time.monotonic() - began
        self.status = os.waitstatus_to_exitcode(status)
        self.out, self.err = out, err


def run(*arguments, cwd=None, preexec_fn=None):
    """Runs the command line to its end."""
    began = time.monotonic()
    # Forked, not spawned: a spawned process is charged with the most that this one ever held.
    preexec_fn = preexec_fn or (lambda: None)
    process = subprocess.Popen([SERVER, *arguments], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, preexec_fn=preexec_fn)
    # Both pipes are read while it runs: one that fills up would stop it.
    with process.stderr, process.stdout:
        err = []
        reading = threading.Thread(target=lambda: err.append(process.stderr.read()))
        reading.start()
        out = process.stdout.read()
        reading.join()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(usage, status, out.decode(errors="replace"), err[0].decode(errors="replace"), began)


def folder_for_many_files():
    """In memory where there is room: a disk may take minutes to delete 100,000 files. None: wherever others are."""
    try:
        room = os.statvfs("/dev/shm")
    except OSError:
        return None
    return "/dev/shm" if room.f_bavail * room.f_frsize > 2 << 30 and room.f_favail > 200_000 else None


def processor_seconds(process):
    """What a running process has taken of the processors."""
    with open(f"/proc/{process.pid}/stat", encoding="ascii", errors="replace") as stat:
        user, system = stat.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(process):
    """The most memory that a running process has held."""
    with open(f"/proc/{process.pid}/status", encoding="ascii", errors="replace") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    raise AssertionError("no VmHWM")
