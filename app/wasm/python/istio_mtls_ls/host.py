"""The host of the module under Python (module.py), as app/wasm/node-host.mjs is under Node: the disk, programs and standard streams.
Everything waits until it is done, as the module has no way to be called back. Names are bytes of UTF-8 to the module."""

import collections
import errno
import os
import re
import stat
import subprocess
import sys
import threading
import time

from .module import TooLate, TooMuch

WINDOWS = sys.platform == "win32"
MISSING, REGULAR, DIRECTORY, SYMLINK, OTHER = range(5)
READ, APPEND, REPLACE, NEW = range(4)
ANY = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)  # a FIFO is not waited for
FLAGS = {READ: os.O_RDONLY, APPEND: os.O_WRONLY | os.O_APPEND | os.O_CREAT, REPLACE: os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
         NEW: os.O_WRONLY | os.O_CREAT | os.O_EXCL}
MODES = {APPEND: 0o600, NEW: 0o600}
MOST_CONGESTED = 1 << 20  # bytes that the client has not read
MOST_ERRORS = 1 << 20  # bytes that nobody has read from standard error; later ones are dropped
ENDED_BY_PIPE = 128 + 13  # as a program that SIGPIPE ends
DEFAULT_WIDTH = 80

Status = collections.namedtuple("Status", "modified changed size number device type mode owner group links")


def type_of(mode):
    return REGULAR if stat.S_ISREG(mode) else DIRECTORY if stat.S_ISDIR(mode) else SYMLINK if stat.S_ISLNK(mode) else OTHER


def status_of(found):
    return Status(found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev, type_of(found.st_mode), stat.S_IMODE(found.st_mode),
                  found.st_uid, found.st_gid, found.st_nlink)


# The module's paths are those of POSIX. On Windows `C:\mesh` is `/c:/mesh` to it, as editors' URIs have it, and there is nothing beside
# the drives: it knows no paths of the network (`\\server`).


def from_windows(path):
    """A path of Windows as the module's."""
    slashed = path.replace("\\", "/")
    return f"/{slashed[0].lower()}{slashed[1:]}" if re.match(r"[A-Za-z]:/", slashed) else slashed


def to_windows(path):
    """A path of the module's as Windows has it."""
    if not path.startswith("/"):
        return path
    drive = re.fullmatch(r"/([A-Za-z]:)(/.*)?", path, re.DOTALL)
    if not drive:
        raise FileNotFoundError(errno.ENOENT, "outside of the drives", path)
    return drive[1] + (drive[2] or "/")  # a drive without a slash is its current folder


def outside(path):
    return to_windows(path.decode("utf-8", "surrogatepass")) if WINDOWS else path


def inside(path):
    return from_windows(path).encode("utf-8", "surrogatepass") if WINDOWS else os.fsencode(path)


def argument(text):
    """An argument of the command line as the module takes it. On Windows it, or what is behind the `=` of an option, may be a path."""
    if not WINDOWS:
        return os.fsencode(text)
    option, value = re.fullmatch(r"(-[^=]*=)?(.*)", text, re.DOTALL).groups("")
    return (option + from_windows(value)).encode("utf-8", "surrogatepass")


def outside_argument(data):
    """And of another program that the module starts; it may be a path then."""
    if not WINDOWS:
        return data
    text = data.decode("utf-8", "surrogatepass")
    return to_windows(text) if re.match(r"/[A-Za-z]:(/|$)", text) else text


def patiently(file, act):
    """Standard streams may be pipes that do not wait."""
    while True:
        try:
            return act()
        except BlockingIOError:
            if file > 2:
                raise
            time.sleep(0.002)


def write_all(file, data):
    rest = memoryview(data)
    while rest:
        rest = rest[patiently(file, lambda: os.write(file, rest)):]


class Sender:
    """Writes to a stream as quickly as somebody reads it, in a thread of its own."""

    def __init__(self, file, on_failure=lambda: None):
        self.waiting = 0  # bytes
        self.failed = False  # nobody reads any more
        self._file, self._on_failure = file, on_failure
        self._parts = collections.deque()
        self._changed = threading.Condition()
        threading.Thread(target=self._run, daemon=True).start()

    def send(self, data):
        with self._changed:
            if self.failed:
                return
            self._parts.append(data)
            self.waiting += len(data)
            self._changed.notify_all()

    def wait(self, most, seconds):
        """Until no more than so many bytes wait, or for that long."""
        with self._changed:
            self._changed.wait_for(lambda: self.failed or self.waiting <= most, seconds)

    def _run(self):
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._parts)
                data = self._parts.popleft()
            try:
                write_all(self._file, data)
            except OSError:
                with self._changed:
                    self.failed = True
                    self._parts.clear()
                    self.waiting = 0
                    self._changed.notify_all()
                self._on_failure()
                return
            with self._changed:
                self.waiting -= len(data)
                self._changed.notify_all()


def is_running(process):
    if WINDOWS:
        return is_running_on_windows(process)
    try:
        os.kill(process, 0)
    except OSError as error:
        return error.errno == errno.EPERM
    return True


def is_running_on_windows(process):  # os.kill would end it
    import ctypes
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.OpenProcess.restype = ctypes.c_void_p
    synchronize, denied, timed_out = 0x100000, 5, 0x102
    handle = kernel.OpenProcess(synchronize, False, process)
    if not handle:
        return ctypes.get_last_error() == denied
    ended = kernel.WaitForSingleObject(ctypes.c_void_p(handle), 0) != timed_out
    kernel.CloseHandle(ctypes.c_void_p(handle))
    return not ended


class Collector(threading.Thread):
    """What comes out of a pipe, up to so many bytes; `full` is set by one more."""

    def __init__(self, pipe, most, full):
        super().__init__(daemon=True)
        self.data = b""
        self._pipe, self._most, self._full = pipe, most, full
        self.start()

    def run(self):
        parts, size = [], 0
        while part := self._pipe.read1(1 << 16):
            parts.append(part)
            size += len(part)
            if size > self._most:
                self._full()
                return
        self.data = b"".join(parts)


class Host:
    def __init__(self):
        self.on_watch = lambda process: None
        self.output = self.errors = None  # Senders, once it serves

    def serves(self, on_failure):
        """From now on nobody is waited for who does not read, and lines to standard error that nobody reads are dropped. `on_failure` is
        called, in another thread, when the client reads no more."""
        self.output, self.errors = Sender(1, on_failure), Sender(2)

    def open_file(self, path, how):
        return os.open(outside(path), FLAGS[how] | ANY, MODES.get(how, 0o666))

    def close_file(self, file):
        os.close(file)

    def read_file(self, file, size):
        return patiently(file, lambda: os.read(file, size))

    def write_file(self, file, data):
        if file == 2 and self.errors:
            if self.errors.waiting < MOST_ERRORS:
                self.errors.send(data)
            return len(data)
        try:
            return patiently(file, lambda: os.write(file, data))
        except BrokenPipeError:
            if file == 1:  # whoever read it has seen enough
                os._exit(ENDED_BY_PIPE)
            raise

    def sync_file(self, file):
        os.fsync(file)

    def set_owner(self, file, owner, group):
        if hasattr(os, "fchown"):
            os.fchown(file, owner, group)

    def set_mode(self, file, mode):
        if hasattr(os, "fchmod"):  # Windows has none before Python 3.13
            os.fchmod(file, mode)

    def file_status(self, file):
        return status_of(os.fstat(file))

    def path_status(self, path, follows):
        return status_of(os.stat(outside(path), follow_symlinks=follows))

    def check_writable(self, path):
        if not os.access(outside(path), os.W_OK):
            raise PermissionError(errno.EACCES, "not writable")

    def rename(self, before, after):
        os.replace(outside(before), outside(after))

    def remove(self, path):
        os.unlink(outside(path))

    def list_folder(self, path):
        with os.scandir(outside(path)) as entries:
            for entry in entries:
                kind = SYMLINK if entry.is_symlink() else DIRECTORY if entry.is_dir(follow_symlinks=False) else REGULAR if entry.is_file(follow_symlinks=False) else OTHER
                yield entry.name.encode("utf-8", "surrogatepass") if WINDOWS else entry.name, kind

    def resolve(self, path):
        real = outside(path)
        os.stat(real)  # realpath itself takes what is not there, up to Python 3.9 in any case
        return inside(os.path.realpath(real))

    def current_folder(self):
        return inside(os.getcwd())

    def terminal_width(self, file):
        if not os.isatty(file):
            return 0
        try:
            return os.get_terminal_size(file).columns or DEFAULT_WIDTH
        except OSError:
            return DEFAULT_WIDTH

    def process_number(self):
        return os.getpid()

    def user_number(self):
        return os.geteuid() if hasattr(os, "geteuid") else 0

    def is_running(self, process):
        return is_running(process)

    def run_program(self, program, folder, limit_ms, most, arguments, environment):
        ends = time.monotonic() + limit_ms / 1000
        given = {**os.environ, **{os.fsdecode(name): os.fsdecode(value) for name, value in environment.items()}}
        words = [outside(program) if b"/" in program else os.fsdecode(program), *map(outside_argument, arguments)]
        child = subprocess.Popen(words, cwd=outside(folder) if folder else None, env=given, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0))
        too_much = threading.Event()

        def stop():
            too_much.set()
            child.kill()

        collectors = [Collector(pipe, most, stop) for pipe in (child.stdout, child.stderr)]
        for collector in collectors:
            collector.join(max(0, ends - time.monotonic()))
        try:
            child.wait(max(0, ends - time.monotonic()))
        except subprocess.TimeoutExpired:
            pass
        if too_much.is_set():
            raise TooMuch
        if child.returncode is None or any(collector.is_alive() for collector in collectors):
            child.kill()
            raise TooLate
        status = child.returncode
        return max(status, 0) & 0xFFFFFFFF, max(-status, 0), collectors[0].data, collectors[1].data

    def exit(self, status):
        os._exit(status)  # nothing of ours waits to be written

    def send(self, message):
        self.output.send(b"Content-Length: %d\r\n\r\n%s" % (len(message), message))

    def is_congested(self):
        return self.output.waiting >= MOST_CONGESTED

    def watch_process(self, process):
        self.on_watch(process)
