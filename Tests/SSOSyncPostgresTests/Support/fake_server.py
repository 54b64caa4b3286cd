#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server that misbehaves; how to start it is in recording_server.py.

Modes: refuse (no TLS, goes on listening), close, error (an error and a password request in clear), garbage,
silent, stuffed (clear bytes before the handshake), password (TLS, asks for the password, keeps it), echo (TLS, asks
for the password, repeats it in an error), kerberos (TLS, asks for a Kerberos login), records (lets everybody in and
answers queries in TLS records of the largest size), old (lets everybody in and says that it is PostgreSQL 14),
older (does not know a setting that the client asks for, as PostgreSQL 13)
"""
import os
import struct
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../Support"))
from recording_server import MODE, Secure, drain, receive, run  # noqa: E402


def message(kind, body):
    return kind + struct.pack("!i", len(body) + 4) + body


def error(text, state=b"28P01"):
    return message(b"E", b"SFATAL\0VFATAL\0C" + state + b"\0M" + text + b"\0\0")


CLEAR_PASSWORD = message(b"R", struct.pack("!i", 3))
KERBEROS = message(b"R", struct.pack("!i", 7))


def let_in(secure, version):
    ready = message(b"Z", b"I")
    secure.write(message(b"R", struct.pack("!i", 0)) + message(b"S", b"server_version\0" + version + b"\0") + ready)
    return ready


def answer_in_large_records(secure):
    ready = let_in(secure, b"15.0")
    column = b"x\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0)
    row = message(b"D", struct.pack("!hi", 1, 1000) + b"x" * 1000)
    answer = message(b"T", struct.pack("!h", 1) + column) + row * 24
    last = message(b"C", b"SELECT 24\0") + ready
    while secure.read()[:1] == b"Q":
        # The first part ends inside a row, so that libpq has less room left than the second record needs.
        split = len(answer) + len(last) - 16384
        secure.write(answer[:split])
        time.sleep(0.1)
        secure.write(answer[split:] + last)


def serve(client):
    receive(client)  # SSLRequest
    if MODE == "close":
        return
    if MODE == "silent":
        return drain(client)
    clear = {
        "refuse": b"N",
        "error": error(b"no TLS today") + CLEAR_PASSWORD,
        "garbage": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    }
    if MODE in clear:
        client.sendall(clear[MODE])
        return drain(client)
    client.sendall(b"S" + (CLEAR_PASSWORD if MODE == "stuffed" else b""))
    secure = Secure(client)
    secure.handshake()
    startup = secure.read()
    if not startup:
        return drain(client)
    secure.write(KERBEROS if MODE == "kerberos" else CLEAR_PASSWORD)
    answer = secure.read()
    password = answer[5:-1]
    if MODE == "records":
        return answer_in_large_records(secure)
    if MODE == "old":
        let_in(secure, b"14.19")
        while secure.read():
            pass
        return
    if MODE == "older":
        return secure.write(error(b'unrecognized configuration parameter "idle_session_timeout"', b"42704"))
    secure.write(error(b"bad \x1b[2J token " + password if MODE == "echo" else b"password authentication failed"))


run(serve)
