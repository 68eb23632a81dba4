"""A mesh of as many objects as are asked for, as requests to an API server: half of them Pods and what makes them, with
one policy, one rule and two Services for four Pods. One rule in fifty breaks against its policy."""

NAMESPACES = 50


def containers(app, proxy):
    env = [{"name": f"SETTING_{i}", "value": f"value {i}"} for i in range(10)]
    application = {"name": app, "image": f"registry.example.com/{app}:1.2.3", "env": env,
                   "ports": [{"name": "http", "containerPort": 8080}],
                   "readinessProbe": {"httpGet": {"path": "/", "port": 8080}}}
    sidecar = {"name": "istio-proxy", "image": "istio/proxyv2:1.31.0", "args": ["proxy", "sidecar"]}
    return [application, sidecar] if proxy else [application]


def owner(kind, name):
    return [{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": "00000000-0000-0000-0000-000000000001",
             "controller": True}]


def namespaces():
    return [("/api/v1/namespaces", {"metadata": {"name": f"ns-{i}", "labels": {"istio-injection": "enabled"}}})
            for i in range(NAMESPACES)]


def group(i):
    """Ten objects: (path of the list, object)."""
    app, ns = f"app-{i}", f"ns-{i % NAMESPACES}"
    labels = {"app": app, "app.kubernetes.io/part-of": "shop", "helm.sh/chart": "shop-1.2.3"}

    def of(path, name, spec, **more):
        prefix, _, plural = path.rpartition("/")
        metadata = {"name": name, "labels": labels, **more}
        return f"{prefix}/namespaces/{ns}/{plural}", {"metadata": metadata, "spec": spec}

    template = {"metadata": {"labels": labels}, "spec": {"containers": containers(app, False)}}
    controller = {"replicas": 4, "selector": {"matchLabels": {"app": app}}, "template": template}
    yield of("/apis/apps/v1/deployments", app, controller)
    yield of("/apis/apps/v1/replicasets", f"{app}-1", controller, ownerReferences=owner("Deployment", app))
    for pod in range(4):
        path, body = of("/api/v1/pods", f"{app}-1-{pod}", {"containers": containers(app, True)},
                        ownerReferences=owner("ReplicaSet", f"{app}-1"))
        yield path, {**body, "status": {"phase": "Running"}}
    for service in (app, f"{app}-admin"):
        yield of("/api/v1/services", service,
                 {"selector": {"app": app}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]})
    yield of("/apis/security.istio.io/v1/peerauthentications", app,
             {"selector": {"matchLabels": {"app": app}}, "mtls": {"mode": "STRICT"}})
    yield of("/apis/networking.istio.io/v1/destinationrules", app,
             {"host": f"{app}.{ns}.svc.cluster.local",
              "trafficPolicy": {"tls": {"mode": "DISABLE" if i % 50 == 0 else "ISTIO_MUTUAL"}}})
