#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A proxy that ends TLS itself, as connection pools do.

  pooler.py TARGET_HOST:PORT CA CERTIFICATE KEY own-pids|pass

Shows CERTIFICATE to clients and verifies the server by CA; each client gets a
connection to the server. With own-pids a client is told another process id than
that of the process which serves it; with pass nothing is changed. The first line
of output is "PORT=…". Ends with the process that started it.
"""

import os
import select
import socket
import ssl
import struct
import sys
import threading
import time

SSL_REQUEST = struct.pack("!ii", 8, 80877103)


class Login:
    """The server's messages until the client is let in, with its process id replaced."""

    def __init__(self, own_pids: bool) -> None:
        self.rest = b""
        self.is_over = not own_pids

    def passed_on(self, data: bytes) -> bytes:
        if self.is_over:
            return data
        self.rest += data
        result = b""
        while not self.is_over and len(self.rest) >= 5:
            end = 1 + int.from_bytes(self.rest[1:5])
            if len(self.rest) < end:
                return result
            message, self.rest = self.rest[:end], self.rest[end:]
            if message[:1] == b"K":
                pid = int.from_bytes(message[5:9])
                message = message[:5] + (pid + 1_000_000).to_bytes(4) + message[9:]
            self.is_over = message[:1] == b"Z"
            result += message
        if self.is_over:
            result, self.rest = result + self.rest, b""
        return result


def serve(client: socket.socket, target: tuple[str, int], authority: str,
          certificate: tuple[str, str], own_pids: bool) -> None:
    server = socket.create_connection(target)
    for end in (client, server):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if client.recv(8, socket.MSG_WAITALL) != SSL_REQUEST:
        return
    client.sendall(b"S")
    server.sendall(SSL_REQUEST)
    if server.recv(1) != b"S":
        return
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(*certificate)
    client = shown.wrap_socket(client, server_side=True)
    verified = ssl.create_default_context(cafile=authority)
    server = verified.wrap_socket(server, server_hostname=target[0])
    login = Login(own_pids)
    while True:
        # What OpenSSL has decrypted already makes no socket readable.
        ready = [end for end in (client, server) if end.pending()] or \
            select.select([client, server], [], [])[0]
        for end in ready:
            data = end.recv(65536)
            if not data:
                return
            if end is client:
                server.sendall(data)
            else:
                client.sendall(login.passed_on(data))


def serve_and_close(client: socket.socket, *rest) -> None:
    try:
        with client:
            serve(client, *rest)
    except OSError:
        pass


def end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def main() -> None:
    if len(sys.argv) != 6 or ":" not in sys.argv[1] or sys.argv[5] not in ("own-pids", "pass"):
        sys.exit(__doc__)
    host, port = sys.argv[1].rsplit(":", 1)
    threading.Thread(target=end_with_parent, args=(os.getppid(),), daemon=True).start()
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"PORT={listener.getsockname()[1]}", flush=True)
    while True:
        client, _ = listener.accept()
        threading.Thread(
            target=serve_and_close, daemon=True,
            args=(client, (host, int(port)), sys.argv[2], (sys.argv[3], sys.argv[4]),
                  sys.argv[5] == "own-pids")).start()


if __name__ == "__main__":
    main()
