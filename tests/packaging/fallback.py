#!/usr/bin/env python3
"""What npm and pip install where there is no program, or where it does not start: the packages, in clean folders, npm's from a registry of their own.

    ISTIO_MTLS_LS=build/wasm/bin/istio-mtls-ls.mjs tests/packaging/fallback.py [PACKAGES]

PACKAGES is a folder of scripts/package; without it the packages are made here, with /bin/echo for the program, which tells at least that it was
started. --wasmtime only prints the folder with the wheel of wasmtime. Wants Node and npm; wasmtime comes from PyPI, once. Ends with "N passed, M failed".
"""

import base64
import contextlib
import hashlib
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULE = pathlib.Path(os.environ["ISTIO_MTLS_LS"]).resolve()
VERSION = re.search(r"^project\(.* VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE).group(1)
SAYS_VERSION = f"istio-mtls-ls {VERSION}\n"
SAMPLE = ROOT / "fixtures/sample-mesh"
OTHER_MACHINES = [("darwin", "arm64"), ("darwin", "x64"), ("win32", "x64"), ("freebsd", "x64"), ("linux", "riscv64")]
WASMTIME = "50.0.1"  # what is tested; the wheel takes older ones and newer ones, too
PACKAGES = None  # main sets it


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=options.pop("stdin", subprocess.DEVNULL), timeout=300, **options)


def make_packages(folder):
    translated = folder / "istio-mtls-ls.wasm"
    subprocess.run([ROOT / "scripts/translate-wasm", MODULE.parent / translated.name, translated], check=True)
    program = shutil.which("echo")
    for builder, given in (("npm/build_packages.py", MODULE), ("npm/build_packages.py", program), ("python/build_wheel.py", translated)):
        subprocess.run([ROOT / "packaging" / builder, given, folder], check=True, stdout=subprocess.DEVNULL)


class Registry(http.server.BaseHTTPRequestHandler):
    """Of the packages in a folder, as npm asks for them."""

    folder = None

    def packument(self, name):
        archive = self.folder / f"{name}-{VERSION}.tgz"
        if not archive.exists():
            return None
        with tarfile.open(archive) as packed:
            described = json.load(packed.extractfile("package/package.json"))
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        described["dist"] = {"tarball": f"http://{self.headers['Host']}/files/{archive.name}", "integrity": f"sha512-{digest}"}
        return json.dumps({"name": name, "dist-tags": {"latest": VERSION}, "versions": {VERSION: described}}).encode()

    def do_GET(self):
        _, _, name = self.path.rpartition("/")
        archive = self.folder / name
        answer = archive.read_bytes() if self.path.startswith("/files/") and archive.exists() else self.packument(name)
        self.send_response(200 if answer else 404)
        self.end_headers()
        self.wfile.write(answer or b"{}")

    def do_POST(self):  # audits
        self.send_error(404)

    def log_message(self, *_):
        pass


def preload(folder, name, text):
    """The environment in which Node runs that first."""
    path = folder / f"{name}.js"
    path.write_text(text)
    return {**os.environ, "NODE_OPTIONS": f"--require {path}"}


class Installed(unittest.TestCase):
    """A folder for the test case, and what is to be installed."""

    made = None  # packages for all test cases, if they are made here

    @classmethod
    def setUpClass(cls):
        cls.cleanups = contextlib.ExitStack()
        cls.addClassCleanup(cls.cleanups.close)
        cls.scratch = pathlib.Path(cls.cleanups.enter_context(tempfile.TemporaryDirectory()))
        if PACKAGES is None and Installed.made is None:
            Installed.made = tempfile.TemporaryDirectory()
            make_packages(pathlib.Path(Installed.made.name))
        cls.packages = PACKAGES or pathlib.Path(Installed.made.name)

    def runs_module(self, command, said="", **options):
        """The module runs, with all of that on standard error beforehand: a version, findings, and a session over standard input and output."""
        done = run(command, "--version", **options)
        self.assertEqual((done.returncode, done.stdout), (0, SAYS_VERSION), done.stderr)
        self.assertRegex(done.stderr, f"^{said}$")
        done = run(command, "version", "--verbose", **options)
        self.assertRegex(done.stdout, r"(?m)^emscripten ")
        done = run(command, "check", "--color=never", SAMPLE, **options)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("TIS0208", done.stdout)
        done = run(sys.executable, ROOT / "scripts/demo_session.py", command, SAMPLE, ROOT / "fixtures/sample-overlays", **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def signals_end(self, command):
        """As they end any program that does nothing about them; and the end of standard input ends the server with status 1."""
        numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

        def as_in_a_terminal():  # nohup and shells have some ignored
            for number in numbers:
                signal.signal(number, signal.SIG_DFL)

        for number in numbers:
            with subprocess.Popen([command, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  preexec_fn=as_in_a_terminal) as server:
                body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}'
                server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
                server.stdin.flush()
                self.assertEqual(server.stdout.read(16), b"Content-Length: ")
                server.send_signal(number)
                self.assertEqual(server.wait(30), -number)
        done = run(command, "serve")
        self.assertEqual(done.returncode, 1, done.stderr)


class Npm(Installed):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with tarfile.open(cls.packages / f"istio-mtls-ls-{VERSION}.tgz") as packed:
            cls.described = json.load(packed.extractfile("package/package.json"))
        registry = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Registry,), {"folder": cls.packages}))
        threading.Thread(target=registry.serve_forever, daemon=True).start()
        cls.cleanups.callback(registry.shutdown)
        cls.environment = {**os.environ, "npm_config_registry": f"http://127.0.0.1:{registry.server_port}/", "npm_config_cache": str(cls.scratch / "cache"),
                           "npm_config_audit": "false", "npm_config_fund": "false", "npm_config_update_notifier": "false"}
        cls.own = f"istio-mtls-ls-{run('node', '-p', 'process.platform + `-` + process.arch').stdout.strip()}"
        cls.installed = cls.scratch / "installed"
        cls.npm(cls.installed, "install", "istio-mtls-ls")

    @classmethod
    def npm(cls, folder, *arguments):
        folder.mkdir(exist_ok=True)
        if not (folder / "package.json").exists():
            (folder / "package.json").write_text('{"private": true}')
        done = run("npm", *arguments, cwd=folder, env=cls.environment)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        return done

    def copy(self):
        """An installation to break."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.scratch))
        shutil.copytree(self.installed, folder, symlinks=True, dirs_exist_ok=True)
        return folder

    def command(self, folder):
        return folder / "node_modules/.bin/istio-mtls-ls"

    def test_the_program_is_taken_where_it_is(self):
        done = run(self.command(self.installed), "version", "--verbose")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotIn("emscripten", done.stdout)
        self.assertTrue(done.stdout)

    def test_one_command_without_an_installation(self):
        done = self.npm(self.scratch / "empty", "exec", "--yes", "--", "istio-mtls-ls", "version", "--verbose")
        self.assertNotIn("emscripten", done.stdout)
        self.assertTrue(done.stdout)

    def test_without_optional_packages(self):
        folder = self.scratch / "ci"
        self.npm(folder, "install", "istio-mtls-ls")
        self.npm(folder, "ci", "--omit=optional")
        self.assertFalse((folder / "node_modules" / self.own).exists())
        self.runs_module(self.command(folder), f"istio-mtls-ls: the package {self.own} is not installed; its WebAssembly module runs, which is slower\n")

    def test_other_machines_get_no_program(self):
        """npm believes what it is told of the machine for optional packages, and Node for the rest."""
        for system, processor in OTHER_MACHINES:
            with self.subTest(f"{system}-{processor}"):
                folder = self.scratch / f"{system}-{processor}"
                self.npm(folder, "install", f"--os={system}", f"--cpu={processor}", "istio-mtls-ls")
                self.assertEqual(sorted(path.name for path in (folder / "node_modules").iterdir() if path.name[0] != "."), ["istio-mtls-ls", "istio-mtls-ls-wasm"])
                fake = preload(folder, "machine", f"Object.defineProperty(process, 'platform', {{ value: '{system}' }});"
                               f"Object.defineProperty(process, 'arch', {{ value: '{processor}' }});")
                if system == "win32":
                    continue  # where paths are others: test_paths_of_windows
                done = run(self.command(folder), "check", "--color=never", SAMPLE, env=fake)
                self.assertEqual((done.returncode, done.stderr), (1, ""))
                self.assertIn("TIS0208", done.stdout)

    def test_a_program_that_does_not_start(self):
        whole = (self.installed / "node_modules" / self.own / "bin/istio-mtls-ls").read_bytes()
        broken = {"for another processor": whole[:18] + (243).to_bytes(2, "little") + whole[20:], "a half": whole[:len(whole) // 2],
                  "a header": whole[:20], "a script": b"#!/bin/sh\nexit 3\n"}
        cases = [(contents, 0o755, "is no program for this machine") for contents in broken.values()]
        for contents, mode, why in [*cases, (whole, 0o644, r"does not start \(EACCES\)")]:
            with self.subTest(why):
                folder = self.copy()
                program = folder / "node_modules" / self.own / "bin/istio-mtls-ls"
                program.write_bytes(contents)
                program.chmod(mode)
                self.runs_module(self.command(folder), rf"istio-mtls-ls: \S*/{self.own}/bin/istio-mtls-ls {why}; its WebAssembly module runs, which is slower\n")

    def test_paths_of_windows(self):
        """As far as Linux can tell: Node is told that it is on Windows, and a folder `c:` stands for the drive."""
        folder = self.copy()
        shutil.rmtree(folder / "node_modules" / self.own)
        shutil.copytree(SAMPLE, folder / "c:/work/mesh")
        fake = preload(folder, "machine", """
            Object.defineProperty(process, 'platform', { value: 'win32' });
            const fs = require('node:fs');
            const real = process.cwd();
            process.cwd = () => 'C:\\\\work';
            fs.realpathSync.native = (path) => path.replace(/^c:/, 'C:').replaceAll('/', '\\\\');
            for (const name of ['openSync', 'statSync', 'lstatSync', 'readdirSync', 'accessSync']) {
              const call = fs[name];
              fs[name] = (path, ...rest) => {
                if (typeof path !== 'string') return call(path, ...rest);
                if (/^c:/i.test(path)) return call(`${real}/${path.toLowerCase()}`, ...rest);
                if (path.startsWith('/') && new Error().stack.includes('node-host')) throw new Error(`no path of Windows: ${path}`);
                return call(path, ...rest);
              };
            }""")
        for arguments in (["mesh"], ["C:\\work\\mesh"], [".\\mesh\\"], ["C:/work/mesh", "--exclude=C:\\work\\other"]):
            with self.subTest(arguments):
                done = run(self.command(folder), "check", "--color=never", *arguments, env=fake, cwd=folder)
                self.assertEqual((done.returncode, done.stderr), (1, ""), done.stdout)
                self.assertRegex(done.stdout, r"(?m)^mesh/\S+\.yaml:\d+.*TIS0208")

    def test_signals_end_it(self):
        folder = self.copy()
        shutil.rmtree(folder / "node_modules" / self.own)
        self.signals_end(self.command(folder))

    def refuses(self, folder, reason, **options):
        done = run(self.command(folder), "--version", **options)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertRegex(done.stderr, rf"istio-mtls-ls: error: {reason}")

    def test_what_is_missing_is_said(self):
        folder = self.copy()
        shutil.rmtree(folder / "node_modules" / self.own)
        old = preload(folder, "old", "Object.defineProperty(process.versions, 'node', { value: '16.20.2' })")
        self.refuses(folder, "the WebAssembly module needs Node 18 or later, and this is Node 16.20.2 on ", env=old)
        self.refuses(folder, r"Node \S+ on \S+ has no WebAssembly", env=preload(folder, "none", "delete globalThis.WebAssembly"))
        (folder / "node_modules/istio-mtls-ls-wasm/module.mjs").unlink()
        self.refuses(folder, r"cannot load \S+/istio-mtls-ls-wasm/istio-mtls-ls.mjs: ")
        shutil.rmtree(folder / "node_modules/istio-mtls-ls-wasm")
        self.refuses(folder, "the package istio-mtls-ls-wasm is not installed")

    def test_packages_say_what_they_are(self):
        self.assertEqual(self.described["dependencies"], {"istio-mtls-ls-wasm": VERSION})
        self.assertNotIn("scripts", self.described)
        for name in ("LICENSE", "copyright", *(["sbom.spdx.json"] if PACKAGES else [])):
            self.assertTrue((self.installed / "node_modules/istio-mtls-ls-wasm" / name).stat().st_size, name)


def wasmtime_wheels():
    """A folder with the wheel of wasmtime for this machine, downloaded once."""
    folder = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache", "istio-mtls-ls", f"wasmtime-{WASMTIME}")
    if not list(folder.glob("*.whl")):
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", folder, f"wasmtime=={WASMTIME}"], check=True)
    return folder


class Pip(Installed):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sources = wasmtime_wheels()
        cls.wheels = cls.scratch / "wheels"  # as where no other fits
        cls.wheels.mkdir()
        shutil.copy(cls.packages / f"istio_mtls_ls-{VERSION}-py3-none-any.whl", cls.wheels)
        os.environ["XDG_CACHE_HOME"], before = str(cls.scratch / "cache"), os.environ.get("XDG_CACHE_HOME")
        cls.cleanups.callback(lambda: os.environ.pop("XDG_CACHE_HOME") if before is None else os.environ.update(XDG_CACHE_HOME=before))
        cls.compiled = cls.scratch / "cache/istio-mtls-ls"
        cls.command = cls.install("venv", "istio-mtls-ls")

    @classmethod
    def install(cls, name, *what):
        """The command in a clean environment of its own."""
        folder = cls.scratch / name
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        done = run(folder / "bin/pip", "install", "--quiet", "--no-index", "--find-links", cls.wheels, "--find-links", cls.sources, *what)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        return folder / "bin/istio-mtls-ls"

    def kept(self):
        [only] = self.compiled.glob("*.cwasm")
        return only

    def test_it_runs(self):
        self.runs_module(self.command)

    def test_signals_end_it(self):
        self.signals_end(self.command)

    def test_paths_of_windows(self):
        """As far as Linux can tell: Python is told that it is on Windows once wasmtime is loaded, and a folder `c:` stands for the drive."""
        shutil.copytree(SAMPLE, self.scratch / "windows/c:/work/mesh")
        script = self.scratch / "windows/run.py"
        script.write_text("""
import collections, contextlib, errno, os, pathlib, platform, queue, random, re, signal, stat, struct, subprocess, sys, tempfile, threading, traceback, wasmtime
real, os.getcwd = os.getcwd(), lambda: 'C:\\\\work'
sys.platform = 'win32'
realpath = os.path.realpath
os.path.realpath = lambda path, **options: path.replace('c:', 'C:', 1).replace('/', '\\\\') if str(path)[:2] == 'c:' else realpath(path, **options)
for name in ('open', 'stat', 'scandir', 'access'):
    def on_drive(path, *rest, call=getattr(os, name), **options):
        if isinstance(path, str) and path[:2].lower() == 'c:':
            path = f'{real}/{path.lower()}'
        elif sys._getframe(1).f_globals['__name__'] == 'istio_mtls_ls.host':
            raise AssertionError(f'no path of Windows: {path!r}')
        return call(path, *rest, **options)
    setattr(os, name, on_drive)
from istio_mtls_ls import cache, host
cache.is_ours = lambda status: True
assert host.WINDOWS
assert host.to_windows('/c:') == 'c:/' and host.from_windows('C:\\\\a\\\\b') == '/c:/a/b' and host.from_windows('a\\\\b') == 'a/b'
from istio_mtls_ls.__main__ import main
main()
""")
        for arguments in (["mesh"], ["C:\\work\\mesh"], [".\\mesh\\"], ["C:/work/mesh", "--exclude=C:\\work\\other"]):
            with self.subTest(arguments):
                done = run(self.command.parent / "python", script, "check", "--color=never", *arguments, cwd=script.parent,
                           env={**os.environ, "LOCALAPPDATA": str(script.parent)})
                self.assertEqual((done.returncode, done.stderr), (1, ""), done.stdout)
                self.assertRegex(done.stdout, r"(?m)^mesh/\S+\.yaml:\d+.*TIS0208")

    def test_it_is_compiled_once(self):
        run(self.command, "--version")
        before = self.kept().stat()
        self.assertEqual(run(self.command, "--version").stdout, SAYS_VERSION)
        after = self.kept().stat()
        self.assertEqual((before.st_ino, before.st_mtime_ns), (after.st_ino, after.st_mtime_ns))
        self.assertEqual(list(self.compiled.iterdir()), [self.kept()])

    def test_what_others_could_have_written_is_not_run(self):
        run(self.command, "--version")
        good = self.kept().read_bytes()
        for mode in (0o660, 0o602):
            with self.subTest(oct(mode)):
                self.kept().chmod(mode)
                before = self.kept().stat().st_ino
                self.assertEqual(run(self.command, "--version").stdout, SAYS_VERSION)
                self.assertNotEqual(self.kept().stat().st_ino, before)  # compiled anew
        self.assertEqual(self.kept().stat().st_mode & 0o777, 0o600)
        target = self.scratch / "elsewhere"
        target.write_bytes(good)
        self.kept().unlink()
        self.compiled.chmod(0o777)
        self.assertEqual(run(self.command, "--version").stdout, SAYS_VERSION)
        self.assertEqual(list(self.compiled.iterdir()), [])  # nor kept there
        self.compiled.chmod(0o700)
        run(self.command, "--version")
        name = self.kept()
        name.unlink()
        name.symlink_to(target)
        self.assertEqual(run(self.command, "--version").stdout, SAYS_VERSION)
        self.assertFalse(name.is_symlink())

    def test_what_is_broken_or_cannot_be_kept(self):
        run(self.command, "--version")
        self.kept().write_bytes(b"\x7fELF of something else")
        self.assertEqual(run(self.command, "--version").stdout, SAYS_VERSION)
        self.assertGreater(self.kept().stat().st_size, 1 << 20)
        for nowhere in ("/proc/none", "relative", "/dev/null"):
            done = run(self.command, "--version", env={**os.environ, "XDG_CACHE_HOME": nowhere}, cwd=self.scratch)
            self.assertEqual((done.stdout, done.stderr), (SAYS_VERSION, ""))
        self.assertFalse((self.scratch / "relative").exists())

    def test_without_wasmtime(self):
        command = self.install("bare", "--no-deps", "istio-mtls-ls")
        done = run(command, "--version")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertRegex(done.stderr, "^istio-mtls-ls: error: cannot load wasmtime, which runs its WebAssembly module: .*\n$")

    def test_which_wheel_pip_takes(self):
        """The program's on Linux, if it is there; this one on every other system."""
        for platform in ("macosx_11_0_arm64", "macosx_10_13_x86_64", "win_amd64", "win_arm64", "manylinux_2_31_riscv64", "manylinux_2_17_x86_64"):
            with self.subTest(platform):
                folder = self.scratch / platform
                done = run(sys.executable, "-m", "pip", "download", "--no-index", "--no-deps", "--find-links", self.packages, "--only-binary", ":all:",
                           "--platform", platform, "--dest", folder, "istio-mtls-ls")
                self.assertEqual(done.returncode, 0, done.stderr)
                native = platform.endswith("linux_2_17_x86_64") and list(self.packages.glob("*manylinux*x86_64*.whl"))
                self.assertEqual([path.name.endswith("-py3-none-any.whl") for path in folder.iterdir()], [not native])

    def test_the_hook_of_pre_commit(self):
        """pre-commit has pip install the repository, and runs the hook's command line in that environment."""
        hook = re.search(r"- id: istio-mtls-ls-pip\n(?:  .*\n)*?  entry: istio-mtls-ls (.*)\n  language: python\n(?:  .*\n)*?  args: \[(.*)\]",
                         (ROOT / ".pre-commit-hooks.yaml").read_text())
        command = self.install("hook", ROOT)
        done = run(command, *hook[1].split(), *hook[2].split(", "), cwd=SAMPLE)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("TIS0208", done.stdout)
        self.assertFalse((ROOT / "build/lib").exists())

    def test_it_holds_what_the_others_hold(self):
        info = next((self.scratch / "venv").glob(f"lib/python*/site-packages/istio_mtls_ls-{VERSION}.dist-info"))
        for name in ("licenses/LICENSE", "licenses/copyright", *(["sboms/sbom.spdx.json"] if PACKAGES else [])):
            self.assertTrue((info / name).stat().st_size, name)


def main():
    global PACKAGES
    names = sys.argv[1:]
    if names == ["--wasmtime"]:
        print(wasmtime_wheels())
        return 0
    PACKAGES = pathlib.Path(names[0]).resolve() if names else None
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__]))
    bad = {str(test).partition(" [")[0].partition(" (<")[0] for test, _ in result.failures + result.errors}
    good = result.testsRun - len(bad)
    print(f"{good} passed, {len(bad)} failed")
    return 1 if bad or not good else 0


if __name__ == "__main__":
    sys.exit(main())
