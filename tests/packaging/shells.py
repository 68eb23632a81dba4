"""Asks a real bash, zsh or fish what it completes; the answer is the set of words it offers.

bash and zsh are driven as by a user, on a terminal of their own: the line is typed, then the key that inserts all completions at
once, and the line is run with `offer` before it, a function that prints its arguments. fish answers without one.
"""

import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import tempfile
import time

COMPLETIONS = pathlib.Path(__file__).resolve().parents[2] / "packaging/completions"
PATIENCE = int(os.environ.get("ISTIO_MTLS_PATIENCE", "20"))
CONTROL_A, ENTER = "\x01", "\r"


class Terminal:
    """A shell on a terminal."""

    def __init__(self, command, folder, environment):
        self.process, self.descriptor = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, environment)

    def write(self, text):
        os.write(self.descriptor, text.encode())

    def read_until(self, pattern):
        text, end = "", time.monotonic() + PATIENCE
        while True:
            found = re.search(pattern, text, re.DOTALL)
            if found:
                return found
            ready, _, _ = select.select([self.descriptor], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise TimeoutError(f"the shell did not answer; it shows {text!r}")
            text += os.read(self.descriptor, 65536).decode(errors="replace")

    def close(self):
        os.close(self.descriptor)
        os.waitpid(self.process, 0)


class TypedShell:
    """bash or zsh. The key `ALL` inserts what could stand at the cursor."""

    SET_UP, COMMAND, ALL = "", [], ""

    def __init__(self, folder, programs):
        environment = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(folder), "TERM": "dumb", "COLUMNS": "8000",
                       "LC_ALL": "C.UTF-8"}
        set_up = tempfile.NamedTemporaryFile("w", suffix=".sh")
        set_up.write(self.SET_UP + """
offer() { printf '%s' '<<<' ; shift $skipped; printf '%s\\n' "$@"; printf '%s\\n' '>>>'; }
""")
        set_up.flush()
        with set_up:
            self.terminal = Terminal(self.COMMAND, folder, environment)
            self.terminal.write(f"stty -echo cols 8000; . {set_up.name}; echo rea''dy\r")
            self.terminal.read_until("ready")

    def offered(self, line):
        """`line` ends where the cursor is; what stands before the word under it is not part of the answer."""
        before = len(line.rpartition(" ")[0].split())
        self.terminal.write(f"skipped={before}; echo re''ady\r")
        self.terminal.read_until("ready")
        self.terminal.write(line + self.ALL)
        self.terminal.write(CONTROL_A + "offer " + ENTER)
        words = self.terminal.read_until(r"<<<(.*?)>>>").group(1).split("\r\n")
        return {word for word in words if word} - {line.rpartition(" ")[2]}  # what is still there as typed is no answer

    def close(self):
        self.terminal.close()


class Bash(TypedShell):
    COMMAND = ["bash", "--norc", "--noprofile", "-i"]
    ALL = "\x18a"
    SET_UP = rf"""
bind 'set bell-style none' 'set completion-query-items 0'
bind '"\C-xa": insert-completions'
PS1='$ '
. '{COMPLETIONS}/istio-mtls-ls.bash'
"""


class Zsh(TypedShell):
    COMMAND = ["zsh", "-f", "-i"]
    ALL = "\x18a"
    SET_UP = f"""
unsetopt prompt_cr prompt_sp beep
PS1='$ '
fpath=('{COMPLETIONS}' $fpath)
autoload -Uz compinit && compinit -u -d "$HOME/.zcompdump"
bindkey -e
zle -C all-matches complete-word _generic
bindkey '^Xa' all-matches
zstyle ':completion:all-matches:*' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert yes
zstyle ':completion:*' rehash false
"""


class Fish:
    def __init__(self, folder, programs):
        self.folder = folder
        self.environment = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(folder), "LC_ALL": "C.UTF-8", "TERM": "dumb"}

    def offered(self, line):
        script = f"source {COMPLETIONS}/istio-mtls-ls.fish; complete --do-complete=$argv[1]"
        result = subprocess.run(["fish", "--no-config", "-c", script, line], cwd=self.folder, env=self.environment, check=False,
                                capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
        assert result.returncode == 0 and not result.stderr, result.stderr
        return {row.split("\t")[0] for row in result.stdout.splitlines()}

    def close(self):
        pass


KINDS = {"bash": Bash, "zsh": Zsh, "fish": Fish}


def is_installed(name):
    return shutil.which(name) is not None
