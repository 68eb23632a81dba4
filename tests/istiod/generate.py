#!/usr/bin/env python3
"""Random meshes of all that istiod is asked about, and of nothing that section 10 of the semantics leaves out.

    generate.py SEED        prints the mesh as YAML

Equal seeds give equal meshes. Most meshes are small, so that one construct is seen by itself as well as with others.
"""

import json
import random
import re
import sys

MODES = ["STRICT", "PERMISSIVE", "DISABLE", "UNSET"]
NAMESPACES = ["foo", "bar", "baz"]
DOMAIN = "svc.cluster.local"
# number, name; the name says the protocol
PORTS = [(80, "http-web"), (8080, "http"), (443, "https"), (9090, "tcp-x"), (7000, "x"), (50051, "grpc")]
STAMPS = ["2024-01-01T00:00:00Z", "2024-06-01T00:00:00Z", "2023-03-05T07:00:00Z"]


# ------------------------------------------------------------------ YAML

PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9./_-]*$")
WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def scalar(value):
    if isinstance(value, str) and PLAIN.match(value) and value.lower() not in WORDS:
        return value
    return json.dumps(value)


def lines(value, indent):
    pad = "  " * indent
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str) and "\n" in item:
                yield f"{pad}{scalar(key)}: |"
                yield from (f"{pad}  {line}" for line in item.splitlines())
            elif isinstance(item, (dict, list)) and item:
                yield f"{pad}{scalar(key)}:"
                yield from lines(item, indent + (1 if isinstance(item, dict) else 0))
            else:
                yield f"{pad}{scalar(key)}: {json.dumps(item) if isinstance(item, (dict, list)) else scalar(item)}"
    else:
        for item in value:
            if isinstance(item, dict) and item:
                first, *rest = lines(item, indent + 1)
                yield f"{pad}- {first.lstrip()}"
                yield from rest
            else:
                yield f"{pad}- {scalar(item)}"


def to_yaml(documents):
    return "".join("---\n" + "".join(f"{line}\n" for line in lines(d, 0)) for d in documents)


# ------------------------------------------------------------------ meshes


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.documents = []
        self.services = []  # (namespace, name, port numbers)
        self.names = 0
        self.root = "istio-system"

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, items):
        return self.random.choice(items)

    def name(self, prefix):
        """A name that is new; its first letter is random, since names order policies and rules."""
        self.names += 1
        return f"{self.pick('abcdefgh')}-{prefix}{self.names}"

    def metadata(self, name, namespace, stamp=0.0):
        metadata = {"name": name, "namespace": namespace}
        if self.chance(stamp):
            metadata["creationTimestamp"] = self.pick(STAMPS)
        return metadata

    def add(self, api, kind, metadata, **rest):
        self.documents.append({"apiVersion": api, "kind": kind, "metadata": metadata, **rest})

    def mesh(self):
        self.passthrough = self.chance(0.15)
        self.selectors = self.chance(0.35)
        self.busy = self.chance(0.3)
        self.namespaces = NAMESPACES[: self.pick([1, 2, 2, 3])]
        self.mesh_config()
        self.namespace_documents()
        for namespace in self.namespaces:
            for name in "abc"[: self.pick([1, 1, 2, 3])]:
                self.service(namespace, name)
            if self.chance(0.4):
                self.workload(namespace, {"app": "client", "role": self.pick(["x", "y"])}, [])
        if self.chance(0.2):
            self.service(self.root, "a")
        self.policies()
        # a group is interesting from two rules on; many rules for one host are what merging is for
        for _ in range(self.pick([0, 1, 2, 2, 3, 4, 6 if self.busy else 3])):
            self.rule()
        if self.chance(0.12):
            self.backend_tls()
            if self.chance(0.5):  # beside a rule of its host
                namespace, name, ports, _ = self.pick(self.services)
                self.rule(namespace, name, ports)
        if self.chance(0.2):
            self.sidecar()
        return self.documents

    def mesh_config(self):
        config = {}
        if self.chance(0.12):
            config["enableAutoMtls"] = False
        if self.chance(0.08):
            self.root = config["rootNamespace"] = "istio-config"
        if self.chance(0.12):
            config["defaultDestinationRuleExportTo"] = self.pick([["."], ["*"], ["foo"], [".", "bar"], ["bar"]])
        if config or self.chance(0.05):
            self.add("v1", "ConfigMap", {"name": "istio", "namespace": "istio-system"},
                     data={"mesh": "".join(f"{k}: {json.dumps(v)}\n" for k, v in config.items()) or "{}\n"})

    def namespace_documents(self):
        for namespace in self.namespaces:
            if self.chance(0.25):
                labels = self.pick([{}, {"istio-injection": "enabled"}, {"istio-injection": "enabled"},
                                    {"istio-injection": "disabled"}, {"istio.io/rev": "stable"}, {"team": "a"}])
                self.add("v1", "Namespace", {"name": namespace, **({"labels": labels} if labels else {})})

    def service(self, namespace, name):
        ports = self.random.sample(PORTS, self.pick([1, 1, 2, 3]))
        kind = self.pick(["plain"] * 8 + ["headless"] * 3 + ["no selector", "external", "udp"])
        spec = {"ports": []}
        named = []
        for number, port_name in ports:
            port = {"name": port_name, "port": number}
            how = self.pick(["absent", "absent", "number", "name"])
            if how == "number":
                port["targetPort"] = self.pick([8443, 8080, 9000])
            elif how == "name":
                port["targetPort"] = self.pick(["main", "side"])
                named.append(port["targetPort"])
            if self.chance(0.1):
                port["appProtocol"] = self.pick(["http", "tcp", "https"])
            spec["ports"].append(port)
        if kind == "udp":
            spec["ports"].append({"name": "dns", "port": 53, "protocol": "UDP"})
        selector = self.pick([{"app": name}] * 4 + [{"app": name, "version": "v1"}, {"service.istio.io/canonical-name": name}])
        if kind == "external":
            spec.update(type="ExternalName", externalName="example.com")
        elif kind != "no selector":
            spec["selector"] = selector
        if kind == "headless":
            spec["clusterIP"] = "None"
        self.add("v1", "Service", self.metadata(name, namespace), spec=spec)
        self.services.append((namespace, name, [p for p, _ in ports], [p for _, p in ports]))
        for _ in range(self.pick([0, 1, 1, 1, 2, 2, 3])):
            labels = {"app": name, "version": self.pick(["v1", "v2"])}
            if self.chance(0.3):
                labels["role"] = self.pick(["x", "y"])
            self.workload(namespace, labels, named, missing=0.15)

    def workload(self, namespace, labels, named, missing=0.0):
        annotations = {}
        spec = {}
        container = {"name": "c", "image": "i"}
        opt_out = self.pick(["no"] * 9 + ["label", "annotation", "host network", "label true"])
        if opt_out == "label":
            labels["sidecar.istio.io/inject"] = "false"
        elif opt_out == "label true":
            labels["sidecar.istio.io/inject"] = "true"
        elif opt_out == "annotation":
            annotations["sidecar.istio.io/inject"] = "false"
        elif opt_out == "host network":
            spec["hostNetwork"] = True
        if self.chance(0.04):
            side = self.pick(["exclude", "include"])
            annotations[f"traffic.sidecar.istio.io/{side}InboundPorts"] = self.pick(["80", "8080,8443", "443, 9090", "*", ""])
        ports = [{"name": n, "containerPort": {"main": 8443, "side": self.pick([8080, 9000])}[n]}
                 for n in sorted(set(named)) if not self.chance(missing)]
        if self.chance(0.2):
            ports.append({"containerPort": 80})
        if ports:
            container["ports"] = ports
        spec["containers"] = [container]
        metadata = {"labels": labels, **({"annotations": annotations} if annotations else {})}
        kind = self.pick(["Deployment"] * 5 + ["StatefulSet", "DaemonSet", "Pod", "CronJob"])
        place = self.metadata(self.name("w"), namespace)
        template = {"metadata": metadata, "spec": spec}
        if kind == "Pod":
            self.add("v1", kind, {**place, **metadata}, spec=spec)
        elif kind == "CronJob":
            self.add("batch/v1", kind, place, spec={"schedule": "@daily", "jobTemplate": {"spec": {"template": template}}})
        else:
            self.add("apps/v1", kind, place, spec={"selector": {"matchLabels": {"app": labels["app"]}}, "template": template})

    # -------------------------------------------------------------- server side

    def policies(self):
        for namespace in [self.root, *self.namespaces]:
            root = namespace == self.root
            for _ in range(self.pick([0, 1, 1, 2 if self.busy else 1]) if self.chance(0.7) else 0):
                self.policy(namespace, None)
            if self.chance(0.05 if root else 0.45):
                for _ in range(self.pick([1, 1, 2])):
                    selector = self.pick([{"app": self.pick("abc")}, {"app": self.pick("abc"), "version": "v1"}, {"version": "v2"}])
                    self.policy(namespace, selector)

    def policy(self, namespace, selector):
        spec = {}
        if selector:
            spec["selector"] = {"matchLabels": selector}
        if self.chance(0.9):
            spec["mtls"] = {"mode": self.pick(MODES[:3] * 4 + ["UNSET"])}
        if selector and self.chance(0.45):
            ports = self.random.sample([80, 8080, 443, 9090, 7000, 50051, 8443, 9000], self.pick([1, 2]))
            spec["portLevelMtls"] = {str(p): {"mode": self.pick(MODES)} for p in ports}
        self.add("security.istio.io/v1", "PeerAuthentication", self.metadata(self.name("p"), namespace, 0.3), spec=spec)

    # -------------------------------------------------------------- client side

    def tls(self, credential=False):
        mode = self.pick(["DISABLE", "DISABLE", "ISTIO_MUTUAL", "ISTIO_MUTUAL", "SIMPLE", "MUTUAL", None])
        if mode is None:
            return {}  # DISABLE
        tls = {"mode": mode}
        if credential and mode in ("SIMPLE", "MUTUAL") and self.chance(0.5):
            tls["credentialName"] = "cred"
        elif mode == "MUTUAL":
            tls.update(clientCertificate="/c", privateKey="/k", caCertificates="/ca")
        return tls

    def policy_of_traffic(self, ports, passthrough, credential):
        policy = {}
        if self.chance(0.75):
            policy["tls"] = self.tls(credential)
        if ports and self.chance(0.35):
            entries = []
            for port in self.random.sample(ports, self.pick([1, len(ports)])):
                entry = {"port": {"number": port}}
                if self.chance(0.6):
                    entry["tls"] = self.tls(credential)
                else:
                    entry["connectionPool"] = {"tcp": {"maxConnections": 10}}
                entries.append(entry)
            policy["portLevelSettings"] = entries
        if passthrough:
            policy["loadBalancer"] = {"simple": "PASSTHROUGH"}
        elif not policy or self.chance(0.1):
            policy["loadBalancer"] = {"simple": "RANDOM"}
        return policy

    def host(self, namespace):
        """A host and the ports that entries may name."""
        target_ns, name, ports, _ = self.pick(self.services[:2] if self.chance(0.6) else self.services)
        kind = self.pick(["exact"] * 6 + ["namespace wildcard", "namespace wildcard", "mesh wildcard", "mesh wildcard",
                                          "odd wildcard", "exact foreign"])
        if kind == "namespace wildcard":
            return f"*.{target_ns}.{DOMAIN}", ports
        if kind == "mesh wildcard":
            return self.pick(["*", "*.local", "*.cluster.local", f"*.{DOMAIN}"]), ports
        if kind == "odd wildcard":
            return self.pick([f"*{name}.{target_ns}.{DOMAIN}", "*.foo.svc.cluster.local", "*.com"]), ports
        if kind == "exact foreign":
            return f"nowhere.{target_ns}.{DOMAIN}", ports
        if target_ns == namespace and self.chance(0.6):
            return name, ports
        return f"{name}.{target_ns}.{DOMAIN}", ports

    def export_to(self, namespace):
        other = self.pick(self.namespaces)
        return self.pick([
            None, None, None, None, [], ["*"], ["."], ["."], [namespace], [other], [".", other] if other != namespace else ["."],
            [namespace, self.root] if namespace != self.root else ["."], ["foo", "bar"], [".", "zz-elsewhere"], [other, "zz-elsewhere"],
            ["~"], ["*", "."], [".", namespace],  # these three MTLS0015
        ])

    def rule(self, namespace=None, host=None, ports=None):
        if namespace is None:
            namespace = self.pick(self.namespaces * 2 + [self.root, self.root])
            host, ports = self.host(namespace)
        spec = {"host": host}
        selected = self.selectors and self.chance(0.5)
        if selected:
            # "role" is on the workloads' labels
            spec["workloadSelector"] = {"matchLabels": self.pick([{"role": "x"}, {"role": "x"}, {"role": "y"},
                                                                  {"role": "x", "app": "client"}, {"app": "a"}])}
            if self.chance(0.2):
                spec["exportTo"] = ["."]
        else:
            export_to = self.export_to(namespace)
            if export_to is not None:
                spec["exportTo"] = export_to
        if self.chance(0.8):
            spec["trafficPolicy"] = self.policy_of_traffic(ports, self.passthrough and self.chance(0.7), selected)
        # what a top-level PASSTHROUGH does to subsets without their own is not modelled
        if not self.passthrough and self.chance(0.4):
            spec["subsets"] = []
            for version in self.random.sample(["v1", "v2"], self.pick([1, 2])):
                subset = {"name": version, "labels": {"version": version}}
                if self.chance(0.05):
                    del subset["labels"]
                if self.chance(0.6):
                    subset["trafficPolicy"] = self.policy_of_traffic(ports, self.chance(0.08), selected)
                spec["subsets"].append(subset)
        self.add("networking.istio.io/v1", "DestinationRule", self.metadata(self.name("r"), namespace, 0.3), spec=spec)

    def backend_tls(self):
        namespace, name, _, names = self.pick(self.services[:2])
        target = {"group": "", "kind": "Service", "name": name}
        if self.chance(0.4):
            target["sectionName"] = self.pick(names)
        self.add("gateway.networking.k8s.io/v1", "BackendTLSPolicy", self.metadata(self.name("b"), namespace),
                 spec={"targetRefs": [target], "validation": {"hostname": "example.com", "wellKnownCACertificates": "System"}})

    def sidecar(self):
        namespace = self.pick(self.namespaces * 2 + [self.root])
        target_ns, name, _, _ = self.pick(self.services)
        hosts = self.random.sample(
            ["./*", "*/*", "foo/*", "bar/*", "istio-system/*", f"{target_ns}/{name}.{target_ns}.{DOMAIN}",
             f"*/{name}.{target_ns}.{DOMAIN}", f"./{name}.{target_ns}.{DOMAIN}", f"*/*.{target_ns}.{DOMAIN}", "~/*", f"~{target_ns}/*",
             f"~*/{name}.{target_ns}.{DOMAIN}"],
            self.pick([1, 1, 2, 3]))
        self.add("networking.istio.io/v1", "Sidecar", self.metadata("default", namespace), spec={"egress": [{"hosts": hosts}]})


def mesh(seed):
    return Generator(seed).mesh()


if __name__ == "__main__":
    sys.stdout.write(to_yaml(mesh(int(sys.argv[1]))))
