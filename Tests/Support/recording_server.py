# SPDX-License-Identifier: Apache-2.0
"""What the servers that misbehave have in common: script.py MODE RECORD [CERTIFICATE KEY]

Prints its port, serves one client after the other on 127.0.0.1, and prints "done" after each. Every byte from the
client goes to RECORD.raw as it came, and what TLS carried to RECORD.plain; they are there from the first client on.
"""
import os
import socket
import ssl
import sys
import threading
import time

MODE, RECORD = sys.argv[1:3]


def record(kind, data):
    with open(f"{RECORD}.{kind}", "ab") as file:
        file.write(data)


def receive(client):
    try:
        data = client.recv(65536)
    except OSError:
        return b""
    record("raw", data)
    return data


def drain(client):
    while receive(client):
        pass


class Secure:
    """TLS over a socket whose raw bytes are recorded."""

    def __init__(self, client, newest=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3], sys.argv[4])
        if newest:
            context.minimum_version = context.maximum_version = newest
            context.set_ciphers("ALL:@SECLEVEL=0")
        self.client, self.incoming, self.outgoing = client, ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)

    def handshake(self, early=b""):
        """Early is what of it has been received already."""
        self.incoming.write(early)
        self.run(self.tls.do_handshake)

    def run(self, step):
        while True:
            try:
                result = step()
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                data = receive(self.client)
                if not data:
                    return b""
                self.incoming.write(data)
            except ssl.SSLError:
                self.flush()  # the alert
                raise

    def flush(self):
        data = self.outgoing.read()
        if data:
            self.client.sendall(data)

    def read(self):
        data = self.run(lambda: self.tls.read(65536))
        record("plain", data or b"")
        return data or b""

    def write(self, data):
        self.run(lambda: self.tls.write(data))


def end_with_parent(parent):
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def run(serve):
    """Serves for ever."""
    threading.Thread(target=end_with_parent, args=(os.getppid(),), daemon=True).start()
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        record("raw", b"")
        try:
            serve(connection)
        except (ssl.SSLError, OSError):
            drain(connection)
        connection.close()
        print("done", flush=True)
