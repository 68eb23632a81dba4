"""What --help says, as values: the man page and the completions are held to it."""

import dataclasses
import os
import re
import subprocess

PROGRAM = os.path.abspath(os.environ["ISTIO_MTLS_LS"])


@dataclasses.dataclass(frozen=True)
class HelpOption:
    name: str  # with its dashes
    short: str  # empty: none
    value: str  # what it takes, as shown; empty: nothing
    group: str  # the heading over it

    @property
    def signature(self):
        return (self.short, self.name, self.value)


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=60)


def help_of(command=None):
    result = run(*([command] if command else []), "--help")
    assert result.returncode == 0, result.stderr
    return result.stdout


def commands():
    block = re.search(r"^Commands:\n((?:  .*\n)+)", help_of(), re.MULTILINE).group(1)
    return re.findall(r"^  (\S+)", block, re.MULTILINE)


def options(command=None):
    found, group = [], ""
    for line in help_of(command).splitlines():
        heading = re.fullmatch(r"(\S.*):", line)
        option = re.match(r"  (-\w, |    )?(--[\w-]+)(?: (\S+)|(?=\[=)(\S+))?(?:  |$)", line)
        if heading:
            group = heading.group(1)
        elif option:
            short, name, value, optional = option.groups()
            found.append(HelpOption(name, (short or "").strip(" ,"), value or optional or "", group))
        else:
            assert not re.match(r" +-", line), f"a line of --help that the tests do not understand: {line!r}"
    return found


def everything():
    """By command, the program itself being '': its options."""
    return {"": options(), **{command: options(command) for command in commands()}}


def words_of(command, option):
    """The words that an option takes, as the program says when it gets another; none: it takes anything."""
    # The last option is wrong too, so that nothing is ever started.
    message = run(*([command] if command else []), option, "no-such-word", "--no-such-option").stderr
    assert message, "the arguments are wrong"
    expected = re.search(r"expected (.+), found 'no-such-word'", message)
    return set(expected.group(1).split(" or ")) if expected else set()


def codes():
    return {line.split()[0] for line in run("explain", "--color=never").stdout.splitlines()}
