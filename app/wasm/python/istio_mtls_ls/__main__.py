"""The program: the command line, and the language server over standard input and output."""

import os
import queue
import signal
import sys
import threading
import time
import traceback

TROUBLE = 2  # as the program ends when it could not do its work
try:
    from . import cache
    from .host import MOST_CONGESTED, Host, argument, is_running, patiently
    from .module import SERVES, Program, engine
except Exception as error:  # wasmtime's own: an ImportError, an OSError, a RuntimeError
    sys.stderr.write(f"istio-mtls-ls: error: cannot load wasmtime, which runs its WebAssembly module: {error}\n")
    sys.exit(TROUBLE)

SLICE_MS = 2  # of work between two looks for messages
MOST_UNREAD = 64 * MOST_CONGESTED  # bytes that the client may leave unread before the server waits for it
MOST_READ = 16  # parts of input that wait
LONGEST_WAIT = 60  # seconds, without anything to do
BETWEEN_LOOKS = 1  # seconds, for the process that started the session
FAREWELL = 0.5  # seconds, for the client to read the last words
CRASHED = 134  # as of a program that aborts
OWN_STACK = 8 << 20  # of the thread, for the module and what Python takes above it


def read_input(parts):
    """Until the end, which is an empty part."""
    data = b"more"
    while data:
        try:
            data = patiently(0, lambda: os.read(0, 1 << 16))
        except OSError:
            data = b""
        parts.put(data)


class Session:
    """The server, from here to the end of the process."""

    def __init__(self, program, host):
        self._program, self._host = program, host
        self._parts = queue.Queue(MOST_READ)  # of input; the last one is empty
        host.serves(lambda: self._parts.put(b""))
        self._input_ended = False
        self._watched = False

    def run(self):
        host, program = self._host, self._program
        threading.Thread(target=read_input, args=(self._parts,), daemon=True).start()
        wait = 0
        while True:
            self._take(min(wait / 1000, LONGEST_WAIT))
            if host.output.waiting > MOST_UNREAD:
                host.output.wait(MOST_UNREAD, None)
            wait = program.work(SLICE_MS)
            if wait < 0:
                break
        for sender in (host.output, host.errors):
            sender.wait(0, FAREWELL)
        os._exit(program.exit_status())

    def _take(self, seconds):
        """All that has come, or the first that comes within that time. With messages still to be handled, nothing."""
        if self._program.has_messages():
            time.sleep(seconds)
            return
        try:
            data = self._parts.get(timeout=seconds) if seconds > 0 else self._parts.get_nowait()
            while True:
                if not data:
                    self._end_input()
                elif not self._input_ended:
                    self._program.feed(data)
                data = self._parts.get_nowait()
        except queue.Empty:
            pass

    def _end_input(self):
        if not self._input_ended:
            self._input_ended = True
            self._program.end_input()

    def watch(self, process):
        """The session ends when that process does."""
        if self._watched or process <= 0 or not is_running(process):
            return
        self._watched = True
        threading.Thread(target=self._wait_for, args=(process,), daemon=True).start()

    def _wait_for(self, process):
        while is_running(process):
            time.sleep(BETWEEN_LOOKS)
        os.write(2, b"istio-mtls-ls: the process that started the session has ended\n")
        os._exit(1)


def run():
    status = CRASHED
    try:
        own = engine()
        host = Host()
        watched = []
        host.on_watch = watched.append  # --clientProcessId
        program = Program(own, cache.compiled(own), host)
        status = program.run([argument(each) for each in sys.argv[1:]])
        if status == SERVES:
            session = Session(program, host)
            host.on_watch = session.watch
            for process in watched:
                session.watch(process)
            session.run()
    except BaseException:  # a trap, or an exception that nobody caught: the module is of no use any more
        status = CRASHED
        os.write(2, f"istio-mtls-ls: crashed: {traceback.format_exc()}".encode("utf-8", "backslashreplace"))
    os._exit(status)


def main():
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python would wait for the module
    threading.stack_size(OWN_STACK)  # a main thread has what the system gives: 1 MiB on Windows
    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    threading.stack_size(0)
    worker.join()


if __name__ == "__main__":
    main()
