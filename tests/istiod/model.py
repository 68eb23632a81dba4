#!/usr/bin/env python3
"""An independent reading of docs/design/mtls-semantics.md: prints what `effective --format json` should say.

    model.py effective --format json        of the meshes that ./.istio-mtls.yaml names, as compare.py writes it
    compare.py --binary python3 tests/istiod/model.py

Where istiod and the product disagree, this says whether the page or the product is to blame. It enumerates every call of documented
services, reads no product code, and knows only the constructs that the recorded meshes hold. Needs PyYAML.
"""

import collections
import json
import pathlib
import re
import sys

import yaml


class Loader(yaml.SafeLoader):
    """Time stamps stay text."""


Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()}

SYSTEM = {"kube-system", "kube-public", "kube-node-lease", "local-path-storage"}
TEMPLATED = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"}
MODES = {"STRICT", "PERMISSIVE", "DISABLE"}
ELSEWHERE = "\0"  # a client namespace in none of the documents

Workload = collections.namedtuple("Workload", "ns kind name labels proxy ports annotations")


def get(value, *path):
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def covers(labels, wanted):
    return all(labels.get(k) == str(v) for k, v in wanted.items())


def texts(labels):
    return {k: str(v) for k, v in (labels or {}).items()}


class Rule:
    """A DestinationRule, or a BackendTLSPolicy as one."""

    def __init__(self, ns, name, stamp, spec, domain, backend=False):
        self.ns, self.name, self.stamp, self.backend = ns, name, stamp, backend
        host = spec["host"]
        self.host = host if "." in host or host == "*" else f"{host}.{ns}.svc.{domain}"
        selector = spec.get("workloadSelector")
        self.selector = None if selector is None else texts(selector.get("matchLabels"))  # {}: every client carries it
        self.export = frozenset(spec.get("exportTo") or []) if selector is None else frozenset(["."])
        self.policy = spec.get("trafficPolicy")
        self.subsets = spec.get("subsets") or []

    def visibility(self, defaults):
        return self.export or (frozenset(["."]) if "." in defaults else frozenset(["*"]))

    def age(self):
        return (not self.backend, self.stamp or "", self.name, self.ns)


def refused_export(spec, ns):
    """MTLS0015."""
    names = [ns if name == "." else name for name in spec.get("exportTo") or []]
    return (len(set(names)) < len(names) or "~" in names or "*" in names and len(names) > 1
            or spec.get("workloadSelector") is not None and names not in ([], [ns]))


def merge_backend(user, backend):
    """A trafficPolicy whose own fields go before a BackendTLSPolicy's."""
    if user is None or backend is None:
        return user or backend
    merged = {**backend, **user}
    entries = {e["port"]["number"]: e for e in user.get("portLevelSettings") or []}
    for entry in backend.get("portLevelSettings") or []:
        own = entries.get(entry["port"]["number"], {})
        entries[entry["port"]["number"]] = {**entry, **own}
    merged["portLevelSettings"] = list(entries.values())
    return merged


class Group:
    def __init__(self, rule):
        self.export, self.selector = rule.export, rule.selector
        self.rules, self.policy, self.subsets = [], None, {}
        self.backend_first = rule.backend
        self.join(rule)

    def join(self, rule):
        if self.rules and rule.backend != self.backend_first:
            self.policy = merge_backend(self.policy, rule.policy) if rule.backend else merge_backend(rule.policy, self.policy)
        elif self.policy is None:
            self.policy = rule.policy
        self.rules.append(rule)
        for subset in rule.subsets:
            self.subsets.setdefault(subset["name"], subset)


def groups_of(rules):
    groups = []
    for rule in sorted(rules, key=lambda r: (r.selector is None, r.age())):
        starts = True
        for group in groups:
            equal = rule.export == group.export
            superset = bool(group.export) and group.export < rule.export
            same_selector = rule.selector == group.selector
            if not (equal or superset) or rule.selector is not None and not same_selector:
                starts = True
                continue
            group.join(rule)
            starts = superset and not same_selector
        if starts:
            groups.append(Group(rule))
    return groups


class Mesh:
    def __init__(self, documents):
        self.documents = documents
        self.settings()
        self.read()

    def each(self, group, kind):
        for d in self.documents:
            if d["kind"] == kind and (d["apiVersion"].rpartition("/")[0] == group):
                yield d, d["metadata"].get("namespace") or "default", d["metadata"].get("name", "")

    def settings(self):
        config = {}
        for d, ns, name in self.each("", "ConfigMap"):
            if name == "istio" and get(d, "data", "mesh"):
                config = yaml.load(d["data"]["mesh"], Loader) or {}
        self.root = config.get("rootNamespace", "istio-system")
        self.auto = config.get("enableAutoMtls", True)
        self.domain = "cluster.local"
        self.default_export = config.get("defaultDestinationRuleExportTo", ["*"])

    def read(self):
        self.policies = [(ns, d["metadata"].get("creationTimestamp") or "", name, d.get("spec") or {})
                         for d, ns, name in self.each("security.istio.io", "PeerAuthentication")]
        self.policies.sort(key=lambda p: (p[1], p[2], p[0]))
        self.services = list(self.each("", "Service"))
        self.namespaces = {d["metadata"]["name"]: texts(d["metadata"].get("labels")) for d, _, _ in self.each("", "Namespace")}
        self.gateways = [texts(d["spec"]["selector"]) for d, _, _ in self.each("networking.istio.io", "Gateway") if get(d, "spec", "selector")]
        self.workloads = [self.workload(d) for d in self.documents if d["kind"] == "Pod" or d["kind"] in TEMPLATED]
        self.rules = [Rule(ns, name, d["metadata"].get("creationTimestamp"), d["spec"], self.domain)
                      for d, ns, name in self.each("networking.istio.io", "DestinationRule") if not refused_export(d["spec"], ns)]
        backends = {}  # (namespace, Service) -> trafficPolicy: all that name one Service are one rule
        for d, ns, name in sorted(self.each("gateway.networking.k8s.io", "BackendTLSPolicy"), key=lambda item: item[1:]):
            for target in d["spec"]["targetRefs"]:
                policy = self.backend_policy(ns, target)
                if policy:
                    backends[ns, target["name"]] = merge_backend(backends.get((ns, target["name"])), policy)
        self.rules += [Rule(ns, "", "", {"host": service, "trafficPolicy": policy}, self.domain, backend=True)
                       for (ns, service), policy in backends.items()]

    def backend_policy(self, ns, target):
        service = next((s for s, at, own in self.services if at == ns and own == target["name"]), None)
        if service is None or target["kind"] != "Service":
            return None
        if not target.get("sectionName"):
            return {"tls": {"mode": "SIMPLE"}}
        port = next((p["port"] for p in service["spec"]["ports"] if p.get("name") == target["sectionName"]), None)
        return {"portLevelSettings": [{"port": {"number": port}, "tls": {"mode": "SIMPLE"}}]} if port else None

    # -------------------------------------------------------------- section 3

    def workload(self, d):
        meta = d["metadata"]
        template = d if d["kind"] == "Pod" else get(d, "spec", "template")
        if d["kind"] == "CronJob":
            template = get(d, "spec", "jobTemplate", "spec", "template")
        ns = meta.get("namespace") or "default"
        labels = texts(get(template, "metadata", "labels"))
        spec = get(template, "spec") or {}
        annotations = texts(get(template, "metadata", "annotations"))
        proxy = self.proxy(ns, labels, annotations, spec)
        if proxy == "sidecar":
            labels.setdefault("security.istio.io/tlsMode", "istio")
        if proxy in ("sidecar", "gateway"):
            labels.setdefault("service.istio.io/canonical-name", labels.get("app.kubernetes.io/name") or labels.get("app") or meta["name"])
        ports = {p.get("name"): p["containerPort"] for c in spec.get("containers") or [] for p in c.get("ports") or [] if p.get("name")}
        return Workload(ns, d["kind"], meta["name"], labels, proxy, ports, annotations)

    def proxy(self, ns, labels, annotations, spec):
        if any(covers(labels, selector) for selector in self.gateways):
            return "gateway"
        if "gateway" in labels.get("inject.istio.io/templates", "") or "gateway" in annotations.get("inject.istio.io/templates", ""):
            return "gateway"
        if ns in SYSTEM or spec.get("hostNetwork"):
            return "outside"
        wish = labels.get("sidecar.istio.io/inject", annotations.get("sidecar.istio.io/inject", ""))
        own = self.namespaces.get(ns, {})
        chosen = lambda n: n.get("istio-injection") == "enabled" or "istio-injection" not in n and "istio.io/rev" in n  # noqa: E731
        silent = "istio-injection" not in own and "istio.io/rev" not in own
        asked = chosen(own) or silent and (labels.get("sidecar.istio.io/inject") == "true" or "istio.io/rev" in labels)
        if asked and wish != "false":
            return "sidecar"
        mode = labels.get("istio.io/dataplane-mode")
        if mode == "ambient" or own.get("istio.io/dataplane-mode") == "ambient" and mode != "none":
            return "ambient"
        if wish == "false" or own.get("istio-injection") == "disabled" or own.get("istio.io/dataplane-mode") == "ambient":
            return "outside"
        policy_here = ns != self.root and any(at == ns for at, *_ in self.policies)
        if ns in self.namespaces and silent and any(chosen(n) for n in self.namespaces.values()) and not policy_here:
            return "outside"
        return "sidecar"

    def first(self, ns, qualifies):
        return next((spec for at, _, _, spec in self.policies if at == ns and qualifies(get(spec, "selector", "matchLabels"))), {})

    def namespace_mode(self, ns):
        mode = "PERMISSIVE"
        for at in dict.fromkeys([self.root, ns]):
            said = get(self.first(at, lambda selector: not selector), "mtls", "mode")
            mode = said if said in MODES else mode
        return mode

    def mode(self, workload, port):
        mode = self.namespace_mode(workload.ns)
        if workload.ns != self.root:
            spec = self.first(workload.ns, lambda selector: selector and covers(workload.labels, selector))
            said = get(spec, "mtls", "mode")
            mode = said if said in MODES else mode
            said = {str(k): v for k, v in (spec.get("portLevelMtls") or {}).items()}.get(str(port), {}).get("mode")
            mode = said if said in MODES else mode
        return mode

    # -------------------------------------------------------------- section 4

    def sees(self, rule, client):
        seen = rule.visibility(self.default_export)
        return "*" in seen or client in seen or "." in seen and client == rule.ns

    def group_sees(self, group, client):
        """At steps 2 and 3, where "." admits no client."""
        seen = group.export or (frozenset(["."]) if "." in self.default_export else frozenset(["*"]))
        return "*" in seen or client in seen

    def is_private(self, rule):
        return rule.visibility(self.default_export) in ({"."}, {rule.ns})

    @staticmethod
    def best(rules, host):
        """The rules of the most specific host that matches."""
        matching = {r.host for r in rules if r.host == host or r.host.startswith("*") and host.endswith(r.host[1:])}
        if not matching:
            return []
        chosen = min(matching, key=lambda h: (h.startswith("*"), -len(h), h))
        return [r for r in rules if r.host == chosen]

    def deciding(self, client, labels, host, ns):
        """The group of rules that decides, None where there is none."""
        if client == self.root:
            rules = [r for r in self.rules if r.ns == client and self.is_private(r)]
        else:
            rules = [r for r in self.rules if r.ns == client and self.sees(r, client)]
        found = groups_of(self.best(rules, host))
        if found:
            for group in found:
                if group.selector is not None and covers(labels, group.selector):
                    return group
            return next((g for g in reversed(found) if g.selector is None), None)
        for place in (ns, self.root):
            if place == client and client != self.root:
                continue
            rules = [r for r in self.rules if r.ns == place and not self.is_private(r)]
            found = [g for g in groups_of(self.best(rules, host)) if self.group_sees(g, client)]
            if found:
                return found[-1]
        return None

    @staticmethod
    def tls_of(tls):
        return None if tls is None else tls.get("mode") or "DISABLE"

    def clause(self, group, subset, port):
        """(mode or None, hidden mode or None, whether an entry for the port stands in the deciding policy, is PASSTHROUGH)."""
        if group is None:
            return None, None, False
        tls = lambda policy: self.tls_of(get(policy or {}, "tls"))  # noqa: E731
        entry = lambda policy: next((e for e in get(policy or {}, "portLevelSettings") or [] if e["port"]["number"] == port), None)  # noqa: E731
        passes = lambda policy: get(policy or {}, "loadBalancer", "simple") == "PASSTHROUGH" and entry(policy) is None  # noqa: E731
        top, own = group.policy, get(group.subsets.get(subset, {}), "trafficPolicy")
        base, hidden = tls(top), None
        if entry(top) is not None:
            base, hidden = tls(entry(top)), tls(top)
        if own is None:
            return base, hidden if base is None else None, passes(top)
        if entry(own) is not None:
            hidden = next((m for m in (tls(own), tls(entry(top)) if entry(top) else None, tls(top)) if m), None)
            return tls(entry(own)), hidden if tls(entry(own)) is None else None, passes(own)
        if tls(own):
            return tls(own), None, passes(own)
        return base, hidden if base is None else None, passes(own)

    # -------------------------------------------------------------- sections 5 and 6

    def reaches(self, client, host, ns):
        for place in dict.fromkeys([client, self.root]):
            own = sorted((d["metadata"].get("creationTimestamp") or "", name, d["spec"]) for d, at, name in
                         self.each("networking.istio.io", "Sidecar") if at == place and not get(d, "spec", "workloadSelector"))
            if own:
                egress = own[0][2].get("egress")
                return not egress or self.imported([h for e in egress for h in e["hosts"]], client, host, ns)
        return True

    @staticmethod
    def imported(entries, client, host, ns):
        taken_in = False
        for text in entries:
            place, _, pattern = text.partition("/")
            matches = pattern == "*" or pattern == host or pattern.startswith("*") and host.endswith(pattern[1:])
            if place.startswith("~"):
                if place == "~" or place[1:] in ("*", ns) and matches:
                    return False
            elif matches and (place == "*" or place == ns or place == "." and client == ns):
                taken_in = True
        return taken_in

    def classes(self, ns):
        selectors = [r.selector for r in self.rules if r.ns == ns and r.selector]
        known = [w for w in self.workloads if w.ns == ns]
        found = [{}]
        for labels in [w.labels for w in known] or selectors:
            carried = {k: v for selector in selectors if covers(labels, selector) for k, v in selector.items()}
            if carried not in found:
                found.append(carried)
        return found

    def target(self, service, workload, port):
        """The workload's port that calls to a Service port arrive at; None: it takes no part."""
        entry = next(p for p in service["spec"]["ports"] if p["port"] == port)
        to = entry.get("targetPort", port)
        return workload.ports.get(to) if isinstance(to, str) else to

    def serves(self, service, workload, port):
        """Reports whether a sidecar takes the calls."""
        if workload.proxy != "sidecar":
            return False
        at = self.target(service, workload, port)
        lists = lambda key: str(at) in [p.strip() for p in workload.annotations.get(key, "").split(",")]  # noqa: E731
        prefix = "traffic.sidecar.istio.io/"
        if at in (15020, 15021, 15090):
            return False
        if workload.annotations.get(prefix + "includeInboundPorts", "*") != "*":
            return lists(prefix + "includeInboundPorts")
        return not lists(prefix + "excludeInboundPorts")

    def sent(self, mode, hidden, headless, ns, servers, server_mode, has_sidecar):
        if mode:
            return "plaintext" if mode == "DISABLE" else mode
        if not self.auto or self.namespace_mode(ns) == "DISABLE":
            return "plaintext"
        if headless:
            return "ISTIO_MUTUAL" if all(w.proxy in ("sidecar", "gateway") for w in servers) else "plaintext"
        if hidden:
            return "ISTIO_MUTUAL" if hidden == "ISTIO_MUTUAL" and has_sidecar else "plaintext"
        return "ISTIO_MUTUAL" if has_sidecar and server_mode != "DISABLE" else "plaintext"

    @staticmethod
    def outcome(sends, mode):
        if sends in ("plaintext", "SIMPLE"):
            return "fails" if mode == "STRICT" else "works"
        return "fails" if mode == "DISABLE" and sends == "ISTIO_MUTUAL" else "works"

    def port_row(self, service, ns, host, port):
        spec = service["spec"]
        behind = [w for w in self.workloads if w.ns == ns and spec.get("selector") and covers(w.labels, texts(spec["selector"]))]
        behind = [w for w in behind if self.target(service, w, port) is not None]
        servers = {}
        for w in behind:
            if self.serves(service, w, port):
                servers.setdefault(self.mode(w, self.target(service, w, port)), []).append(w)
        modes = sorted(servers)
        row = {"port": port, "clients": [], "servers": [
            {"mode": m, "decidedBy": None, "overrides": [], "workloads": [{"kind": w.kind, "namespace": w.ns, "name": w.name} for w in servers[m]]}
            for m in modes]}
        names = {d["metadata"].get("namespace") or "default" for d in self.documents if d["kind"] not in ("Namespace", "ConfigMap")}
        names |= {name for r in self.rules for name in r.export if name not in ".*"}
        for client in sorted(names | {self.root} | set(self.namespaces) | {ELSEWHERE}):
            for labels in self.classes(client):
                self.client_rows(service, ns, host, port, behind, modes, client, labels, row["clients"])
        return row

    def client_rows(self, service, ns, host, port, behind, modes, client, labels, rows):
        group = self.deciding(client, labels, host, ns)
        reaches = self.reaches(client, host, ns)
        for subset in [None, *(group.subsets if group and reaches else ())]:
            mode, hidden, passthrough = self.clause(group, subset, port)
            wanted = texts(group.subsets[subset].get("labels")) if subset else {}
            headless = service["spec"].get("clusterIP") == "None" or passthrough
            counts = collections.Counter()
            for w in behind:
                if not self.serves(service, w, port) or not covers(w.labels, wanted) or not reaches:
                    continue
                server_mode = self.mode(w, self.target(service, w, port))
                sends = self.sent(mode, hidden, headless, ns, behind, server_mode, True)
                counts[modes.index(server_mode), sends, self.outcome(sends, server_mode)] += 1
            rows.append({
                "mode": mode or hidden or ("auto mTLS" if self.auto else "plaintext"),
                "decidedBy": {"namespace": group.rules[0].ns, "name": group.rules[0].name, "path": ""} if group else None,
                "namespaces": "*" if client == ELSEWHERE else [client], "labels": labels, "subset": subset,
                "calls": [{"server": s, "sends": t, "verdict": v, "workloads": n} for (s, t, v), n in sorted(counts.items())],
                "servers": sum(counts.values()), "failing": sum(n for (_, _, v), n in counts.items() if v == "fails")})

    def effective(self, name):
        services = []
        for d, ns, own in self.services:
            host = f"{own}.{ns}.svc.{self.domain}"
            ports = [] if d["spec"].get("type") == "ExternalName" else [p["port"] for p in d["spec"].get("ports") or [] if p.get("protocol") != "UDP"]
            services.append({"namespace": ns, "host": host, "ports": [self.port_row(d, ns, host, p) for p in ports]})
        return {"name": name, "services": services}


def main():
    meshes = []
    for name in re.findall(r'- name: "(.*)"', pathlib.Path(".istio-mtls.yaml").read_text()):
        text = (pathlib.Path(name) / "mesh.yaml").read_text()
        meshes.append(Mesh([d for d in yaml.load_all(text, Loader) if d]).effective(name))
    json.dump({"version": 1, "meshes": meshes}, sys.stdout)


if __name__ == "__main__":
    main()
