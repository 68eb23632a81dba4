#!/usr/bin/env python3
"""Writes a workspace of as many manifests as asked for: services, workloads, policies and rules of many namespaces.

    bench/make_workspace.py --manifests 10000 FOLDER

The same number gives the same files. One rule in fifty breaks against its namespace's policy. Standard library only.
"""

import argparse
import pathlib

POLICY = """\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: {ns}
spec:
  mtls:
    mode: {mode}
"""

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {ns}
  labels:
    app: {name}
spec:
  selector:
    app: {name}
  ports:
    - name: http
      port: 80
      targetPort: http
"""

RULE = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: {name}
  namespace: {ns}
spec:
  host: {name}.{ns}.svc.cluster.local
  trafficPolicy:
    connectionPool:
      tcp:
        maxConnections: 100
    tls:
      mode: {mode}
"""

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {ns}
  labels:
    app: {name}
spec:
  replicas: 3
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
        version: v1
    spec:
      serviceAccountName: {name}
      containers:
        - name: {name}
          image: registry.example.com/{ns}/{name}:1.4.2
          ports:
            - name: http
              containerPort: 8080
          env:
{settings}          readinessProbe:
            httpGet:
              path: /healthz
              port: http
"""

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  namespace: {ns}
data:
  application.properties: |
    server.port=8080
    cache.ttl=300
    upstream=http://{name}.{ns}:80/api
"""

SETTINGS = "".join(f'            - name: SETTING_{i}\n              value: "{i * 17}"\n' for i in range(12))
SERVICES_A_NAMESPACE = 12


def manifests():
    """(path, text) without end."""
    number = 0
    while True:
        ns = f"team-{number:05}"
        number += 1
        strict = number % 4 == 0
        yield f"{ns}/policy.yaml", POLICY.format(ns=ns, mode="STRICT" if strict else "PERMISSIVE")
        for i in range(SERVICES_A_NAMESPACE):
            name = f"service-{i:02}"
            broken = strict and i == 3
            yield f"{ns}/{name}/service.yaml", SERVICE.format(ns=ns, name=name)
            yield f"{ns}/{name}/rule.yaml", RULE.format(ns=ns, name=name, mode="DISABLE" if broken else "ISTIO_MUTUAL")
            yield f"{ns}/{name}/deployment.yaml", DEPLOYMENT.format(ns=ns, name=name, settings=SETTINGS)
            yield f"{ns}/{name}/config.yaml", CONFIG.format(ns=ns, name=name)


def make_workspace(folder, count):
    for _, (path, text) in zip(range(count), manifests()):
        target = pathlib.Path(folder) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder")
    arguments.add_argument("--manifests", type=int, default=10000)
    options = arguments.parse_args()
    make_workspace(options.folder, options.manifests)
