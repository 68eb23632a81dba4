"""Where the tests of clusters run: against a real API server, or against what it answered once.

    CLUSTER_TOOLS=FOLDER       kube-apiserver, kubectl and crds.yaml (scripts/test-cluster makes them); without it,
                               what is in recorded/ is replayed
    CLUSTER_RECORD=1           records what the real server answers
    UPDATE_GOLDEN=1            rewrites what is expected (expected/)
"""

import contextlib
import difflib
import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import api_server

HERE = pathlib.Path(__file__).resolve().parent
MANIFESTS, RECORDED, EXPECTED = HERE / "manifests", HERE / "recorded", HERE / "expected"
SAMPLE = HERE.parents[1] / "fixtures" / "sample-mesh"
TOOLS = os.environ.get("CLUSTER_TOOLS")
RECORD = os.environ.get("CLUSTER_RECORD") == "1"
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"
PROGRAM = str(pathlib.Path(os.environ["ISTIO_MTLS_LS"]).resolve())
PATIENCE = 300
NOW = "1767225600"  # 2026-01-01T00:00:00Z, when all snapshots are taken
# In recordings.
CHANGED = "no schemas and columns of CustomResourceDefinitions; uids are numbered"
UID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


class Run:
    """One run of the program."""

    def __init__(self, done, calls=()):
        self.code, self.out, self.err = done.returncode, done.stdout.decode(), done.stderr.decode()
        self.calls = calls  # of kubectl, where they are known

    @property
    def json(self):
        return json.loads(self.out)


def environment_of(folder, **variables):
    kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C", "SOURCE_DATE_EPOCH": NOW, **kept, **variables}


class Replay:
    """Plays what recorded/NAME.json or recorded/NAME.json.gz holds."""

    server = None

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="istio-mtls-replay-"))
        self.known = {}  # what the same arguments give again
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, recording, *arguments, **_):
        """What else Live.run takes is in the recording."""
        arguments = [str(argument) for argument in arguments]
        given = (recording, *arguments)
        if given not in self.known:
            self.known[given] = self.run_anew(recording, arguments)
        return self.known[given]

    def run_anew(self, recording, arguments):
        state = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        answers = next(path for path in (RECORDED / f"{recording}.json.gz", RECORDED / f"{recording}.json")
                       if path.exists())
        environment = environment_of(self.folder, KUBECTL_ANSWERS=str(answers), KUBECTL_STATE=str(state))
        environment["PATH"] = f"{HERE / 'stand-in'}:{pathlib.Path(sys.executable).parent}:{environment['PATH']}"
        return Run(subprocess.run([PROGRAM, *arguments], cwd=MANIFESTS, capture_output=True, env=environment,
                                  timeout=PATIENCE, check=False))


class Live:
    """A server of its own, with Istio's and other CRDs if they are asked for."""

    def __init__(self, crds, flags=()):
        self.crds, self.flags = crds, flags
        self.recorded = set()

    def __enter__(self):
        self.server = api_server.ApiServer(TOOLS, self.flags)
        self.server.__enter__()
        self.folder = self.server.folder
        if self.crds:
            self.server.apply(pathlib.Path(TOOLS) / "crds.yaml", MANIFESTS / "crds.yaml")
            self.server.run("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
        return self

    def __exit__(self, *_):
        self.server.__exit__()

    def run(self, recording, *arguments, user="admin", kubeconfig=None, pause=None, meanwhile=None,
            log_calls=False, record=True):
        """Runs the program; after kubectl has got the answer that `pause` matches, `meanwhile(process)` is called
        before the program gets it."""
        calls = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        environment = environment_of(
            self.folder, KUBECONFIG=str(kubeconfig or self.folder / f"{user}.kubeconfig"),
            KUBECTL_REAL=str(self.server.kubectl), KUBECTL_CALLS=str(calls), KUBECTL_PAUSE=pause or "")
        records = RECORD and record and recording and recording not in self.recorded
        between = HERE / "recorder" if records or meanwhile or log_calls else self.server.kubectl.parent
        environment["PATH"] = f"{between}:{environment['PATH']}"
        with subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=MANIFESTS, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=environment) as process:
            watcher = threading.Thread(target=self.watch, args=(process, calls, meanwhile))
            watcher.start()
            try:
                out, err = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
                watcher.join()
        done = subprocess.CompletedProcess(process.args, process.returncode, out, err)
        run = Run(done, [json.loads(path.read_text()) for path in sorted(calls.glob("*-*.json"))])
        if records:
            self.recorded.add(recording)
            self.write(recording, run.calls)
        if meanwhile and not (calls / "asked").exists():
            raise AssertionError(f"nothing was asked that {pause} matches")
        return run

    @staticmethod
    def watch(process, calls, meanwhile):
        while meanwhile and process.poll() is None:
            if (calls / "asked").exists():
                try:
                    meanwhile(process)
                finally:
                    (calls / "done").touch()
                return
            time.sleep(0.01)

    def write(self, recording, calls):
        answers = {"$recorded": self.server.versions() | crd_versions() | {"changed": CHANGED}, "$contexts": ["test"]}
        for call in calls:
            answer = self.answer_of(call)
            known = answers.setdefault(call["name"], {"$turns": []})["$turns"]
            if not known or known[-1] != answer:
                known.append(answer)
        for name, turns in answers.items():
            if not name.startswith("$") and len(turns["$turns"]) == 1:
                answers[name] = turns["$turns"][0]
        text = numbered(json.dumps(answers, separators=(",", ":"), ensure_ascii=False)) + "\n"
        RECORDED.mkdir(exist_ok=True)
        for old in RECORDED.glob(f"{recording}.json*"):
            old.unlink()
        if len(text) < 2000:
            text = json.dumps(answers, indent=1, ensure_ascii=False) + "\n"
            (RECORDED / f"{recording}.json").write_text(text)
        else:
            (RECORDED / f"{recording}.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))

    def answer_of(self, call):
        if call["code"] != 0:
            return {"$error": self.without_own(call["errors"].rstrip("\n"))}
        try:
            answer = json.loads(call["output"])
        except ValueError:
            return self.without_own(call["output"])
        if isinstance(answer, dict) and answer.get("kind") == "CustomResourceDefinitionList":
            for definition in answer["items"]:  # half a megabyte of what nobody asks for
                for version in definition["spec"]["versions"]:
                    version["schema"], version["additionalPrinterColumns"] = {}, []
        return answer if isinstance(answer, dict) else call["output"]

    def without_own(self, text):
        """What differs from one run to the next."""
        text = re.sub(r" on [\d.]+:53\b", " on 10.0.0.53:53", text)
        host = self.server.address.removeprefix("https://")
        return text.replace(str(self.folder), "/home/user").replace(host, "127.0.0.1:6443")


def numbered(text):
    """Equal uids stay equal; as they are they cannot be packed."""
    known = {}
    return UID.sub(lambda uid: known.setdefault(uid[0], f"00000000-0000-4000-8000-{len(known):012}"), text)


def crd_versions():
    text = (pathlib.Path(TOOLS) / "crds.txt").read_text()
    return dict(line.split(" ") for line in text.splitlines())


class ClusterTest(unittest.TestCase):
    """Tests of one server; `prepare` gets it before the first of them."""

    crds = True
    flags = ()  # of the API server
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        world = Live(cls.crds, cls.flags) if TOOLS else Replay()
        cls.world = cls.enterClassContext(world)
        if TOOLS:
            cls.prepare(world.server)

    @staticmethod
    def prepare(server):
        """What the server holds."""

    def run_program(self, recording, *arguments, **more):
        return self.world.run(recording, *arguments, **more)

    def snapshot(self, recording, *arguments, code=0, **more):
        run = self.run_program(recording, "snapshot", "--quiet", *arguments, **more)
        self.assertEqual((run.code, run.err if code == 0 else ""), (code, "") if code == 0 else (code, ""))
        return run

    def assert_expected(self, name, text):
        """`text` is what the file expected/NAME says; what each server makes up is left out."""
        for made_up in (r'("creationTimestamp":)"[^"]*"', r'("clusterIP":)"[\d.]*"', r'("targetPort":)\d{5}\b'):
            text = re.sub(made_up, r'\1"-"', text)
        path = EXPECTED / name
        if UPDATE:
            path.write_text(text)
        there = path.read_text() if path.exists() else ""
        if there != text:
            self.fail("".join(difflib.unified_diff(there.splitlines(True), text.splitlines(True), f"{name}, expected",
                                                   f"{name}, actual")))


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="istio-mtls-") as name:
        yield pathlib.Path(name)
