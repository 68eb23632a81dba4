"""Random kustomization trees by seed: a base or two, layers over them, and what layers do."""

import random

# More arguments for kustomize, by case.
FLAGS = {
    "outside_root": ["--load-restrictor", "LoadRestrictionsNone"],
}

KINDS = ("Deployment", "Service", "ConfigMap", "DestinationRule", "PeerAuthentication", "ServiceAccount", "StatefulSet",
         "Role", "RoleBinding")
API = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "Service": "v1", "ConfigMap": "v1", "ServiceAccount": "v1",
       "DestinationRule": "networking.istio.io/v1", "PeerAuthentication": "security.istio.io/v1",
       "Role": "rbac.authorization.k8s.io/v1", "RoleBinding": "rbac.authorization.k8s.io/v1"}
NAMES = ("a", "b", "c")


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.files = {}

    def chance(self, share):
        return self.random.random() < share

    def pick(self, *choices):
        return self.random.choice(choices)

    def header(self, kind, name, namespace=None):
        text = f"apiVersion: {API[kind]}\nkind: {kind}\nmetadata:\n  name: {name}\n"
        return text + (f"  namespace: {namespace}\n" if namespace else "")

    def pod(self, indent):
        lines = ["containers:"]
        for name in self.random.sample(("main", "side", "extra"), self.random.randint(1, 3)):
            lines += [f"- name: {name}", f"  image: {self.pick('img:1', 'reg.io/x/img', 'other@sha256:ab')}"]
            if self.chance(0.5):
                lines += ["  env:", f"  - name: {self.pick('A', 'B')}",
                          f"    value: {self.pick(chr(34) + '1' + chr(34), 'text', 'yes')}"]
            if self.chance(0.4):
                lines += ["  envFrom:", "  - configMapRef:", f"      name: {self.pick(*NAMES)}"]
            if self.chance(0.4):
                lines += ["  ports:", f"  - containerPort: {self.pick(80, 8080)}"]
                if self.chance(0.5):
                    lines += [f"    protocol: {self.pick('TCP', 'UDP')}"]
                if self.chance(0.3):
                    lines += [f"  - containerPort: {self.pick(81, 8080)}", "    protocol: SCTP"]
        if self.chance(0.4):
            lines += [f"serviceAccountName: {self.pick(*NAMES)}"]
        if self.chance(0.4):
            lines += ["volumes:", "- name: v", "  configMap:", f"    name: {self.pick(*NAMES)}"]
        return "".join(f"{' ' * indent}{line}\n" for line in lines)

    def body(self, kind):
        app = self.pick(*NAMES)
        if kind in ("Deployment", "StatefulSet"):
            labels = f"        app: {app}\n"
            return (f"spec:\n  replicas: {self.random.randint(1, 3)}\n  selector:\n    matchLabels:\n      app: {app}\n"
                    f"  template:\n    metadata:\n      labels:\n{labels}    spec:\n{self.pod(6)}")
        if kind == "Service":
            return f"spec:\n  selector:\n    app: {app}\n  ports:\n  - port: {self.pick(80, 443)}\n    name: {self.pick('http', 'web')}\n"
        if kind == "ConfigMap":
            block = "  text: |\n    one\n    two: {}\n" if self.chance(0.3) else ""
            return f"data:\n  k: {self.pick('v', chr(34) + '5' + chr(34), 'w')}\n{block}"
        if kind == "DestinationRule":
            subsets = "  subsets:\n  - name: v1\n    labels: {version: v1}\n" if self.chance(0.5) else ""
            return f"spec:\n  host: {app}\n  trafficPolicy:\n    tls:\n      mode: {self.pick('DISABLE', 'ISTIO_MUTUAL')}\n{subsets}"
        if kind == "PeerAuthentication":
            ports = '  portLevelMtls:\n    "8080": {mode: DISABLE}\n' if self.chance(0.4) else ""
            return f"spec:\n  mtls:\n    mode: {self.pick('STRICT', 'PERMISSIVE', 'null', '~')}\n{ports}"
        if kind == "Role":
            return "rules:\n- apiGroups: [\"\"]\n  resources: [configmaps]\n  resourceNames: [a, b]\n  verbs: [get]\n"
        if kind == "RoleBinding":
            return ("roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: " + self.pick(*NAMES) +
                    "\nsubjects:\n- kind: ServiceAccount\n  name: " + self.pick("default", *NAMES) + "\n" +
                    ("  namespace: other\n" if self.chance(0.3) else ""))
        return ""

    def manifests(self, count, names):
        documents, known = [], []
        while len(documents) < count:
            kind, name = self.pick(*KINDS), self.pick(*names)
            namespace = self.pick(None, None, None, "other")
            if (kind, name) in known:
                continue
            known.append((kind, name))
            documents.append(self.header(kind, name, namespace) + self.body(kind))
        self.random.shuffle(documents)
        return "---\n".join(documents), known

    def indented(self, text, by=4):
        return "".join(f"{' ' * by}{line}\n" if line else "\n" for line in text.splitlines())

    def strategic(self, kind, name):
        if kind in ("Deployment", "StatefulSet"):
            container = self.pick("main", "side", "new")
            change = self.pick(f"image: patched:{self.random.randint(1, 9)}", "$patch: delete",
                               "ports:\n          - containerPort: 8080\n            protocol: TCP",
                               "env:\n          - name: A\n            value: patched\n          - name: C\n            value: c")
            return self.header(kind, name) + (f"spec:\n  replicas: {self.pick('null', '7')}\n  template:\n    spec:\n"
                                              f"      containers:\n        - name: {container}\n          {change}\n")
        if kind == "DestinationRule":
            return self.header(kind, name) + self.pick(
                "spec:\n  trafficPolicy:\n    tls:\n      mode: SIMPLE\n", "spec:\n  trafficPolicy: null\n",
                "spec:\n  subsets:\n  - name: v9\n", "spec:\n  trafficPolicy:\n    $patch: replace\n    loadBalancer: {simple: RANDOM}\n",
                "$patch: delete\n")
        if kind == "PeerAuthentication":
            return self.header(kind, name) + self.pick("spec:\n  mtls:\n    mode: STRICT\n", "spec: null\n",
                                                       "spec:\n  selector:\n    matchLabels: {app: a}\n")
        if kind == "Service":
            return self.header(kind, name) + self.pick("spec:\n  ports:\n  - port: 80\n    targetPort: 8080\n",
                                                       "spec:\n  ports:\n  - port: 9000\n    protocol: UDP\n", "spec:\n  type: NodePort\n")
        if kind == "ConfigMap":
            return self.header(kind, name) + self.pick("data:\n  k: patched\n", "data:\n  k: null\n  n: \"6\"\n")
        return self.header(kind, name) + "automountServiceAccountToken: false\n"

    def json_operations(self, kind):
        if kind == "DestinationRule":
            return self.pick("- {op: replace, path: /spec/host, value: other}\n", "- {op: add, path: /spec/exportTo, value: [\".\"]}\n",
                             "- {op: copy, from: /spec/host, path: /spec/copied}\n")
        return self.pick("- {op: add, path: /metadata/labels, value: {json: \"1\"}}\n",
                         "- {op: add, path: /metadata/annotations/a~1b, value: text}\n",
                         "- {op: remove, path: /metadata/nothing}\n" if self.chance(0.1) else
                         "- {op: test, path: /kind, value: " + kind + "}\n")

    def layer(self, folder, resources, known, component=False):
        lines = []
        if component:
            lines += ["apiVersion: kustomize.config.k8s.io/v1alpha1", "kind: Component"]
        if resources:
            lines += ["resources:"] + [f"- {one}" for one in resources]
        if self.chance(0.4):
            lines += [f"namespace: {self.pick('prod', 'dev', 'other')}"]
        if self.chance(0.3):
            lines += [f"namePrefix: {self.pick('p-', 'q-')}"]
        if self.chance(0.2):
            lines += ["nameSuffix: -s"]
        if self.chance(0.2):
            lines += ["commonLabels:", f"  common: {self.pick('x', 'w')}"]
        if self.chance(0.25):
            lines += ["labels:", f"- pairs: {{l: {self.pick('m', 'n1')}}}",
                      f"  {self.pick('includeSelectors', 'includeTemplates')}: {self.pick('true', 'false')}"]
        if self.chance(0.15):
            lines += ["commonAnnotations:", "  note: \"1\""]
        if self.chance(0.4):
            known_maps = [name for kind, name in known if kind == "ConfigMap"]
            is_new = not known_maps or self.chance(0.5)
            name = f"made{len(self.files)}" if is_new else self.pick(*known_maps)
            lines += ["configMapGenerator:", f"- name: {name}", f"  literals: [k={self.pick('1', '2')}, other=x]"]
            if not is_new:
                lines += [f"  behavior: {self.pick('merge', 'replace', 'merge', 'replace', 'create')}"]
            known = known + [("ConfigMap", name)]
        if self.chance(0.15):
            lines += ["secretGenerator:", f"- name: secret{len(self.files)}", "  literals: [p=w]"]
        if self.chance(0.1):
            lines += ["generatorOptions:", "  disableNameSuffixHash: true"]
        patches = []
        for index in range(self.random.randint(0, 3)):
            if not known:
                break
            kind, name = self.pick(*known)
            if self.chance(0.6):
                text = self.strategic(kind, name)
                if self.chance(0.5):
                    self.files[f"{folder}/patch{index}.yaml"] = text
                    patches += [f"- path: patch{index}.yaml"]
                else:
                    patches += ["- patch: |-", self.indented(text).rstrip("\n")]
                if self.chance(0.3):
                    patches += ["  target:", f"    kind: {kind}"] + ([f"    name: {self.pick('.*', name, 'a|b')}"] if self.chance(0.6) else [])
            else:
                patches += ["- target:", f"    kind: {kind}"] + ([f"    name: {name}"] if self.chance(0.5) else [])
                patches += ["  patch: |-", self.indented(self.json_operations(kind)).rstrip("\n")]
        if patches:
            lines += ["patches:"] + patches
        if self.chance(0.2):
            lines += ["images:", "- name: img", f"  newTag: {self.pick('v2', chr(34) + '3' + chr(34))}"]
        workloads = [name for kind, name in known if kind in ("Deployment", "StatefulSet")]
        if self.chance(0.2) and workloads:
            lines += ["replicas:", f"- name: {self.pick(*workloads)}", "  count: 9"]
        services = [name for kind, name in known if kind == "Service"]
        if self.chance(0.3) and services:
            lines += ["replacements:", "- source:", "    kind: Service", f"    name: {self.pick(*services)}",
                      "    fieldPath: spec.ports.0.port", "  targets:", "  - select:", "      kind: ConfigMap",
                      "    fieldPaths: [data.k]"] + (["    options: {create: true}"] if self.chance(0.5) else [])
        if self.chance(0.2):
            lines += ["sortOptions:", f"  order: {self.pick('fifo', 'legacy')}"]
        if not lines:
            lines = ["resources: []", "namePrefix: ''", "namespace: only"]
        self.files[f"{folder}/kustomization.yaml"] = "\n".join(lines) + "\n"
        return known

    def tree(self):
        known = []
        bases = []
        for name in ("base", "second")[:self.random.randint(1, 2)]:
            text, own = self.manifests(self.random.randint(1, 6), NAMES if name == "base" else ("d", "e"))
            self.files[f"{name}/all.yaml"] = text
            known += self.layer(name, ["all.yaml"], own)
            bases.append(name)
        below = bases
        for depth in range(self.random.randint(0, 2)):
            known = self.layer(f"mid{depth}", [f"../{one}" for one in below], known)
            below = [f"mid{depth}"]
        if self.chance(0.3):
            self.layer("part", [], known, component=True)
        known = self.layer("top", [f"../{one}" for one in below], known)
        if "part/kustomization.yaml" in self.files:
            self.files["top/kustomization.yaml"] += "components: [../part]\n"
        self.files["kustomization.yaml"] = "resources: [top]\n"
        return self.files


def generate(seed):
    """Relative path -> text; the root is the folder itself."""
    return Generator(seed).tree()
