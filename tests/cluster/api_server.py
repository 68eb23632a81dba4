#!/usr/bin/env python3
"""A real API server on the loopback: etcd and kube-apiserver, no controllers, no scheduler, no kubelet.

    tests/cluster/api_server.py TOOLS        starts one, prints the KUBECONFIG to use, stops it with Ctrl-C

TOOLS is the folder with kube-apiserver and kubectl, which scripts/test-cluster builds. Objects come to stand by what
tests apply: Pods with their status, since nothing would run them.
"""

import atexit
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

START_SECONDS = 180
# A user each, by token; the rights are those that RBAC gives.
TOKENS = {"admin": "system:masters", "reader": "readers", "tenant": "tenants"}
# Of the lists that `create` is told.
KINDS = {"namespaces": "Namespace", "pods": "Pod", "services": "Service", "deployments": "Deployment",
         "replicasets": "ReplicaSet", "peerauthentications": "PeerAuthentication",
         "destinationrules": "DestinationRule"}


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class ApiServer:
    """A context manager; `folder` holds its state, and is removed with it."""

    def __init__(self, tools, flags=()):
        self.kubectl = pathlib.Path(tools).resolve() / "kubectl"
        self.program = pathlib.Path(tools).resolve() / "kube-apiserver"
        self.flags = flags
        self.processes = {}

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="istio-mtls-cluster-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)  # interrupted tests are not cleaned up
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes.values()):
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        port, etcd, peers = free_port(), free_port(), free_port()
        self.address, self.etcd = f"https://127.0.0.1:{port}", f"http://127.0.0.1:{etcd}"
        key = self.folder / "service-accounts.key"
        openssl("genrsa", "-out", str(key), "2048")
        tokens = self.folder / "tokens.csv"
        tokens.write_text("".join(f"{name}-token,{name},{name},{group}\n" for name, group in TOKENS.items()))
        self.spawn("etcd", "etcd", f"--data-dir={self.folder}/etcd", f"--listen-client-urls={self.etcd}",
                   f"--advertise-client-urls={self.etcd}", f"--listen-peer-urls=http://127.0.0.1:{peers}",
                   f"--initial-advertise-peer-urls=http://127.0.0.1:{peers}",
                   f"--initial-cluster=default=http://127.0.0.1:{peers}")
        self.spawn("kube-apiserver", self.program, f"--etcd-servers={self.etcd}", "--bind-address=127.0.0.1",
                   f"--secure-port={port}", f"--cert-dir={self.folder}/certs", "--authorization-mode=RBAC",
                   f"--token-auth-file={tokens}", "--service-cluster-ip-range=10.0.0.0/16",
                   "--service-account-issuer=https://kubernetes.default.svc",
                   f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}",
                   "--disable-admission-plugins=ServiceAccount", "--allow-privileged=true", *self.flags)
        self.wait_until_ready()
        self.authority = self.folder / "certs" / "apiserver.crt"
        for name in TOKENS:
            self.write_kubeconfig(name)

    def spawn(self, name, *command):
        with open(self.folder / f"{name}.log", "wb") as log:
            # ends with this process, however that ends
            alone = ["setpriv", "--pdeathsig=KILL", "nice", "-n", "19"]
            self.processes[name] = subprocess.Popen([*alone, *map(str, command)], stdout=log, stderr=log)

    def wait_until_ready(self):
        until = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError):
                if self.request("GET", "/readyz") == b"ok":
                    return
            dead = [name for name, process in self.processes.items() if process.poll() is not None]
            if dead or time.monotonic() > until:
                name = (dead or ["kube-apiserver"])[0]
                last = (self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-3:]
                raise RuntimeError(f"{name} does not {'run' if dead else 'get ready'}:\n" + "\n".join(last))
            time.sleep(0.2)

    def request(self, method, path, body=None):
        """Asks the server as the administrator, without kubectl."""
        request = urllib.request.Request(self.address + path, method=method, data=body, headers={
            "Authorization": "Bearer admin-token", "Content-Type": "application/json"})
        context = ssl._create_unverified_context()  # its certificate is written while it starts
        with urllib.request.urlopen(request, context=context, timeout=30) as answer:
            return answer.read()

    def create(self, requests):
        """Creates objects, some at once; `requests` are (path of the list, object without apiVersion and kind)."""
        requests = iter(requests)
        next_one = threading.Lock()
        port = int(self.address.rpartition(":")[2])

        def work():
            context = ssl._create_unverified_context()
            connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=context)
            with contextlib.closing(connection):
                create_all(connection)

        def create_all(connection):
            while True:
                with next_one:
                    path, body = next(requests, (None, None))
                if path is None:
                    return
                folder, _, plural = path.rpartition("/")
                version = folder.split("/namespaces/")[0].removeprefix("/apis/").removeprefix("/api/")
                self.send(connection, "POST", path, {"apiVersion": version, "kind": KINDS[plural], **body})
                if "status" in body:
                    status = f"{path}/{body['metadata']['name']}/status"
                    self.send(connection, "PATCH", status, {"status": body["status"]})

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            for done in [pool.submit(work) for _ in range(6)]:
                done.result()

    @staticmethod
    def send(connection, method, path, body):
        connection.request(method, path, json.dumps(body), {
            "Authorization": "Bearer admin-token",
            "Content-Type": "application/json" if method == "POST" else "application/merge-patch+json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status}: {text.decode()}")

    def compact(self):
        """Has etcd forget all revisions but the present one, so that lists that are read by pages expire."""
        def ask(path, body):
            request = urllib.request.Request(self.etcd + path, method="POST", data=json.dumps(body).encode())
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        revision = ask("/v3/kv/range", {"key": "AA=="})["header"]["revision"]
        ask("/v3/kv/compaction", {"revision": revision, "physical": True})

    def write_kubeconfig(self, user, name=None, namespace=None, cluster=None, credentials=None):
        """For a user, or what else is given; returns the file."""
        context = {"cluster": "test", "user": user} | ({"namespace": namespace} if namespace else {})
        path = self.folder / f"{name or user}.kubeconfig"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": self.address,
                                                      "certificate-authority": str(self.authority)} | (cluster or {})}],
            "users": [{"name": user, "user": credentials or {"token": f"{user}-token"}}],
            "contexts": [{"name": "test", "context": context}]}, indent=1))
        return path

    def apply(self, *paths, status=False):
        """Applies files as the administrator; with `status` that of their objects as well."""
        files = [f"--filename={path}" for path in paths]
        for more in [[], ["--subresource=status"]] if status else [[]]:
            self.run("apply", "--server-side", "--force-conflicts", "--recursive", *files, *more)

    def run(self, *arguments, check=True):
        done = subprocess.run([self.kubectl, f"--kubeconfig={self.folder}/admin.kubeconfig", *arguments],
                              capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise RuntimeError(f"kubectl {' '.join(arguments[:2])}: {done.stderr}")
        return done.stdout

    def documents(self, *paths):
        """What files and folders hold, as kubectl reads them: objects."""
        files = [f"--filename={path}" for path in paths]
        text = self.run("create", "--dry-run=client", "--validate=false", "--output=json", "--recursive", *files)
        decoder, found, at = json.JSONDecoder(), [], 0
        while at < len(text):
            document, at = decoder.raw_decode(text, at)
            found += document["items"] if document["kind"] == "List" else [document]
            at += len(text[at:]) - len(text[at:].lstrip())
        return found

    def versions(self):
        """Of what runs."""
        client = json.loads(subprocess.run([self.kubectl, "version", "--client", "--output=json"], check=True,
                                           capture_output=True, text=True).stdout)
        etcd = subprocess.run(["etcd", "--version"], check=True, capture_output=True, text=True).stdout
        return {"kube-apiserver": json.loads(self.request("GET", "/version"))["gitVersion"],
                "kubectl": client["clientVersion"]["gitVersion"],
                "etcd": "v" + etcd.split("\n", 1)[0].removeprefix("etcd Version: ")}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with ApiServer(sys.argv[1]) as server:
        print(f"KUBECONFIG={server.folder}/admin.kubeconfig (also: reader, tenant)", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.processes["kube-apiserver"].wait()


if __name__ == "__main__":
    os.environ.setdefault("LANG", "C")
    main()
