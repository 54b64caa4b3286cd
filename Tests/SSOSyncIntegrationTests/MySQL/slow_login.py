#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Logs in to MySQL and hesitates before it sends the token.

  slow_login.py PORT USER TOKEN

Prints "asked" when the server has asked for the token, waits for a line of input, sends the token, and prints "in" or
"refused". Then it stays until its input ends. Certificates are not looked at: the server is the test's own.
"""

import socket
import ssl
import struct
import sys

CLIENT_FLAGS = 0x00000001 | 0x00000200 | 0x00000800 | 0x00002000 | 0x00008000 | 0x00080000
MAX_PACKET = 1 << 24
UTF8MB4 = 45


def packet(number: int, body: bytes) -> bytes:
    return struct.pack("<I", len(body) | number << 24) + body


def read(connection: socket.socket) -> bytes:
    return connection.recv(4096)


def main() -> None:
    port, user, token = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    plain = socket.create_connection(("127.0.0.1", port))
    read(plain)
    head = struct.pack("<IIB23x", CLIENT_FLAGS, MAX_PACKET, UTF8MB4)
    plain.sendall(packet(1, head))
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = context.wrap_socket(plain)
    connection.sendall(packet(2, head + user.encode() + b"\0\0mysql_clear_password\0"))
    answer = read(connection)
    print("asked", flush=True)
    sys.stdin.readline()
    try:
        connection.sendall(packet(answer[3] + 1, token.encode() + b"\0"))
        answer = read(connection)
    except OSError:
        answer = b""
    print("in" if answer[4:5] == b"\0" else "refused", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
