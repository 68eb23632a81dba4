#!/usr/bin/env python3
"""Runs the product on each recorded mesh and compares every call with what istiod says of it.

    ISTIO_MTLS_LS=build/dev/bin/istio-mtls-ls tests/istiod/compare.py [MESH...]
    tests/istiod/compare.py --binary FILE [--keep FOLDER] [--verdicts FILE] [MESH...]

A MESH is the name of a recorded one (cases/m1-ns-disable-workload-strict, random/17); without any, all are compared. What is read of
`effective --format json`, and what istiod is not asked, is in README.md. known.json holds the disagreements that are known: a list of
{"mesh", "host" (optional), "reason"}. It fails on any other disagreement and on a known one that no longer shows.
"""

import argparse
import collections
import concurrent.futures
import hashlib
import json
import lzma
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MESHES_PER_RUN = 50  # a run of the product reads them as the meshes of one configuration
TIMEOUT_SECONDS = 120
SENDS = {"plaintext": "plaintext", "simple": "SIMPLE", "mutual": "MUTUAL", "istio-mtls": "ISTIO_MUTUAL"}
SENT_BY_MODE = {"DISABLE": "plaintext", "plaintext": "plaintext", "SIMPLE": "SIMPLE", "MUTUAL": "MUTUAL", "ISTIO_MUTUAL": "ISTIO_MUTUAL"}


# ------------------------------------------------------------------ what istiod said


def outcome(sends, accepts):
    """works, fails, or either, where the application itself would have to end TLS."""
    mode, plain, tls, mtls = accepts
    if sends == "plaintext":
        return "works" if plain == "plain" else "fails"
    if sends == "ISTIO_MUTUAL":
        return "works" if mtls == "terminated" else "fails"
    if sends == "MUTUAL" and mtls == "terminated":
        return "works"
    return "fails" if mode == "STRICT" else "either"


class Verdict:
    """One recorded mesh."""

    def __init__(self, line):
        recorded = json.loads(line)
        self.name = recorded["name"]
        self.hash = recorded["hash"]
        self.recorded_text = recorded.get("text")
        self.clients = recorded["clients"]
        self.pods = recorded["pods"]
        self.rows = recorded["rows"]

    def text(self):
        """The mesh's manifests; None: they are not those that istiod was asked about."""
        if self.recorded_text is not None:
            return self.recorded_text
        path = HERE / f"{self.name}.yaml"
        text = path.read_text() if path.exists() else ""
        return text if hashlib.sha256(text.encode()).hexdigest()[:16] == self.hash else None

    def calls(self, targets):
        """[(pod, port, mode, sends, outcome)] to pods with a sidecar that takes the port."""
        found = []
        for pod, port, sends in targets:
            accepts = self.pods[pod][4].get(str(port))
            if accepts is not None:
                found.append((pod, port, accepts[0], SENDS[sends], outcome(SENDS[sends], accepts)))
        return found

    def pod_id(self, pod):
        return tuple(self.pods[pod][:3])


def client_name(client):
    namespace, labels, gateway = client
    words = [namespace] + [f"{k}={v}" for k, v in sorted(labels.items())]
    return " ".join(words) + (" (gateway)" if gateway else "")


def count_text(counts):
    return ", ".join(f"{sends} to {mode} {verdict}" + (f" x{n}" if n > 1 else "") for (mode, sends, verdict), n in sorted(counts.items()))


# ------------------------------------------------------------------ what the product says


def class_of(clients, client):
    """The labels of the class that a client belongs to: of those that its namespace has and it carries, the most."""
    namespace, labels, _ = client
    carried = [entry.get("labels") or {} for entry in clients
               if not entry["subset"] and entry["namespaces"] != "*" and namespace in entry["namespaces"]]
    return max((c for c in carried if c.items() <= labels.items()), key=len, default={})


def entry_of(clients, subset, client):
    """The entry of a port's clients that a client belongs to, and whether it names the client's namespace."""
    labels = class_of(clients, client)
    other = None
    for entry in clients:
        if (entry["subset"] or "") != subset:
            continue
        if entry["namespaces"] == "*":
            other = entry
        elif client[0] in entry["namespaces"] and (entry.get("labels") or {}) == labels:
            return entry, True
    return (None, True) if labels else (other, False)


def port_of(service, number):
    ports = {entry["port"]: entry for entry in service["ports"]}
    return ports.get(number, ports.get(None))


def no_call(entry):
    return entry is None or entry["servers"] == 0


def said(entry, servers):
    """What the product says of an entry, in words."""
    if entry is None:
        return "no such row"
    who = entry["mode"]
    if entry["decidedBy"]:
        who = f"{who} ({entry['decidedBy']['namespace']}/{entry['decidedBy']['name']} {entry['decidedBy']['path']})"
    if entry["servers"] == 0:
        return f"{who}: no call"
    if "calls" in entry:
        counts = collections.Counter()
        for call in entry["calls"]:
            counts[(servers[call["server"]]["mode"], call["sends"], call["verdict"])] += call["workloads"]
        return f"{who}: {count_text(counts)}"
    return f"{who}: {entry['servers']} servers, {entry['failing']} failing"


class Comparison:
    """Of one mesh: finds the rows in which istiod and the product disagree."""

    def __init__(self, verdict, mesh):
        self.verdict = verdict
        self.services = {service["host"]: service for service in mesh["services"] if service["host"]}
        self.disagreements = collections.defaultdict(list)  # (host, port, subset, istiod, product) -> clients
        self.judged = 0

    def run(self):
        answered = {}  # (host, port) -> a call to it meets a pod
        for host, port, subset, groups in self.verdict.rows:
            if not subset:
                answered[host, port] = any(targets for _, targets in groups)
        for host, port, subset, groups in self.verdict.rows:
            if host.endswith(".svc.cluster.local"):
                self.row(host, port, subset, groups, answered[host, port])
        return self.disagreements

    def report(self, host, port, subset, client, istiod, product):
        self.disagreements[host, port, subset, istiod, product].append(client_name(client) if client else "")

    def row(self, host, port, subset, groups, has_servers):
        service = self.services.get(host)
        at = port_of(service, port) if service else None
        if at is None:
            self.report(host, port, subset, None, "has a cluster", "no such service or port")
            return
        if not subset and has_servers:
            self.servers(host, port, groups, at)
        seen = set()
        for who, targets in groups:
            calls = self.verdict.calls(targets)
            for index in who:
                seen.add(index)
                if has_servers:
                    self.client(host, port, subset, self.verdict.clients[index], calls, at)
        for index, client in enumerate(self.verdict.clients):
            if index in seen or client[2]:
                continue
            entry, is_named = entry_of(at["clients"], subset, client)
            if subset and not is_named:
                continue  # "*": of the clients whose deciding rule has the subset
            self.judged += 1
            if not no_call(entry):
                self.report(host, port, subset, client, "no cluster", said(entry, at["servers"]))

    def servers(self, host, port, groups, at):
        """The workloads behind a port, and the mode that is in force at each."""
        have = {}
        for _, targets in groups:
            for pod, _, mode, _, _ in self.verdict.calls(targets):
                have[self.verdict.pod_id(pod)] = mode
        say = {}
        for server in at["servers"]:
            for workload in server["workloads"]:
                say[workload["namespace"], workload["kind"], workload["name"]] = server["mode"]
        for pod in sorted(set(have) | set(say)):
            if have.get(pod) != say.get(pod):
                name = "/".join(pod)
                self.report(host, port, "", None, f"{name} is {have.get(pod, 'no server')}", f"{name} is {say.get(pod, 'no server')}")

    def client(self, host, port, subset, client, calls, at):
        self.judged += 1
        entry, _ = entry_of(at["clients"], subset, client)
        counts = collections.Counter((mode, sends, verdict) for _, _, mode, sends, verdict in calls)
        if self.agrees(counts, entry, at["servers"]):
            return
        self.report(host, port, subset, client, count_text(counts) or "no call", said(entry, at["servers"]))

    @staticmethod
    def agrees(counts, entry, servers):
        total = sum(counts.values())
        if no_call(entry) or total == 0:
            return no_call(entry) and total == 0
        if "calls" in entry:
            left = counts.copy()
            for call in entry["calls"]:
                mode = servers[call["server"]]["mode"]
                for verdict in (call["verdict"], "either"):
                    key = (mode, call["sends"], verdict)
                    if left[key] >= call["workloads"]:
                        left[key] -= call["workloads"]
                        break
                else:
                    return False
            if any(left.values()):
                return False
        elif entry["mode"] in SENT_BY_MODE and any(SENT_BY_MODE[entry["mode"]] != sends for _, sends, _ in counts):
            return False
        fails = sum(n for (_, _, verdict), n in counts.items() if verdict == "fails")
        either = sum(n for (_, _, verdict), n in counts.items() if verdict == "either")
        return entry["servers"] == total and fails <= entry["failing"] <= fails + either


# ------------------------------------------------------------------ running it


def effective(binary, verdicts, keep):
    """The product's meshes by name, of some verdicts' texts."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(keep or temporary)
        configuration = ["meshes:"]
        for verdict in verdicts:
            place = folder / verdict.name
            place.mkdir(parents=True, exist_ok=True)
            (place / "mesh.yaml").write_text(verdict.text())
            configuration += [f'  - name: "{verdict.name}"', f'    include: ["{verdict.name}/**"]']
        (folder / ".istio-mtls.yaml").write_text("\n".join(configuration) + "\n")
        done = subprocess.run([*binary, "effective", "--format", "json"], cwd=folder, stdout=subprocess.PIPE, text=True,
                              timeout=TIMEOUT_SECONDS, check=True)
    return {mesh["name"]: mesh for mesh in json.loads(done.stdout)["meshes"]}


def compare_some(binary, verdicts, keep):
    meshes = effective(binary, verdicts, keep)
    comparisons = []
    for verdict in verdicts:
        comparison = Comparison(verdict, meshes[verdict.name])
        comparison.run()
        comparisons.append(comparison)
    return comparisons


class Known:
    """The disagreements of known.json."""

    def __init__(self, path):
        self.entries = json.loads(path.read_text()) if path.exists() else []
        self.used = set()
        for entry in self.entries:
            assert entry["reason"], entry

    def covers(self, mesh, host):
        found = False
        for i, entry in enumerate(self.entries):
            if entry["mesh"] == mesh and entry.get("host", host) == host:
                self.used.add(i)
                found = True
        return found

    def unused(self, meshes):
        return [entry for i, entry in enumerate(self.entries) if i not in self.used and entry["mesh"] in meshes]


def print_disagreements(name, disagreements):
    print(f"FAILED {name}")
    for (host, port, subset, istiod, product), clients in disagreements:
        to = f"{host}:{port}" + (f" subset {subset}" if subset else "")
        who = f"{', '.join(sorted(clients))} -> " if any(clients) else ""
        print(f"  {who}{to}\n    istiod:  {istiod}\n    product: {product}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--binary", nargs="+", default=[os.environ.get("ISTIO_MTLS_LS", "istio-mtls-ls")])
    parser.add_argument("--verdicts", type=pathlib.Path, default=HERE / "verdicts.jsonl.xz")
    parser.add_argument("--known", type=pathlib.Path, default=HERE / "known.json")
    parser.add_argument("--keep")
    parser.add_argument("meshes", nargs="*")
    options = parser.parse_args()
    binary = [str(pathlib.Path(word).resolve()) if pathlib.Path(word).exists() else word for word in options.binary]

    verdicts = [Verdict(line) for line in lzma.decompress(options.verdicts.read_bytes()).decode().splitlines()]
    recorded = {verdict.name for verdict in verdicts}
    failed = 0
    for path in sorted((HERE / "cases").glob("*.yaml")):
        if f"cases/{path.stem}" not in recorded:
            print(f"FAILED cases/{path.stem}: istiod was not asked (scripts/record-istiod)")
            failed += 1
    if options.meshes:
        failed = 0
        verdicts = [verdict for verdict in verdicts if verdict.name in options.meshes]
    current = []
    for verdict in verdicts:
        if verdict.text() is None:
            print(f"FAILED {verdict.name}: the file changed or is gone since istiod was asked (scripts/record-istiod)")
            failed += 1
        else:
            current.append(verdict)
    if not current:
        sys.exit("no mesh to compare")

    chunks = [current[i:i + MESHES_PER_RUN] for i in range(0, len(current), MESHES_PER_RUN)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        comparisons = [c for some in pool.map(lambda chunk: compare_some(binary, chunk, options.keep), chunks) for c in some]

    known = Known(options.known)
    passed = tolerated = 0
    for comparison in comparisons:
        name = comparison.verdict.name
        unknown = [item for item in comparison.disagreements.items() if not known.covers(name, item[0][0])]
        if unknown:
            print_disagreements(name, unknown)
            failed += 1
        else:
            passed += 1
            tolerated += bool(comparison.disagreements)
    for entry in known.unused({verdict.name for verdict in current}):
        print(f"FAILED {entry['mesh']}: known.json lists a disagreement that is no longer there")
        failed += 1
    calls = sum(comparison.judged for comparison in comparisons)
    print(f"{passed} passed, {failed} failed; {calls} rows of calls compared" + (f", {tolerated} meshes with known disagreements" if tolerated else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
