#!/usr/bin/env python3
"""What the program says of a cluster: of a real one, or of what one answered once (worlds.py).

    ISTIO_MTLS_LS=build/dev/bin/istio-mtls-ls python3 -m unittest discover tests/cluster -p test_cluster.py
    scripts/test-cluster BINARY [--record]
"""

import base64
import json
import os
import subprocess
import unittest

from api_server import openssl
from worlds import MANIFESTS, SAMPLE, TOOLS, ClusterTest, folder

MESH, REST, CHANGE = MANIFESTS / "mesh", MANIFESTS / "rest", MANIFESTS / "change"
# As arguments of the program, which runs in MANIFESTS.
FILES = (os.path.relpath(SAMPLE, MANIFESTS), "mesh", "server.yaml")

# What a snapshot has that no file says, since servers add it: (kind, path).
ADDED = {("Service", "spec.clusterIP"), ("Service", "spec.type"), ("Service", "spec.ports.targetPort"),
         ("Service", "spec.ports.protocol"), ("MutatingWebhookConfiguration", "webhooks.clientConfig.service.port"),
         # a ReplicaSet's owner in its place
         ("Pod", "metadata.ownerReferences.kind"), ("Pod", "metadata.ownerReferences.name"),
         ("CustomResourceDefinition", "spec.conversion.webhook.clientConfig.service.port")}
AGED = {"PeerAuthentication", "AuthorizationPolicy", "DestinationRule", "Sidecar", "ServiceEntry", "BackendTLSPolicy"}


def prepare_mesh(server):
    """All of the mesh runs, and what a snapshot has no line for."""
    server.apply(SAMPLE / "namespaces.yaml", MESH / "namespaces.yaml")
    server.apply(SAMPLE, MESH, REST)
    server.apply(MESH / "pods.yaml", REST / "pods.yaml", status=True)
    server.apply(MANIFESTS / "rights.yaml")


def key(document):
    return document["kind"], document["metadata"].get("namespace", ""), document["metadata"]["name"]


def values(value, path=""):
    """(path, scalar) of all that is in a document; items of lists go by the list's path."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield from values(below, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for below in value:
            yield from values(below, path)
    else:
        yield path, value


def without_places(value):
    """The same whether it is written in a file or runs in a cluster."""
    if isinstance(value, dict):
        return {name: without_places(below) for name, below in value.items()
                if name not in ("file", "cluster", "line", "column", "range", "document")}
    return [without_places(below) for below in value] if isinstance(value, list) else value


def in_one_order(value):
    """Lists go by the places of what they hold, and those differ."""
    if isinstance(value, dict):
        return {name: in_one_order(below) for name, below in value.items()}
    return sorted(map(in_one_order, value), key=json.dumps) if isinstance(value, list) else value


def findings(run):
    """Without places and fixes, in one order."""
    return sorted(json.dumps(without_places({name: finding[name] for name in
                                             ("code", "severity", "message", "at", "related")}), sort_keys=True)
                  for finding in run.json["findings"])


def conflicts(run):
    """The code of each finding with what meets in it, whichever end it is reported at."""
    def end(place):
        return f'{place["kind"]} {place["namespace"]}/{place["name"]}'
    return {(finding["code"], *sorted({end(place) for place in [finding["at"], *finding["related"]]}))
            for finding in run.json["findings"]}


class AMeshOfEveryKind(ClusterTest):
    prepare = staticmethod(prepare_mesh)

    def test_the_snapshot_is_what_was_applied(self):
        run = self.snapshot("mesh")
        self.assert_expected("mesh.snapshot.json", run.out)
        self.assertNotIn("not-to-be-read", run.out)
        if not self.world.server:  # the files were compared when this was recorded
            return
        documents = self.world.server.documents(*(MANIFESTS / path for path in FILES))
        applied = {key(document): document for document in documents}
        there = {key(item): item for item in json.loads(run.out)["items"]}
        self.assertEqual(there.keys(), applied.keys())
        for name, item in there.items():
            written = set(values(applied[name]))
            for path, value in values(item):
                added = (name[0], path) in ADDED or path == "metadata.creationTimestamp" and name[0] in AGED
                self.assertTrue(added or (path, value) in written, f"{name}: {path}: {value}")

    def test_only_kubectl_get_and_kubectl_config_are_run(self):
        run = self.snapshot("mesh", log_calls=True)
        for call in run.calls:  # a replay refuses all others
            self.assertRegex(" ".join(call["arguments"]), r"^(get --raw=/|config current-context|config view )")
            self.assertNotIn("secrets", call["name"])

    def test_the_findings_are_those_of_the_files(self):
        cluster = self.run_program("mesh", "check", "--cluster", "--format=json")
        files = self.run_program("mesh", "check", *FILES, "--format=json")
        self.assertEqual(findings(cluster), findings(files))
        self.assertEqual((cluster.code, files.code), (1, 1))
        text = self.run_program("mesh", "check", "--cluster")
        self.assert_expected("mesh.findings.txt", text.out)

    def test_what_is_in_force_and_the_graph_are_those_of_the_files(self):
        for command in ("effective", "graph"):
            with self.subTest(command):
                cluster = self.run_program("mesh", command, "--cluster", "--format=json")
                files = self.run_program("mesh", command, *FILES, "--format=json")
                for mesh in (cluster.json["meshes"], files.json["meshes"]):
                    self.assertEqual(len(mesh), 1)
                self.assertEqual(*(in_one_order({**without_places(run.json["meshes"][0]), "name": ""})
                                   for run in (cluster, files)))

    def test_files_of_the_cluster_laid_over_it_change_nothing(self):
        over = self.run_program("mesh", "check", *FILES, "--cluster", "--all", "--format=json")
        alone = self.run_program("mesh", "check", "--cluster", "--format=json")
        self.assertEqual(findings(over), findings(alone))
        new = self.run_program("mesh", "check", *FILES, "--cluster", "--new")
        self.assertEqual(new.code, 0)
        self.assertIn("applying this breaks 0 calls and mends 0\n", new.out)

    def test_two_snapshots_are_equal_to_the_bit(self):
        self.assertEqual(self.snapshot("mesh").out, self.snapshot("mesh").out)

    def test_a_snapshot_may_be_given_as_a_path_or_as_the_cluster(self):
        with folder() as work:
            (work / "mesh.json").write_text(self.snapshot("mesh").out)
            cluster = self.run_program("mesh", "check", "--cluster", "--format=json")
            for how in (["--snapshot", work / "mesh.json"], [work / "mesh.json"]):
                self.assertEqual(findings(self.run_program("mesh", "check", *how, "--format=json")), findings(cluster))

    def test_what_a_reader_may_not_read_is_named_once(self):
        run = self.run_program("reader", "snapshot", "--quiet", user="reader")
        self.assertEqual(run.code, 0)
        self.assert_expected("reader.err", run.err)
        self.assert_expected("reader.snapshot.json", run.out)
        check = self.run_program("reader", "check", "--cluster", user="reader")
        self.assert_expected("reader.findings.txt", check.out)

    def test_a_tenant_reads_nothing_of_the_whole_and_all_of_a_namespace(self):
        run = self.run_program("tenant", "snapshot", "--quiet", user="tenant")
        self.assertEqual((run.code, json.loads(run.out)["items"]), (0, []))
        self.assert_expected("tenant.err", run.err)
        run = self.run_program("namespace", "snapshot", "--quiet", "--namespace=web", user="tenant")
        self.assertEqual(run.code, 0)
        self.assert_expected("namespace.err", run.err)
        whole = json.loads(self.snapshot("mesh").out)["items"]
        self.assertEqual(json.loads(run.out)["items"],
                         [item for item in whole if item["metadata"].get("namespace") == "web"
                          or item["kind"] == "Namespace" and item["metadata"]["name"] == "web"])
        with folder() as work:
            (work / "web.json").write_text(run.out)
            self.assert_expected("namespace.findings.txt",
                                 self.run_program("mesh", "check", f"--snapshot={work / 'web.json'}").out)

    def test_what_a_change_would_bring_is_what_it_brings(self):
        before = self.run_program("mesh", "check", "--cluster", "--format=json")
        foretold = self.run_program("mesh", "check", "--cluster", "--new", "change", "--format=json")
        over = self.run_program("mesh", "check", "--cluster", "--all", "change", "--format=json")
        text = self.run_program("mesh", "check", "--cluster", "--new", "change")
        self.assert_expected("change.findings.txt", text.out)
        if self.world.server:
            self.world.server.apply(CHANGE)
        try:
            after = self.run_program("changed", "check", "--cluster", "--format=json")
        finally:
            if self.world.server:
                self.world.server.run("delete", f"--filename={CHANGE}")
                self.world.server.apply(MESH / "policies.yaml")
        self.assertEqual(conflicts(over), conflicts(after))
        self.assertEqual(conflicts(foretold), conflicts(after) - conflicts(before))
        self.assertEqual({code for code, *_ in conflicts(after) - conflicts(before)}, {"TIS0104", "TIS0502"})
        self.assertEqual(conflicts(before) - conflicts(after),
                         {("TIS0208", "DestinationRule web/api", "PeerAuthentication web/api")})
        self.assertEqual((foretold.json["summary"]["broken"], foretold.json["summary"]["mended"]), (2, 1))


class WithoutIstio(ClusterTest):
    crds = False

    @staticmethod
    def prepare(server):
        server.apply(SAMPLE / "namespaces.yaml", MESH / "namespaces.yaml")
        server.apply(MESH / "services.yaml")
        server.apply(MESH / "pods.yaml", status=True)

    def test_what_there_is_is_read(self):
        run = self.snapshot("without-istio")
        self.assert_expected("without-istio.snapshot.json", run.out)
        check = self.run_program("without-istio", "check", "--cluster")
        self.assertEqual((check.code, check.err), (0, ""))

    def test_files_are_laid_over_it_all_the_same(self):
        over = self.run_program("without-istio", "check", "--cluster", "--new", "mesh/policies.yaml")
        self.assertEqual(over.code, 1)
        self.assert_expected("without-istio.findings.txt", over.out)

    def test_an_unknown_context_is_named(self):
        run = self.run_program("without-istio", "snapshot", "--context=elsewhere", record=False)
        self.assertEqual((run.code, run.err), (2, 'istio-mtls-ls: error: context "elsewhere" does not exist\n'))

    def test_a_known_context_is_taken(self):
        run = self.run_program("without-istio", "snapshot", "--context=test", record=False)
        self.assertEqual((run.code, run.err), (0, ""))
        self.assertIn('"istio-mtls-ls/context":"test"', run.out)

    def test_the_contexts_namespace_is_that_of_documents_without_one(self):
        server = self.world.server
        kubeconfig = server.write_kubeconfig("admin", name="namespaced", namespace="shop") if server else None
        run = self.run_program("context-namespace", "snapshot", kubeconfig=kubeconfig)
        self.assertIn('"istio-mtls-ls/default-namespace":"shop"', run.out)


def expired_token(server):
    """A service account's, signed with the server's key, that was good for a minute in 2020."""
    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    claims = {"iss": "https://kubernetes.default.svc", "sub": "system:serviceaccount:default:default",
              "aud": ["https://kubernetes.default.svc"], "iat": 1577836800, "exp": 1577836860}
    text = encode(b'{"alg":"RS256"}') + "." + encode(json.dumps(claims).encode())
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", server.folder / "service-accounts.key"],
                               input=text.encode(), capture_output=True, check=True).stdout
    return f"{text}.{encode(signature)}"


def other_authority(server):
    path = server.folder / "other.crt"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other", "-keyout", str(path) + ".key",
            "-out", str(path))
    return str(path)


# What a kubeconfig has that makes kubectl fail, and what the program then says, as a pattern.
FAILURES = {
    "unknown-token": (lambda server: {"credentials": {"token": "nobody"}},
                      r"You must be logged in to the server .*Unauthorized|Unauthorized"),
    "expired-token": (lambda server: {"credentials": {"token": expired_token(server)}}, r"Unauthorized"),
    "plugin-fails": (lambda server: {"credentials": {"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "false", "interactiveMode": "Never"}}},
        r"exec: executable false failed with exit code 1"),
    "no-such-plugin": (lambda server: {"credentials": {"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin", "interactiveMode": "Never",
        "installHint": "Install it:\n\n  apt-get install no-such-plugin\n"}}},
        r"exec: executable no-such-plugin not found"),
    "other-authority": (lambda server: {"cluster": {"certificate-authority": other_authority(server)}},
                        r"x509: certificate signed by unknown authority"),
    "no-such-host": (lambda server: {"cluster": {"server": "https://api.cluster.invalid:6443"}},
                     r"lookup api\.cluster\.invalid.*: "),
    "nothing-listens": (lambda server: {"cluster": {"server": "https://127.0.0.1:1"}},
                        r"The connection to the server 127\.0\.0\.1:1 was refused"),
}


class KubectlFails(ClusterTest):
    crds = False

    def test_its_last_line_is_the_error(self):
        for name, (change, said) in FAILURES.items():
            with self.subTest(name):
                server = self.world.server
                kubeconfig = server.write_kubeconfig("admin", name=name, **change(server)) if server else None
                for command in (["snapshot"], ["check", "--cluster"]):
                    run = self.run_program(name, *command, kubeconfig=kubeconfig)
                    self.assertEqual((run.code, run.out), (2, ""))
                    self.assertRegex(run.err, rf"^istio-mtls-ls: error: .*{said}.*\n$")
                    self.assertEqual(run.err.count("\n"), 1)


class PagesExpire(ClusterTest):
    """A list of two pages, of which the second has expired: etcd has forgotten the revision meanwhile."""

    COUNT = 510
    flags = ["--feature-gates=ListFromCacheSnapshot=false"]  # else the server itself remembers

    @classmethod
    def prepare(cls, server):
        server.apply(SAMPLE / "namespaces.yaml")
        rules = [{"metadata": {"name": f"rule-{i:04}"}, "spec": {"host": f"service-{i}"}} for i in range(cls.COUNT)]
        server.create(("/apis/networking.istio.io/v1/namespaces/shop/destinationrules", rule) for rule in rules)

    def change(self, _):
        server = self.world.server
        server.run("delete", "destinationrule", "--namespace=shop", "rule-0000")
        server.compact()

    def test_the_list_is_read_again_as_a_whole(self):
        run = self.snapshot("pages-expire", pause=r"/destinationrules\?limit=500$", meanwhile=self.change)
        names = [item["metadata"]["name"] for item in json.loads(run.out)["items"] if item["kind"] == "DestinationRule"]
        self.assertEqual(names, [f"rule-{i:04}" for i in range(1, self.COUNT)])
        for call in run.calls:
            if call["code"] and "continue=" in call["name"]:
                self.assertIn("Error from server (Expired)", call["errors"])
                break
        else:
            self.assertFalse(TOOLS, "no page expired")


if __name__ == "__main__":
    unittest.main()
