#!/usr/bin/env python3
"""Writes a workspace of kustomize builds: bases of services, workloads, policies and rules, and overlays of each.

    bench/make_builds.py [--bases 100] [--overlays 10] [--documents 30] FOLDER

Each overlay is a build of as many documents as its base has: it sets the namespace and a label, and patches the policy. One
build in fifty turns STRICT while a rule of its base sends plaintext. The same numbers give the same files. Standard library
only.
"""

import argparse
import pathlib

import make_workspace

NAMESPACE = "  namespace: {ns}\n"  # what an overlay sets, a base leaves out
POLICY = make_workspace.POLICY.replace(NAMESPACE, "")
SERVICE = make_workspace.SERVICE.replace(NAMESPACE, "")
RULE = make_workspace.RULE.replace(NAMESPACE, "").replace("{name}.{ns}.svc.cluster.local", "{name}")

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  replicas: 1
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      containers:
        - name: main
          image: registry.example.org/{name}:1.0.0
          ports:
            - name: http
              containerPort: 8080
          resources:
            requests: {{cpu: 100m, memory: 128Mi}}
"""

OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {ns}
resources:
  - ../../base
labels:
  - pairs:
      stage: {ns}
patches:
  - patch: |-
      apiVersion: security.istio.io/v1
      kind: PeerAuthentication
      metadata:
        name: default
      spec:
        mtls:
          mode: {mode}
"""


def write(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bases", type=int, default=100)
    parser.add_argument("--overlays", type=int, default=10, help="of each base")
    parser.add_argument("--documents", type=int, default=30, help="of each base: a policy, and three for each service")
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    for base in range(options.bases):
        app = options.folder / f"app-{base:04}"
        files = ["policy.yaml"]
        write(app / "base" / "policy.yaml", POLICY.format(mode="PERMISSIVE"))
        services = max(1, (options.documents - 1) // 3)
        for service in range(services):
            name = f"service-{base}-{service}"
            # Only the first service's clients send plaintext.
            mode = "DISABLE" if service == 0 else "ISTIO_MUTUAL"
            parts = [SERVICE.format(name=name), DEPLOYMENT.format(name=name), RULE.format(name=name, mode=mode)]
            files.append(f"{name}.yaml")
            write(app / "base" / files[-1], "---\n".join(parts))
        for extra in range(options.documents - 1 - 3 * services):
            files.append(f"extra-{extra}.yaml")
            write(app / "base" / files[-1], SERVICE.format(name=f"extra-{base}-{extra}"))
        listed = "".join(f"  - {file}\n" for file in files)
        head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        write(app / "base" / "kustomization.yaml", f"{head}resources:\n{listed}")
        for overlay in range(options.overlays):
            number = base * options.overlays + overlay
            mode = "STRICT" if number % 50 == 7 else "PERMISSIVE"
            write(app / "overlays" / f"o{overlay:03}" / "kustomization.yaml",
                  OVERLAY.format(ns=f"team-{base}-{overlay}", mode=mode))


if __name__ == "__main__":
    main()
