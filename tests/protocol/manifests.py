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

CONFLICT = {"peer.yaml": STRICT, "rule.yaml": PLAINTEXT}  # TIS0208 in both files
