#!/usr/bin/env python3
"""Holds the comparison itself to account: an answer made from the verdicts passes, and one that differs in anything does not.

    tests/istiod/test_compare.py
"""

import copy
import lzma
import random
import unittest

import compare

MESHES = 400  # of those recorded, every n-th


def product_answer(verdict):
    """What a product would print that agrees with istiod, in full."""
    services = {}
    for host, port, subset, groups in verdict.rows:
        ports = services.setdefault(host, {})
        row = ports.setdefault(port, {"port": port, "servers": [], "clients": []})
        if not subset:
            modes = {}
            for _, targets in groups:
                for pod, _, mode, _, _ in verdict.calls(targets):
                    modes.setdefault(mode, set()).add(verdict.pod_id(pod))
            row["servers"] = [{"mode": mode, "workloads": [{"namespace": ns, "kind": kind, "name": name} for ns, kind, name in sorted(pods)]}
                              for mode, pods in sorted(modes.items())]
        row["clients"] += client_entries(verdict, subset, groups, [server["mode"] for server in row["servers"]])
    return {"services": [{"host": host, "ports": list(ports.values())} for host, ports in services.items()]}


def client_entries(verdict, subset, groups, modes):
    reached = set()
    for who, targets in groups:
        calls = [{"server": modes.index(mode), "sends": sends, "verdict": "works" if outcome == "either" else outcome, "workloads": 1}
                 for _, _, mode, sends, outcome in verdict.calls(targets)]
        for index in who:
            reached.add(index)
            yield entry(verdict.clients[index], subset, calls)
    for index, client in enumerate(verdict.clients):
        if index not in reached and not subset and not client[2]:
            yield entry(client, subset, [])


def entry(client, subset, calls):
    namespace, labels, _ = client
    return {"namespaces": "*" if namespace == "zz-elsewhere" else [namespace], "labels": labels, "subset": subset or None, "mode": "x",
            "decidedBy": None, "calls": copy.deepcopy(calls), "servers": len(calls), "failing": sum(c["verdict"] == "fails" for c in calls)}


def disagreements(verdict, answer):
    return compare.Comparison(verdict, answer).run()


def places(answer):
    """(port row, entry, call) of all calls in an answer that are compared."""
    return [(port, client, call) for service in answer["services"] if service["host"].endswith(".svc.cluster.local") for port in service["ports"] for client in port["clients"]
            for call in client["calls"]]


class CompareTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        lines = lzma.decompress((compare.HERE / "verdicts.jsonl.xz").read_bytes()).decode().splitlines()
        cls.verdicts = [compare.Verdict(line) for line in lines[:: max(1, len(lines) // MESHES)]]
        cls.random = random.Random(7)

    def test_agrees_with_itself(self):
        for verdict in self.verdicts:
            with self.subTest(verdict.name):
                self.assertEqual(dict(disagreements(verdict, product_answer(verdict))), {})

    def altered(self, alter):
        """Runs `alter` on a random place of every mesh that has one; each must show."""
        tried = 0
        for verdict in self.verdicts:
            answer = product_answer(verdict)
            found = places(answer)
            if found and alter(*self.random.choice(found)) is not False:
                tried += 1
                with self.subTest(verdict.name):
                    self.assertNotEqual(dict(disagreements(verdict, answer)), {})
        self.assertGreater(tried, len(self.verdicts) // 5)

    def test_sends(self):
        def alter(_, __, call):
            call["sends"] = "plaintext" if call["sends"] != "plaintext" else "ISTIO_MUTUAL"
        self.altered(alter)

    def test_verdict(self):
        def alter(_, client, call):
            if call["sends"] in ("SIMPLE", "MUTUAL"):
                return False  # either verdict may do
            fails = call["verdict"] == "works"
            call["verdict"] = "fails" if fails else "works"
            client["failing"] += 1 if fails else -1
            return True
        self.altered(alter)

    def test_failing(self):
        def alter(_, client, __):
            if any(call["sends"] in ("SIMPLE", "MUTUAL") for call in client["calls"]):
                return False
            client["failing"] += 1
            return True
        self.altered(alter)

    def test_failing_without_calls(self):
        """Edition 1 of the JSON, which has no calls."""
        def alter(_, client, __):
            if any(call["sends"] in ("SIMPLE", "MUTUAL") for call in client["calls"]):
                return False
            del client["calls"]
            client["failing"] = client["servers"] - client["failing"]
            return client["failing"] * 2 != client["servers"]
        self.altered(alter)

    def test_mode_without_calls(self):
        def alter(_, client, call):
            del client["calls"]
            client["mode"] = "SIMPLE" if call["sends"] != "SIMPLE" else "DISABLE"
        self.altered(alter)

    def test_count(self):
        def alter(_, client, call):
            call["workloads"] += 1
            client["servers"] += 1
        self.altered(alter)

    def test_no_call(self):
        def alter(_, client, __):
            client.update(calls=[], servers=0, failing=0)
        self.altered(alter)

    def test_entry_is_gone(self):
        def alter(port, client, _):
            if client["namespaces"] != "*":
                port["clients"] = [c for c in port["clients"] if c["namespaces"] != client["namespaces"] or c["subset"] != client["subset"]]
                if any(c["namespaces"] == "*" and c["subset"] == client["subset"] for c in port["clients"]):
                    return False  # then the clients are among all others
                return True
            port["clients"].remove(client)
            return True
        self.altered(alter)

    def test_server_mode(self):
        def alter(port, _, call):
            server = port["servers"][call["server"]]
            server["mode"] = "STRICT" if server["mode"] != "STRICT" else "DISABLE"
        self.altered(alter)

    def test_server_is_gone(self):
        def alter(port, _, call):
            port["servers"][call["server"]]["workloads"].pop()
        self.altered(alter)

    def test_one_server_too_many(self):
        def alter(port, _, call):
            port["servers"][call["server"]]["workloads"].append({"namespace": "n", "kind": "Pod", "name": "one-too-many"})
        self.altered(alter)

    def test_port_is_gone(self):
        def alter(port, _, __):
            port["port"] = 1
        self.altered(alter)

    def test_hidden_host_is_called(self):
        """Where a Sidecar takes a host out, the product must say so."""
        tried = 0
        for verdict in self.verdicts:
            answer = product_answer(verdict)
            for service in answer["services"]:
                for port in service["ports"]:
                    for client in port["clients"]:
                        if not client["calls"] and not client["subset"] and port["servers"]:
                            client.update(servers=1, calls=[{"server": 0, "sends": "plaintext", "verdict": "works", "workloads": 1}])
                            tried += 1
            if tried:
                self.assertNotEqual(dict(disagreements(verdict, answer)), {})
                break
        self.assertGreater(tried, 0)

    def test_text_of_cases(self):
        """A case that changed since istiod was asked is not compared."""
        verdict = next(v for v in self.verdicts if v.recorded_text is None)
        self.assertIsNotNone(verdict.text())
        verdict = copy.copy(verdict)
        verdict.hash = "0" * 16
        self.assertIsNone(verdict.text())

    def test_known(self):
        known = compare.Known(compare.HERE / "known.json")
        first = known.entries[0]["mesh"]
        self.assertTrue(known.covers(first, "any"))
        self.assertFalse(known.covers("cases/none", "any"))
        self.assertNotIn(first, [e["mesh"] for e in known.unused({e["mesh"] for e in known.entries})])
        self.assertEqual(len(known.unused({e["mesh"] for e in known.entries})), len(known.entries) - 1)


if __name__ == "__main__":
    unittest.main()
