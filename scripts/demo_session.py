"""Shows the main job: `check`, then a session of the language server that heals each finding with a quick fix.

    python3 scripts/demo_session.py build/release/bin/istio-mtls-ls fixtures/sample-mesh fixtures/sample-overlays

Works on copies of the samples; fails if anything does not go as it should.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SERVER, FOLDERS = os.path.abspath(sys.argv[1]), sys.argv[2:]
os.environ["ISTIO_MTLS_LS"] = SERVER
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests/protocol"))

from lsp_client import Client, to_path  # noqa: E402 (its server is the one of the environment)

COLOURS = sys.stdout.isatty() and "NO_COLOR" not in os.environ
SEVERITIES = {1: "error", 2: "warning", 3: "information", 4: "hint"}

# What each sample shows, and the fix to choose from the file where the user is: each changes another file.
SAMPLES = {
    "sample-mesh": (
        {"istio-system/policy.yaml": ["TIS0503"], "istio-system/rules.yaml": ["TIS0503"],
         "payments/policy.yaml": ["TIS0208"], "payments/rules.yaml": ["TIS0208"]},
        [("TIS0208", "payments/policy.yaml", "Set DestinationRule payments/ledger to ISTIO_MUTUAL"),
         ("TIS0503", "istio-system/rules.yaml", "Set PeerAuthentication istio-system/default to PERMISSIVE")]),
    # A patch of one overlay turns a policy STRICT; the rule of the base that it breaks is overridden in that build.
    "sample-overlays": (
        {"base/rules.yaml": ["TIS0208"], "overlays/prod/strict.yaml": ["TIS0208"]},
        [("TIS0208", "overlays/prod/strict.yaml",
          "Set DestinationRule payments/ledger to ISTIO_MUTUAL, in overlays/prod only")]),
}


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOURS else text


def heading(text):
    print("\n" + paint("1;36", f"== {text}"), flush=True)


def check(folder):
    print(paint("2", "$ istio-mtls-ls check"), flush=True)
    status = subprocess.run([SERVER, "check", f"--color={'always' if COLOURS else 'never'}"], cwd=folder).returncode
    print(paint("2", f"(exit status {status})"))
    return status


def place(name, start):
    return f"{name}:{start['line'] + 1}:{start['character'] + 1}"


def show(name, diagnostic, root):
    severity = SEVERITIES[diagnostic["severity"]]
    print(f"  {paint('1', place(name, diagnostic['range']['start']))} "
          f"{paint('1;31' if severity == 'error' else '1;33', severity)} {diagnostic['code']}: {diagnostic['message']}")
    for related in diagnostic.get("relatedInformation", []):
        other = os.path.relpath(to_path(related["location"]["uri"]), root)
        print(f"      see {place(other, related['location']['range']['start'])}: {related['message']}")


def show_all(client, expected):
    for name in sorted(expected):
        for diagnostic in client.diagnostics(name):
            show(name, diagnostic, client.root)


def heal(client, expected, code, name, title):
    [diagnostic] = client.wait_for_codes(name, [code])
    heading(f"Quick fix of {code}, asked for in {name}")
    actions = client.code_actions(name, diagnostic)
    for action in actions:
        print(f"  {paint('32', '>') if action['title'] == title else ' '} {action['title']}"
              + (" (preferred)" if action.get("isPreferred") else ""))
    [chosen] = [action for action in actions if action["title"] == title]
    for path in client.apply(chosen["edit"]):
        print(f"  applied to {os.path.relpath(path, client.root)}")
    for healed, codes in expected.items():
        if code in codes:
            client.wait_for_codes(healed, [])
            print(f"  {paint('32', 'gone')}: {code} in {healed}")


def session(sample):
    expected, choices = SAMPLES[os.path.basename(os.path.normpath(sample))]
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.join(os.path.realpath(folder), "mesh")
        shutil.copytree(sample, root)
        heading(f"The command line on a copy of {sample}")
        assert check(root) == 1, "the sample has findings"

        heading("The language server on the same files, as an editor sees it")
        with Client(root) as client:
            result = client.initialize()
            info = result["serverInfo"]
            print(f"  connected to {info['name']} {info.get('version', '')}; nothing is open yet")
            for name, codes in expected.items():
                client.wait_for_codes(name, codes)
            show_all(client, expected)
            for name in expected:
                client.open(name)
            for choice in choices:
                heal(client, expected, *choice)
            for path, text in client.texts.items():  # save
                pathlib.Path(path).write_text(text)
            assert client.shutdown() == 0, "the server ends well"

        heading("The command line on the healed files")
        assert check(root) == 0, "the healed sample has no findings"


def main():
    for folder in FOLDERS:
        session(folder)
    print("\n" + paint("1;32", "Each finding was found across files, and a quick fix healed it."))


if __name__ == "__main__":
    main()
