"""Runs helm's and kubectl's stand-ins, which are scripts of Unix, for programs under Wine: the other end of stand_in.cpp, which says what
goes over the connection."""

import os
import shutil
import signal
import socketserver
import struct
import subprocess
import threading


def outside(text):
    """A path of Wine's drive Z: as one of this machine; other texts as they are."""
    return text[2:].replace("\\", "/") if text[:3].upper() in ("Z:\\", "Z:/") else text


served = []  # the name of each program that is connected


def running(name):
    """How many of them there are."""
    return served.count(name)


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.writing = threading.Lock()
        [size] = struct.unpack("<I", self.rfile.read(4))
        name, folder, count, *texts = self.rfile.read(size).decode().split("\0")[:-1]
        words, variables = texts[:int(count)], texts[int(count):]
        environment = dict(each.split("=", 1) for each in variables if not each.startswith("="))
        environment = {key: outside(value) for key, value in environment.items()}
        environment["PATH"] = environment["ISTIO_MTLS_UNIX_PATH"]
        script = shutil.which(name, path=environment["PATH"])
        process = subprocess.Popen([script, *map(outside, words)], cwd=outside(folder), env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        served.append(name)
        with process:
            threading.Thread(target=self.end_with_it, args=[process], daemon=True).start()
            copying = [threading.Thread(target=self.copy, args=each) for each in ((1, process.stdout), (2, process.stderr))]
            for each in copying:
                each.start()
            for each in copying:
                each.join()
            status = process.wait()
            self.say(struct.pack("<II", 0, status if status >= 0 else 128 - status))
        served.remove(name)

    def end_with_it(self, process):
        """The program under Wine was ended, or has: so is what runs for it."""
        try:
            self.rfile.read(1)
        except OSError:
            pass
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)

    def copy(self, number, stream):
        while data := stream.read1(65536):
            self.say(struct.pack("<II", number, len(data)) + data)

    def say(self, data):
        with self.writing:
            try:
                self.connection.sendall(data)
            except OSError:
                pass  # nobody is there to hear it


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


def serve():
    """Starts to; returns the port."""
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]
