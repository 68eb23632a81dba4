"""Small meshes that the tests share."""

STRICT = """\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: foo
spec:
  mtls:
    mode: STRICT
"""

PLAINTEXT = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: a
  namespace: foo
spec:
  host: a.foo.svc.cluster.local
  trafficPolicy:
    tls:
      mode: DISABLE
"""

# What the rule leads to: where it is known, a fix of the conflict is sure to help.
WORKLOAD = """\
apiVersion: v1
kind: Service
metadata: {name: a, namespace: foo}
spec: {selector: {app: a}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: foo}
spec: {template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a}]}}}
"""

# Issued for the mesh-wide policy that disables mTLS without a rule that keeps clients from using it.
DISABLED_MESH = """\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: istio-system
spec:
  mtls:
    mode: DISABLE
"""

# The API server has no sidecar, so its host needs a rule of its own.
MUTUAL_EVERYWHERE = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: everything
  namespace: istio-system
spec:
  host: "*.local"
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: api-server
  namespace: istio-system
spec:
  host: kubernetes.default.svc.cluster.local
  trafficPolicy:
    tls:
      mode: DISABLE
"""

CONFLICT = {"peer.yaml": STRICT, "rule.yaml": PLAINTEXT}  # TIS0208 in both files
