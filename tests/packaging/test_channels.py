"""What other projects' tools install the program with (packaging/README.md), each tried as far as a machine without them can.

    ISTIO_MTLS_LS=build/dev/bin/istio-mtls-ls python3 -m unittest discover tests/packaging -p test_channels.py
"""

import hashlib
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
sys.path.insert(0, str(PACKAGING))
from packages import target

PROGRAM = os.path.abspath(os.environ["ISTIO_MTLS_LS"])
VERSION = re.search(r"^project\(.* VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE).group(1)
PROCESSOR = platform.machine()
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[PROCESSOR]
IN_ARCHIVE = {"bin/istio-mtls-ls": PROGRAM, "share/doc/istio-mtls-ls/LICENSE": ROOT / "LICENSE",
              "share/doc/istio-mtls-ls/copyright": PACKAGING / "copyright", "share/doc/istio-mtls-ls/sbom.spdx.json": None,
              "share/man/man1/istio-mtls-ls.1.gz": None,
              "share/bash-completion/completions/istio-mtls-ls": PACKAGING / "completions/istio-mtls-ls.bash",
              "share/fish/vendor_completions.d/istio-mtls-ls.fish": PACKAGING / "completions/istio-mtls-ls.fish",
              "share/zsh/site-functions/_istio-mtls-ls": PACKAGING / "completions/_istio-mtls-ls"}


def said(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=True, **options).stdout


class Scratch(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def stripped(self):
        """The program as packages have it; what is left out is most of it, in a build for debugging."""
        path = self.folder / "stripped"
        subprocess.run(["strip", "-o", path, PROGRAM], check=True)
        return path

    def archive(self):
        """As scripts/package makes it, without the documentation."""
        path = self.folder / f"istio-mtls-ls-{VERSION}-linux-{PROCESSOR}.tar.gz"
        with tarfile.open(path, "w:gz", compresslevel=1) as packed:
            for name, source in IN_ARCHIVE.items():
                entry = f"{path.name.removesuffix('.tar.gz')}/{name}"
                if source == PROGRAM:
                    packed.add(self.stripped(), entry)
                elif source:
                    packed.add(source, entry)
                else:
                    packed.addfile(tarfile.TarInfo(entry))
        return path


class Programs(Scratch):
    HEADERS = {("linux", "x86_64"): b"\x7fELF" + bytes(14) + b"\x3e\0", ("linux", "aarch64"): b"\x7fELF" + bytes(14) + b"\xb7\0",
               ("macos", "x86_64"): bytes.fromhex("cffaedfe07000001"), ("macos", "arm64"): bytes.fromhex("cffaedfe0c000001"),
               ("windows", "x86_64"): b"MZ"}

    def test_is_known_for_what_it_is(self):
        program = self.folder / "program"
        for expected, header in self.HEADERS.items():
            program.write_bytes(header)
            self.assertEqual(target(program), expected)
        self.assertEqual(target(PROGRAM), ("linux", PROCESSOR))

    def test_wheels_and_npm_packages_are_for_linux(self):
        program = self.folder / "program"
        program.write_bytes(self.HEADERS["macos", "arm64"])
        for make in ("python/build_wheel.py", "npm/build_packages.py"):
            done = subprocess.run([PACKAGING / make, program, self.folder], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("expected one for Linux, not for macos", done.stderr)


class Image(Scratch):
    """No engine is there, so the few instructions of the Dockerfile are done as it says."""

    def instructions(self, context):
        for line in (context / "Dockerfile").read_text().splitlines():
            if line and not line.startswith("#"):
                yield line.split(" ", 1)

    def build(self):
        context, root = self.folder / "context", self.folder / "root"
        subprocess.run([PACKAGING / "docker/prepare", context, self.archive()], check=True)
        root.mkdir()
        image = {"labels": {}}
        for word, rest in self.instructions(context):
            if word == "FROM":
                self.assertEqual(rest, "scratch")
            elif word == "ARG":
                self.assertEqual(rest, "TARGETARCH=amd64")
            elif word == "COPY":
                source, target = rest.replace("${TARGETARCH}", ARCHITECTURE).split()
                shutil.copytree(context / source, root / target.lstrip("/"), dirs_exist_ok=True)
            elif word == "LABEL":
                name, value = rest.split("=", 1)
                image["labels"][name] = json.loads(value)
            elif word in ("ENTRYPOINT", "CMD"):
                image[word] = json.loads(rest)
            elif word in ("WORKDIR", "USER"):
                image[word] = rest
            else:
                self.fail(f"an instruction that this test does not know: {word}")
        return root, image

    def test_runs_in_an_empty_root(self):
        if "statically linked" not in subprocess.run(["ldd", PROGRAM], capture_output=True, text=True, check=False).stdout:
            self.skipTest("the program needs libraries; that of a release needs none")
        root, image = self.build()
        self.assertEqual(sorted(path.name for path in root.iterdir()), ["usr", "work"])
        self.assertEqual(image["labels"]["org.opencontainers.image.version"], VERSION)
        self.assertTrue((root / "usr/share/doc/istio-mtls-ls/copyright").exists())
        self.assertNotEqual(image["USER"].split(":")[0], "0")
        shutil.copytree(ROOT / "fixtures/sample-mesh", root / image["WORKDIR"].lstrip("/"), dirs_exist_ok=True)
        enter = ["unshare", "--map-root-user", f"--root={root}", f"--wd={image['WORKDIR']}"]
        if os.geteuid() == 0:
            user, group = image["USER"].split(":")
            enter = ["unshare", f"--root={root}", f"--wd={image['WORKDIR']}", f"--setuid={user}", f"--setgid={group}"]
            os.chmod(self.folder, 0o755)
        done = subprocess.run([*enter, *image["ENTRYPOINT"], *image["CMD"]], env={}, capture_output=True, text=True, check=False)
        if "unshare failed" in done.stderr:
            self.skipTest("this machine lets nobody have a root of their own")
        self.assertEqual((done.returncode, done.stderr), (1, ""), done.stdout)
        self.assertIn("TIS0208", done.stdout)

    def test_refuses_an_archive_of_an_unknown_processor(self):
        done = subprocess.run([PACKAGING / "docker/prepare", self.folder / "context", "istio-mtls-ls-0.1.0-linux-riscv64.tar.gz"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no processor that is known", done.stderr)


# What a formula calls, as far as ours does: it tells what is to be got, and installs from the current folder into PREFIX.
BREW = r"""
require "fileutils"
require "json"
class Keg
  def initialize(path) = @path = path
  def install(*files) = files.flatten.each { |file| FileUtils.mkdir_p(@path); FileUtils.cp(file, @path) }
  def to_s = @path
end
class Formula
  TOLD = {"sources" => {}}
  class << self
    %w[desc homepage version license].each { |name| define_method(name) { |value| TOLD[name] = value } }
    def depends_on(what) = TOLD["depends"] = what
    def url(value) = TOLD["sources"]["#{@system} #{@processor}"] = [value]
    def sha256(value) = TOLD["sources"]["#{@system} #{@processor}"] << value
    def on_linux = (@system = "linux"; yield)
    def on_macos = (@system = "macos"; yield)
    def on_intel = (@processor = "intel"; yield)
    def on_arm = (@processor = "arm"; yield)
    def test = nil
  end
  {bin: "bin", man1: "share/man/man1", bash_completion: "etc/bash_completion.d", fish_completion: "share/fish/vendor_completions.d",
   zsh_completion: "share/zsh/site-functions", doc: "share/doc/istio-mtls-ls"}.each do |name, folder|
    define_method(name) { Keg.new("#{ENV["PREFIX"]}/#{folder}") }
  end
end
load ARGV[0]
IstioMtlsLs.new.install
puts JSON.generate(Formula::TOLD)
"""


class Homebrew(Scratch):
    def test_installs(self):
        if not shutil.which("ruby"):
            self.skipTest("there is no ruby")
        archive, formula, prefix = self.archive(), self.folder / "made.rb", self.folder / "prefix"
        for_mac = self.folder / f"istio-mtls-ls-{VERSION}-macos-arm64.tar.gz"
        for_mac.write_bytes(b"for macOS")
        subprocess.run([PACKAGING / "homebrew/build_formula.py", "--url", "https://example.com/files", formula, archive, for_mac], check=True)
        self.assertNotIn("@", formula.read_text())
        with tarfile.open(archive) as packed:
            packed.extractall(self.folder / "unpacked")
        (self.folder / "brew.rb").write_text(BREW)
        told = json.loads(said("ruby", self.folder / "brew.rb", formula, env={**os.environ, "PREFIX": str(prefix)},
                               cwd=self.folder / "unpacked" / archive.name.removesuffix(".tar.gz")))
        self.assertEqual(told["version"], VERSION)
        here = {"x86_64": "linux intel", "aarch64": "linux arm"}[PROCESSOR]
        self.assertEqual(told["sources"], {place: [f"https://example.com/files/{each.name}", hashlib.sha256(each.read_bytes()).hexdigest()]
                                           for place, each in ((here, archive), ("macos arm", for_mac))})
        self.assertEqual(said(prefix / "bin/istio-mtls-ls", "--version"), f"istio-mtls-ls {VERSION}\n")
        for file in ("share/man/man1/istio-mtls-ls.1.gz", "etc/bash_completion.d/istio-mtls-ls", "share/zsh/site-functions/_istio-mtls-ls",
                     "share/doc/istio-mtls-ls/copyright"):
            self.assertTrue((prefix / file).exists(), file)

    def test_its_own_test_finds_what_it_expects(self):
        """The block `test do` needs Homebrew; what it runs does not."""
        text = (PACKAGING / "homebrew/istio-mtls-ls.rb").read_text()
        manifest = re.search(r"<<~YAML\n(.*?)^ +YAML$", text, re.DOTALL | re.MULTILINE).group(1)
        (self.folder / "policy.yaml").write_text(re.sub(r"^ {6}", "", manifest, flags=re.MULTILINE))
        code = re.search(r'assert_match "(\w+)", shell_output\(".*", 1\)', text).group(1)
        done = subprocess.run([PROGRAM, "check", self.folder], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(code, done.stdout)

    def test_another_version_is_refused(self):
        other = self.folder / f"istio-mtls-ls-99.0.0-linux-{PROCESSOR}.tar.gz"
        other.write_bytes(b"")
        done = subprocess.run([PACKAGING / "homebrew/build_formula.py", self.folder / "made.rb", other], capture_output=True, text=True,
                              check=False)
        self.assertNotEqual(done.returncode, 0)


class Nix(unittest.TestCase):
    def test_flake_evaluates(self):
        """With a nixpkgs of names only: builds nothing."""
        if not shutil.which("nix-instantiate"):
            self.skipTest("there is no nix (Debian: nix-bin)")
        stand_in = """{ lib.genAttrs = names: f: builtins.listToAttrs (map (name: { inherit name; value = f name; }) names);
          legacyPackages = let pkgs = { stdenv.mkDerivation = x: x; lib.licenses.asl20 = "asl20"; cmake = "cmake"; ninja = "ninja"; boost = "boost";
          cli11 = "cli11"; fmt = "fmt"; nlohmann_json = "nlohmann_json"; yaml-cpp = "yaml-cpp"; }; in { x86_64-linux = pkgs; aarch64-linux = pkgs; }; }"""
        expression = f"(import {ROOT}/flake.nix).outputs {{ self = {ROOT}; nixpkgs = {stand_in}; }}"
        made = json.loads(said("nix-instantiate", "--eval", "--strict", "--json", "--expr",
                               f"(({expression}).packages.aarch64-linux.default) // {{ src = null; }}",
                               env={**os.environ, "NIX_STATE_DIR": tempfile.gettempdir(), "NIX_STORE_DIR": "/nix/store"}))
        self.assertEqual((made["pname"], made["version"]), ("istio-mtls-ls", VERSION))
        # CMake looks for nothing that the flake does not bring; threads are the C library's.
        wanted = set(re.findall(r"^ *find_package\((\w[\w-]*)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)) - {"Threads"}
        self.assertEqual({each.lower().replace("-", "_") for each in wanted}, {each.replace("-", "_") for each in made["buildInputs"]})


class Editors(unittest.TestCase):
    def test_neovim_entry_is_the_set_up_that_is_tested(self):
        """tests/editors/neovim runs what docs/editors.md says; the entry for nvim-lspconfig is the same."""
        if not shutil.which("nvim"):
            self.skipTest("there is no nvim")
        page = (ROOT / "docs/editors.md").read_text()
        with tempfile.TemporaryDirectory() as folder:
            set_up = pathlib.Path(folder, "setup.lua")
            set_up.write_text(re.search(r"^```lua\n-- neovim-0.11\n(.*?)^```$", page, re.DOTALL | re.MULTILINE).group(1))
            script = pathlib.Path(folder, "compare.lua")
            script.write_text(f"""
local told
vim.lsp.config = function(_, given) told = given end
vim.lsp.enable = function() end
dofile('{set_up}')
local entry = dofile('{PACKAGING}/neovim/lsp/istio_mtls_ls.lua')
if not vim.deep_equal(told, entry) then io.stderr:write(vim.inspect(entry)) vim.cmd('cquit 1') end
vim.cmd('quit')
""")
            done = subprocess.run(["nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", f"luafile {script}"], capture_output=True,
                                  text=True, check=False, stdin=subprocess.DEVNULL, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_mason_names_the_wheel_and_the_entry(self):
        text = (PACKAGING / "mason/package.yaml").read_text()
        self.assertIn(f"  id: pkg:pypi/istio-mtls-ls@{VERSION}\n", text)
        entry = re.search(r"^  lspconfig: (\w+)$", text, re.MULTILINE).group(1)
        self.assertTrue((PACKAGING / f"neovim/lsp/{entry}.lua").exists())


if __name__ == "__main__":
    unittest.main()
