#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A MySQL server that misbehaves; how to start it is in recording_server.py.

Modes without TLS: silent, drip (a greeting, a byte at a time), close, garbage, busy and blocked and stranger (errors
instead of a greeting), refuse and refuse-clear (a greeting that offers no TLS, naming a plugin), refuse-old (one of
the days before plugins).

Modes with TLS: tls-1.1 (nothing newer), stuffed (asks for the password in clear, right after the greeting), ask-PLUGIN
(asks for a login by that plugin, takes what comes and refuses), short-ask (asks for the oldest of all), echo (asks
for the password and repeats it in the error), cut and cut-early (end the connection without a word, once they have the
password or before they ask for it), and these, which let everybody in: honest (its greeting names another
version and connection than the session does), infile (answers every statement by asking for a file), infile-later
(the same after the session's settings), unknown (does not know one of the settings), mute (says nothing about
itself), garbled (answers with no packet of MySQL's), mariadb (greets as one, and does not know one of the settings),
is-VERSION (says that it is that, and knows nothing of roles)
"""
import os
import socket
import ssl
import struct
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../Support"))
from recording_server import MODE, Secure, drain, receive, run  # noqa: E402

SSL_OFFERED, PLUGINS, MORE_RESULTS = 0x800, 0x80000, 8
# Protocol 4.1, secure connection, multi-statements and -results, transactions, connect attributes, long auth data.
CAPABILITIES = 0x200 | 0x8000 | 0x10000 | 0x20000 | 0x2000 | 0x100000 | 0x200000
SCRAMBLE = b"abcdefghijklmnopqrst"


def packet(number, body):
    return len(body).to_bytes(3, "little") + bytes([number]) + body


def greeting(plugin, capabilities=CAPABILITIES | SSL_OFFERED | PLUGINS):
    version = b"5.5.5-10.11.6-MariaDB" if MODE == "mariadb" else b"8.0.0-greeting"
    body = b"\x0a" + version + b"\0" + struct.pack("<I", 666) + SCRAMBLE[:8] + b"\0"
    body += struct.pack("<HBHH", capabilities & 0xFFFF, 45, 2, capabilities >> 16) + bytes([21]) + bytes(10)
    return packet(0, body + SCRAMBLE[8:] + b"\0" + plugin + b"\0")


def error(number, code, text, state=b"28000"):
    return packet(number, b"\xff" + struct.pack("<H", code) + (b"#" + state if state else b"") + text)


def ok(number, status=2):
    return packet(number, struct.pack("<BBBHH", 0, 0, 0, status, 0))


def text(value):
    return bytes([len(value)]) + value


def column(number, name):
    fields = [b"def", b"", b"", b"", name, name]
    return packet(number, b"".join(map(text, fields)) + struct.pack("<BHIBHBH", 12, 45, 255, 253, 0, 0, 0))


def row_of(values, first, status=2):
    """A result of one row, from its first packet's number on."""
    end = struct.pack("<BHH", 254, 0, status)
    packets = [packet(first, bytes([len(values)]))]
    packets += [column(first + 1 + index, b"x") for index in range(len(values))]
    packets += [end, b"".join(map(text, values)), end]
    number = first + 1 + len(values)
    packets[-3:] = [packet(number + index, body) for index, body in enumerate(packets[-3:])]
    return b"".join(packets)


def file_request(number):
    return packet(number, b"\xfb/etc/hostname")


def let_in(secure, number):
    secure.write(ok(number))
    if not secure.read():  # the session's settings and the question
        return
    answers = {
        "infile": file_request(1),
        "unknown": error(1, 1193, b"Unknown system variable 'max_execution_time'", b"HY000"),
        "mariadb": error(1, 1193, b"Unknown system variable 'max_execution_time'", b"HY000"),
        "mute": ok(1),
        "garbled": packet(1, b"\xfe" * 300),
    }
    version = MODE.removeprefix("is-") if MODE.startswith("is-") else "8.0.42"
    facts = [version.encode(), b"42", b"67108864"]
    secure.write(answers.get(MODE, ok(1, 2 | MORE_RESULTS) + row_of(facts, 2)))
    while secure.read():
        if MODE.startswith("is-"):
            secure.write(error(1, 1193, b"Unknown system variable 'mandatory_roles'", b"HY000"))
        else:
            secure.write(file_request(1) if MODE == "infile-later" else row_of([b"1"], 1))


def ask(secure, plugin, number):
    secure.write(packet(number, b"\xfe" + plugin + b"\0" + SCRAMBLE + b"\0"))
    answer = secure.read()
    if plugin == b"caching_sha2_password" and answer:
        secure.write(packet(number + 2, b"\x01\x04"))  # not known here: the password itself, please
        secure.read()
        number += 2
    reason = b"Access denied for user 'sso_provisioner'@'localhost' (using password: YES)"
    if MODE == "echo":
        reason = b"bad \x1b[2J token " + answer[4:-1]
    secure.write(error(number + 2, 1045, reason))


def serve_in_clear(client):
    if MODE == "close":
        return True
    if MODE == "drip":
        for byte in greeting(b"caching_sha2_password"):
            client.sendall(bytes([byte]))
            time.sleep(0.2)
    clear = {
        "silent": b"",
        "drip": b"",
        "garbage": b"HTTP/1.1 400 Bad Request\r\n\r\n",
        "busy": error(0, 1040, b"Too many connections", b"08004"),
        "blocked": error(0, 1129, b"Host '10.0.0.7' is blocked because of many connection errors", b""),
        "stranger": error(0, 1130, b"Host '10.0.0.7' is not allowed to connect to this MySQL server", b""),
        "refuse": greeting(b"caching_sha2_password", CAPABILITIES | PLUGINS),
        "refuse-clear": greeting(b"mysql_clear_password", CAPABILITIES | PLUGINS),
        "refuse-old": greeting(b"", CAPABILITIES),
    }
    if MODE not in clear:
        return False
    client.sendall(clear[MODE])
    drain(client)
    return True


def serve(client):
    if serve_in_clear(client):
        return
    stuffing = packet(2, b"\xfemysql_clear_password\0") if MODE == "stuffed" else b""
    client.sendall(greeting(b"dialog" if MODE == "ask-dialog" else b"caching_sha2_password") + stuffing)
    request = receive(client)
    secure = Secure(client, ssl.TLSVersion.TLSv1_1 if MODE == "tls-1.1" else None)
    secure.handshake(request[36:])
    if not secure.read():  # the user's name and no secret
        return drain(client)
    if MODE.startswith("ask-"):
        ask(secure, MODE.removeprefix("ask-").encode(), 3)
    elif MODE in ("echo", "tls-1.1"):
        ask(secure, b"mysql_clear_password", 3)
    elif MODE == "cut":
        secure.write(packet(3, b"\xfemysql_clear_password\0"))
        secure.read()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # as a server that is killed
    elif MODE == "cut-early":
        return
    elif MODE == "stuffed":  # says nothing of its own
        secure.read()
    elif MODE == "short-ask":
        secure.write(packet(3, b"\xfe"))
        secure.read()
    else:
        let_in(secure, 3)


run(serve)
