"""Holds the completions of bash, zsh and fish to --help by asking the shells themselves.

    ISTIO_MTLS_LS=build/dev/bin/istio-mtls-ls python3 -m unittest discover tests/packaging -p test_completions.py
"""

import os
import pathlib
import tempfile
import unittest

import help_text
import shells

NAME = "istio-mtls-ls"
FILE_VALUES = {"FILE", "PATH", "GLOB"}  # what --help calls values that are files
MANIFESTS = {"mesh.yaml", "old mesh.yml", "rules.json"}
OTHERS = {"notes.txt"}
FOLDERS = {"deploy"}


class Completions:
    """What every shell must do; `shell` names it."""

    maxDiff = None
    shell = ""
    all_files_for_paths = False  # does it also offer files that are no manifests?

    @classmethod
    def setUpClass(cls):
        if not shells.is_installed(cls.shell):
            raise unittest.SkipTest(f"there is no {cls.shell}; scripts/setup dev installs it")
        cls.help = help_text.everything()
        cls.values = [(command, option.name) for command, options in cls.help.items() for option in options if option.value]
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        programs, folder = pathlib.Path(cls.scratch.name, "programs"), pathlib.Path(cls.scratch.name, "folder")
        programs.mkdir()
        os.symlink(help_text.PROGRAM, programs / NAME)
        folder.mkdir()
        for name in MANIFESTS | OTHERS:
            (folder / name).touch()
        for name in FOLDERS:
            (folder / name).mkdir()
        cls.links = shells.KINDS[cls.shell](folder, programs)
        cls.addClassCleanup(cls.links.close)

    def offered(self, arguments):
        """Without what shells write around the words: a folder's slash, the option of --option=word."""
        return {word.rstrip("/").rpartition("=")[2] for word in self.links.offered(f"{NAME} {arguments}")}

    def test_commands(self):
        self.assertEqual(self.offered(""), set(help_text.commands()))
        self.assertEqual(self.offered("ex"), {"explain"})

    def test_options_of_every_command(self):
        for command, options in self.help.items():
            with self.subTest(command):
                self.assertEqual(self.offered(f"{command} --".strip()), {option.name for option in options})

    def test_words_of_options(self):
        for command, option in self.values:
            words = help_text.words_of(command, option)
            if words:
                with self.subTest(command=command, option=option):
                    self.assertEqual(self.offered(f"{command} {option} ".lstrip()), words)
                    self.assertEqual(self.offered(f"{command} {option}=".lstrip()) - {option}, words)

    def test_no_command_is_offered_as_the_value_of_an_option(self):
        for command, option in self.values:
            with self.subTest(command=command, option=option):
                offered = self.offered(f"{command} {option} ".lstrip())
                self.assertFalse(offered & set(help_text.commands()), offered)

    def test_the_command_is_found_behind_options_and_their_values(self):
        self.assertEqual(self.offered("--jobs 2 --color never graph --format "), {"json", "dot", "html"})
        self.assertEqual(self.offered("--jobs 2 eff"), {"effective"})

    def test_codes(self):
        codes = help_text.codes()
        self.assertGreater(len(codes), 10)
        self.assertEqual(self.offered("explain "), codes)
        self.assertEqual(self.offered("fix --code "), codes)
        self.assertEqual(self.offered("explain TIS05"), {code for code in codes if code.startswith("TIS05")})

    def test_files(self):
        for command, options in self.help.items():
            for option in options:
                if option.value in FILE_VALUES:
                    with self.subTest(command=command, option=option.name):
                        self.assertEqual(self.offered(f"{command} {option.name} ".lstrip()), MANIFESTS | OTHERS | FOLDERS)
        for command in ("check", "fix", "effective", "graph"):
            with self.subTest(command):
                self.assertEqual(self.offered(f"{command} "),
                                 MANIFESTS | FOLDERS | (OTHERS if self.all_files_for_paths else set()))


class Bash(Completions, unittest.TestCase):
    shell = "bash"


class Zsh(Completions, unittest.TestCase):
    shell = "zsh"


class Fish(Completions, unittest.TestCase):
    shell = "fish"
    all_files_for_paths = True


if __name__ == "__main__":
    unittest.main()
