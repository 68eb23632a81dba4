"""The module, compiled for this machine: seconds the first time, milliseconds from then on.

What was compiled is kept in the user's cache folder. Whoever can write there could have this program do anything, so it is used only if it is the
user's own and nobody else may write it."""

import contextlib
import os
import pathlib
import platform
import stat
import sys
import tempfile
import time

import wasmtime

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = "istio-mtls-ls"
KEPT = 30 * 24 * 3600  # seconds


def wasmtime_version():
    """From the name of the folder beside it, as importlib.metadata would say after 20 ms."""
    found = sorted(pathlib.Path(wasmtime.__file__).parent.parent.glob("wasmtime-*.dist-info"))
    return found[-1].name.split("-")[1].replace(".dist", "") if found else "unknown"


def cache_folder():
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(base, FOLDER) if base and os.path.isabs(base) else None


def is_ours(status):
    if sys.platform == "win32":  # the folder is the user's by its access control list
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def read(path):
    """The bytes; none: they are not there, or not the user's. What was opened is what is looked at."""
    try:
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:
            status = os.fstat(file.fileno())
            return file.read() if stat.S_ISREG(status.st_mode) and is_ours(status) else None
    except OSError:
        return None


def keep(path, data):
    """Without it the next start compiles again: what goes wrong is nobody's concern."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not is_ours(path.parent.stat()):
            return
        file, made = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with open(file, "wb") as output:
                output.write(data)
                output.flush()
                os.fsync(output.fileno())
            os.replace(made, path)
        except OSError:
            os.unlink(made)
            raise
        for other in path.parent.glob("*.cwasm"):  # of other versions, which may still be in use
            if other != path and time.time() - other.stat().st_mtime > KEPT:
                other.unlink()


def compiled(engine):
    """The module for that engine."""
    digest = (HERE / "istio-mtls-ls.wasm.sha256").read_text().strip()
    folder = cache_folder()
    path = folder and folder / f"{digest}-wasmtime-{wasmtime_version()}-{sys.platform}-{platform.machine()}.cwasm"
    kept = read(path) if path else None
    if kept:
        with contextlib.suppress(wasmtime.WasmtimeError):  # of another wasmtime, or for another processor
            return wasmtime.Module.deserialize(engine, kept)
    module = wasmtime.Module(engine, (HERE / "istio-mtls-ls.wasm").read_bytes())
    if path:
        keep(path, module.serialize())
    return module
