#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Logs in to MySQL and hesitates before it sends the token.

  slow_login.py [--pulse SECONDS] PORT [FORMER_USER FORMER_TOKEN] USER TOKEN

With a former user it logs in as that one at once, and then changes to the other one. Prints "asked" when the server has asked for the token, waits for a line of input, sends the token, and prints "in" or
"refused". Then it stays until its input ends. With --pulse it prints "asked" once, and changes between the two users over and over, for which
it takes so many seconds each time, until the server ends it. Certificates are not looked at: the server is the test's own.
"""

import socket
import ssl
import struct
import sys
import time

CLIENT_FLAGS = 0x00000001 | 0x00000200 | 0x00000800 | 0x00002000 | 0x00008000 | 0x00080000
MAX_PACKET = 1 << 24
UTF8MB4 = 45
COM_CHANGE_USER = b"\x11"


def packet(number: int, body: bytes) -> bytes:
    return struct.pack("<I", len(body) | number << 24) + body


def read(connection: socket.socket) -> bytes:
    return connection.recv(4096)


def send_token(connection: socket.socket, asked: bytes, token: str) -> bool:
    """Whether the server takes it."""
    connection.sendall(packet(asked[3] + 1, token.encode() + b"\0"))
    return read(connection)[4:5] == b"\0"


def ask_to_change(connection: socket.socket, user: str) -> bytes:
    """What the server says to somebody who wants to be another user."""
    change = COM_CHANGE_USER + user.encode() + b"\0\0\0" + struct.pack("<H", UTF8MB4)
    connection.sendall(packet(0, change + b"mysql_clear_password\0"))
    return read(connection)


def keep_changing(connection: socket.socket, asked: bytes, logins: list[tuple[str, str]], seconds: float) -> None:
    turn = len(logins) - 1
    while True:
        time.sleep(seconds)
        if not send_token(connection, asked, logins[turn][1]):
            return
        turn = (turn + 1) % len(logins)
        asked = ask_to_change(connection, logins[turn][0])


def main() -> None:
    arguments = sys.argv[1:]
    pulse = None
    if arguments[0] == "--pulse":
        pulse, arguments = float(arguments[1]), arguments[2:]
    port, logins = int(arguments[0]), list(zip(arguments[1::2], arguments[2::2]))
    user, token = logins[0]
    plain = socket.create_connection(("127.0.0.1", port))
    read(plain)
    head = struct.pack("<IIB23x", CLIENT_FLAGS, MAX_PACKET, UTF8MB4)
    plain.sendall(packet(1, head))
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = context.wrap_socket(plain)
    connection.sendall(packet(2, head + user.encode() + b"\0\0mysql_clear_password\0"))
    asked = read(connection)
    for next_user, next_token in logins[1:]:
        if not send_token(connection, asked, token):
            sys.exit("the former login was refused")
        user, token = next_user, next_token
        asked = ask_to_change(connection, user)
    print("asked", flush=True)
    if pulse is not None:
        try:
            keep_changing(connection, asked, logins, pulse)
        except (OSError, IndexError):
            print("ended", flush=True)
        sys.stdin.read()
        return
    sys.stdin.readline()
    try:
        is_in = send_token(connection, asked, token)
    except OSError:
        is_in = False
    print("in" if is_in else "refused", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
