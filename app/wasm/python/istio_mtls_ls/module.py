"""The WebAssembly module and the host's calls that it imports (workspace/platform/wasm/host_calls.h), as app/wasm/module.mjs has
them for JavaScript. What a call does is the host's. One module is one program: `run` is called once."""

import ctypes
import errno
import os
import random
import struct

import wasmtime

SERVES = -1  # of `run`: the server waits for messages

# The module's own numbers (bits/errno.h), whatever the host's system has; and of a program that the host started, that it was given too
# little time or wrote too much.
ERRNO = {
    "E2BIG": 1, "EACCES": 2, "EAGAIN": 6, "EBADF": 8, "EBUSY": 10, "ECHILD": 12, "EDQUOT": 19, "EEXIST": 20, "EFAULT": 21, "EFBIG": 22, "EINTR": 27,
    "EINVAL": 28, "EIO": 29, "EISDIR": 31, "ELOOP": 32, "EMFILE": 33, "EMLINK": 34, "ENAMETOOLONG": 37, "ENFILE": 41, "ENODEV": 43, "ENOENT": 44,
    "ENOEXEC": 45, "ENOMEM": 48, "ENOSPC": 51, "ENOSYS": 52, "ENOTDIR": 54, "ENOTEMPTY": 55, "ENXIO": 60, "EOVERFLOW": 61, "EPERM": 63, "EPIPE": 64,
    "EROFS": 69, "ESPIPE": 70, "ESRCH": 71, "ESTALE": 72, "ETIMEDOUT": 73, "ETXTBSY": 74, "EXDEV": 75, "ENOTSUP": 138}
TOO_LATE, TOO_MUCH = 1000, 1001
STACK = 2 << 20  # bytes of the thread's stack that the module may take: the most that wasmtime allows, and twice what V8 has


class TooLate(Exception):
    """Raised by a host's run_program: the program did not end in time."""


class TooMuch(Exception):
    """The same: it wrote more than it may."""


def engine():
    config = wasmtime.Config()
    config.wasm_exceptions = True
    config.max_wasm_stack = STACK
    config.memory_init_cow = False  # which needs a file in memory, and so what limits files may forbid
    return wasmtime.Engine(config)


def failure(error):
    return -ERRNO.get(errno.errorcode.get(error.errno, ""), ERRNO["EIO"])


def guarded(call):
    """What goes wrong becomes a number."""
    def number(*arguments):
        try:
            answer = call(*arguments)
            return 0 if answer is None else answer
        except OSError as error:
            return failure(error)
        except TooLate:
            return -TOO_LATE
        except TooMuch:
            return -TOO_MUCH
    return number


class Program:
    """`module`: a wasmtime.Module of that engine."""

    def __init__(self, engine, module, host):
        self._host = host
        self._store = wasmtime.Store(engine)
        wasi = wasmtime.WasiConfig()  # clocks and variables; no folders, no streams
        wasi.env = [(name, value) for name, value in variables() if "\0" not in name + value]
        self._store.set_wasi(wasi)
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        calls = self._calls()
        for needed in module.imports:
            if needed.module in ("host", "env"):
                linker.define(self._store, needed.module, needed.name, wasmtime.Func(self._store, needed.type, calls[needed.name]))
        self._exports = linker.instantiate(self._store, module).exports(self._store)
        self._look()
        self._call("_initialize")

    def run(self, arguments):
        """The program with these arguments: its exit status, or SERVES."""
        self._reply(b"".join(argument + b"\0" for argument in arguments))
        return self._call("run")

    # Once `run` has returned SERVES.

    def feed(self, data):
        """Bytes of the client's stream, with LSP's framing."""
        self._reply(data)
        self._call("feed")

    def end_input(self):
        """No more will come."""
        self._call("end_input")

    def work(self, milliseconds):
        """Works for about so long. Returns after how many milliseconds to call it again if no message comes; less than 0: the server
        has ended."""
        return self._call("work", float(milliseconds))

    def has_messages(self):
        return self._call("has_messages") != 0

    def exit_status(self):
        return self._call("exit_status")

    def _call(self, name, *arguments):
        return self._exports[name](self._store, *arguments)

    def _look(self):
        self._memory = ctypes.addressof(self._exports["memory"].data_ptr(self._store).contents)

    def _bytes(self, at, size):
        return ctypes.string_at(self._memory + (at & 0xFFFFFFFF), size)

    def _put(self, at, data):
        ctypes.memmove(self._memory + (at & 0xFFFFFFFF), data, len(data))

    def _reply(self, data):
        at = self._call("reply_buffer", len(data))  # which may let the memory grow
        self._put(at, data)
        return len(data)

    def _put_status(self, at, status):
        self._put(at, struct.pack("<qqQQQ5I", status.modified, status.changed, status.size, status.number & 0xFFFFFFFFFFFFFFFF, status.device & 0xFFFFFFFFFFFFFFFF,
                                  status.type, status.mode, status.owner, status.group, status.links))

    def _read(self, file, at, size):
        data = self._host.read_file(file, size)
        self._put(at, data)
        return len(data)

    def _list(self, at, size):
        return self._reply(b"".join(b"%d%s\0" % (kind, name) for name, kind in self._host.list_folder(self._bytes(at, size))))

    def _run_program(self, at, size):
        status, number, output, errors = self._host.run_program(*program_request(self._bytes(at, size)))
        return self._reply(struct.pack("<III", status, number, len(output)) + output + errors)

    def _calls(self):
        host, text = self._host, self._bytes
        can_fail = {
            "open_file": lambda at, size, how: host.open_file(text(at, size), how),
            "close_file": host.close_file,
            "read_file": self._read,
            "write_file": lambda file, at, size: host.write_file(file, text(at, size)),
            "sync_file": host.sync_file,
            "set_owner": lambda file, owner, group: host.set_owner(file, owner & 0xFFFFFFFF, group & 0xFFFFFFFF),
            "set_mode": host.set_mode,
            "file_status": lambda file, status: self._put_status(status, host.file_status(file)),
            "path_status": lambda at, size, follows, status: self._put_status(status, host.path_status(text(at, size), follows != 0)),
            "may_write": lambda at, size: host.check_writable(text(at, size)),
            "rename": lambda at, size, to, to_size: host.rename(text(at, size), text(to, to_size)),
            "remove": lambda at, size: host.remove(text(at, size)),
            "list_folder": self._list,
            "resolve": lambda at, size: self._reply(host.resolve(text(at, size))),
            "current_folder": lambda: self._reply(host.current_folder()),
            "run_program": self._run_program,
        }
        return {
            **{name: guarded(call) for name, call in can_fail.items()},
            "terminal_width": host.terminal_width,
            "process_number": host.process_number,
            "user_number": host.user_number,
            "is_running": lambda process: 1 if host.is_running(int(process)) else 0,
            "random": lambda: random.randrange(-1 << 31, 1 << 31),
            "exit": host.exit,
            "send": lambda at, size: host.send(text(at, size)),
            "is_congested": lambda: 1 if host.is_congested() else 0,
            "watch_process": lambda process: host.watch_process(int(process)),
            "emscripten_notify_memory_growth": lambda _: self._look(),
            "__syscall_stat64": lambda *_: -ERRNO["ENOSYS"],  # CLI11's checks of files, of which none is used, would ask
        }


def variables():
    """The environment as texts; what is none in it becomes a replacement character."""
    for name, value in os.environ.items():
        yield tuple(part.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for part in (name, value))


def program_request(request):
    """As workspace/platform/wasm/process.cpp writes it."""
    parts = iter(request.split(b"\0"))
    program, folder, limit, most = next(parts), next(parts), int(next(parts)), int(next(parts))
    arguments = [next(parts) for _ in range(int(next(parts)))]
    environment = {}
    for _ in range(int(next(parts))):
        name = next(parts)
        environment[name] = next(parts)
    return program, folder, limit, most, arguments, environment
