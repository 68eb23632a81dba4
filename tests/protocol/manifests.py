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
"""

# What the rule's host leads to: with it the call is known to fail.
BACKEND = """\
apiVersion: v1
kind: Service
metadata:
  name: a
  namespace: foo
spec:
  selector:
    app: a
  ports:
  - port: 80
---
apiVersion: v1
kind: Pod
metadata:
  name: a
  namespace: foo
  labels:
    app: a
"""

CONFLICT = {"peer.yaml": STRICT, "rule.yaml": PLAINTEXT}  # TIS0208 in both files
