#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# An HTTP server of a test's own that answers, and misbehaves, as it is told, and records what it was asked.
#
#   http_server.py RECORD REPLIES [CERTIFICATE KEY]     an HTTP/1.1 server; with a certificate, over TLS
#   http_server.py RECORD h2 CERTIFICATE KEY            speaks HTTP/2, and answers each request with 200 and "two"
#   http_server.py RECORD proxy                         a proxy that knows CONNECT
#
# Prints its port. RECORD gets a line of JSON for each request, before it is answered. REPLIES is a JSON list; a request
# is answered with the first one that is left and whose "path" begins its target:
#
#   path, times (1; 0 for ever), status (200), headers {}, padding (bytes of further headers), body "" or echo (true) or size (that many bytes),
#   delay (seconds before the answer), pause (seconds in the middle of the body), chunked (true),
#   fault: reset, close, truncate, hang, garbage, continue
import json
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time

record_path, mode, *files = sys.argv[1:]
replies = [] if mode in ("h2", "proxy") else json.loads(mode)
lock = threading.Lock()
connections = 0


def record(entry):
    with lock, open(record_path, "a") as file:
        file.write(json.dumps(entry) + "\n")


def take_reply(target):
    with lock:
        for reply in replies:
            if target.startswith(reply.get("path", "/")) and reply.setdefault("times", 1) != -1:
                reply["times"] = reply["times"] - 1 or -1 if reply["times"] else 0
                return reply
    return {"status": 404, "body": "no reply is left"}


class Handler(socketserver.StreamRequestHandler):
    # Header and body are written apart: the body would wait for the client's delayed acknowledgement.
    disable_nagle_algorithm = True

    def setup(self):
        global connections
        if files:
            self.request = context.wrap_socket(self.request, server_side=True)
        super().setup()
        with lock:
            connections += 1
            self.number = connections

    def handle(self):
        if mode == "h2":
            return self.handle_two()
        while self.handle_one() and mode != "proxy":
            pass

    def handle_one(self):
        start = self.rfile.readline().decode("latin-1").split()
        if len(start) != 3:
            return False
        method, target, protocol = start
        headers = []
        while line := self.rfile.readline().strip():
            name, value = line.decode("latin-1").split(":", 1)
            headers.append([name, value.strip()])
        length = int({name.lower(): value for name, value in headers}.get("content-length", 0))
        body = self.rfile.read(length).decode("latin-1")
        entry = dict(connection=self.number, method=method, target=target, headers=headers, body=body)
        record(entry)
        if method == "CONNECT":
            return self.tunnel(target)
        return self.answer(method, entry, take_reply(target))

    def answer(self, method, entry, reply):
        fault = reply.get("fault")
        time.sleep(reply.get("delay", 0))
        if fault == "hang":
            self.rfile.read(1)
            record(dict(entry, method="CLOSED"))
            return False
        if fault == "reset":
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.request.close()
        if fault in ("reset", "close"):
            return False
        if fault == "garbage":
            self.wfile.write(b"* OK IMAP4rev1 ready\r\n\r\n")
            return False
        if fault == "continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\nX-Early: yes\r\n\r\n")
        body = json.dumps(entry) if reply.get("echo") else reply.get("body", "x" * reply.get("size", 0))
        return self.send(method, reply, body.encode("latin-1"), fault == "truncate")

    def send(self, method, reply, body, is_cut):
        headers = dict(reply.get("headers", {}))
        headers.update({f"X-{n}": "z" * 10000 for n in range(reply.get("padding", 0) // 10000)})
        chunked = reply.get("chunked")
        headers["Transfer-Encoding" if chunked else "Content-Length"] = "chunked" if chunked else len(body)
        lines = [f"HTTP/1.1 {reply.get('status', 200)} Said So"] + [f"{k}: {v}" for k, v in headers.items()]
        self.wfile.write("\r\n".join(lines + ["", ""]).encode("latin-1"))
        if method == "HEAD":
            return True
        half = len(body) // 2
        self.piece(body[:half], chunked)
        time.sleep(reply.get("pause", 0))
        if is_cut:
            return False
        self.piece(body[half:], chunked)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")
        return headers.get("Connection") != "close"

    def piece(self, body, chunked):
        if not body:
            return
        self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body) if chunked else body)

    def tunnel(self, target):
        host, port = target.rsplit(":", 1)
        server = socket.create_connection((host, int(port)))
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")

        def copy(source, sink):
            try:
                while data := source.recv(65536):
                    sink.sendall(data)
            except OSError:
                pass
            for end in (source, sink):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

        thread = threading.Thread(target=copy, args=(server, self.request), daemon=True)
        thread.start()
        copy(self.request, server)
        return False

    # HTTP/2 (RFC 9113): frames are length (3 bytes), type, flags, stream (4 bytes), payload.
    def handle_two(self):
        preface = self.rfile.read(24)
        record(dict(connection=self.number, method=preface[:3].decode("latin-1"), target="preface", headers=[], body=""))
        self.frame(4, 0, 0, b"")
        while header := self.rfile.read(9):
            length, kind, flags = int.from_bytes(header[:3], "big"), header[3], header[4]
            stream = int.from_bytes(header[5:], "big")
            self.rfile.read(length)
            if kind == 4 and not flags & 1:
                self.frame(4, 1, 0, b"")
            if kind in (0, 1) and flags & 1:
                # 0x88 is ":status: 200" in HPACK's static table (RFC 7541, appendix A).
                self.frame(1, 4, stream, b"\x88")
                self.frame(0, 1, stream, b"two")

    def frame(self, kind, flags, stream, payload):
        head = len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big")
        self.wfile.write(head + payload)
        self.wfile.flush()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, address):
        pass  # A client that goes away in the middle is what half of the tests are about.


if files:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    if mode == "h2":
        context.set_alpn_protocols(["h2"])
server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
