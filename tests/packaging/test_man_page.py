"""Holds packaging/istio-mtls-ls.1 to --help, both ways, and to what renders without a warning.

    ISTIO_MTLS_LS=build/dev/bin/istio-mtls-ls python3 -m unittest discover tests/packaging -p test_man_page.py
"""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

import help_text

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "packaging/istio-mtls-ls.1"


def sections():
    """What stands under each .SH and .SS, a subsection as 'SECTION/SUBSECTION', as lists of lines."""
    found, section, lines = {}, "", []
    for line in PAGE.read_text().splitlines():
        heading = re.match(r"\.(SH|SS) (.+)", line)
        if heading:
            kind, name = heading.groups()
            section = name if kind == "SH" else f"{section.split('/')[0]}/{name}"
            lines = found.setdefault(section, [])
        else:
            lines.append(line)
    return found


def plain(line):
    """A line of roff without its macro, its fonts and its quotes."""
    line = re.sub(r"^\.[A-Z]+ ", "", line)
    fonts = re.sub(r"\\f[A-Z]", "", line).replace(r"\-", "-")
    return re.sub(r'" ?|(?<=,) ', lambda match: " " if match.group().strip() == "" else "", fonts)


def tags(lines):
    """What the paragraphs are about: the line behind each .TP."""
    return [plain(lines[i + 1]) for i, line in enumerate(lines) if line == ".TP"]


def signatures(lines):
    found = set()
    for tag in tags(lines):
        short, name, value = re.fullmatch(r"(?:(-\w) *, *)?(--[\w-]+) *(\S*)", tag).groups()
        found.add((short or "", name, value))
    return found


OF_THE_PROGRAM = ("--help", "--version", "--verbose")


class ManPage(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.page = sections()
        self.help = help_text.everything()

    def own(self, command, *groups):
        """What --help of a command shows under these headings, but for what every command or the program has."""
        general = ("--help",) if command else OF_THE_PROGRAM
        return {option.signature for option in self.help[command]
                if option.group in groups and option.name not in general}

    def test_commands(self):
        described = [name.removeprefix("COMMANDS/") for name in self.page if name.startswith("COMMANDS/")]
        self.assertEqual(described, help_text.commands())

    def test_options_of_each_command(self):
        for command in help_text.commands():
            with self.subTest(command):
                self.assertEqual(signatures(self.page[f"COMMANDS/{command}"]),
                                 self.own(command, "Options", "Language server"))

    def test_without_a_command_the_options_are_those_of_serve(self):
        self.assertEqual(self.own("", "Options", "Language server"), self.own("serve", "Options", "Language server"))

    def test_settings(self):
        shown = set().union(*(self.own(command, "Settings") for command in self.help))
        self.assertEqual(signatures(self.page["SETTINGS"]), shown)

    def test_no_other_group_of_options(self):
        self.assertLessEqual({option.group for options in self.help.values() for option in options},
                             {"Options", "Language server", "Settings"})

    def test_options_of_every_command(self):
        shown = {option.signature for option in self.help[""] if option.name in OF_THE_PROGRAM}
        self.assertEqual(signatures(self.page["OPTIONS"]), shown)

    def test_words_of_options(self):
        text = {name: " ".join(plain(line) for line in lines) for name, lines in self.page.items()}
        for command, options in self.help.items():
            for option in options:
                for word in help_text.words_of(command, option.name) if option.value else ():
                    section = "SETTINGS" if option.group == "Settings" else f"COMMANDS/{command or 'serve'}"
                    with self.subTest(command=command, option=option.name, word=word):
                        self.assertRegex(text[section], rf"\b{word}\b")

    def test_exit_statuses(self):
        header = (REPOSITORY / "cli/environment.h").read_text()
        self.assertEqual(tags(self.page["EXIT STATUS"]), re.findall(r"constexpr int kExit\w+ = (\d+);", header))

    def test_environment(self):
        read = set()
        for source in [*(REPOSITORY / "app").rglob("*.cpp"), *(REPOSITORY / "cli").rglob("*.cpp")]:
            read |= set(re.findall(r'getenv\("(\w+)"\)', source.read_text()))
        self.assertEqual(set(tags(self.page["ENVIRONMENT"])), read)

    def test_examples_name_what_exists(self):
        for command, rest in re.findall(r"^istio-mtls-ls (\w+)(.*)", "\n".join(self.page["EXAMPLES"]), re.MULTILINE):
            known = {option.name for option in self.help[command]}
            self.assertLessEqual(set(re.findall(r"--[\w-]+", rest.replace(r"\-", "-"))), known)

    def check_silent(self, *command):
        if not shutil.which(command[0]):
            self.skipTest(f"there is no {command[0]}; scripts/setup dev installs it")
        result = subprocess.run([*command, PAGE], capture_output=True, text=True, check=False, timeout=60,
                                env={**os.environ, "LC_ALL": "C.UTF-8"})
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def test_renders_without_warnings(self):
        self.check_silent("groff", "-man", "-Tutf8", "-ww", "-z")
        self.assertEqual(self.check_silent("mandoc", "-T", "lint"), "")


if __name__ == "__main__":
    unittest.main()
