#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# A control plane of Lambda's: starts a runtime, hands it invocations as a script says, and sees that it keeps the contract.
# https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
#
#   control_plane.py SCRIPT -- COMMAND [ARGUMENT]…
#
# SCRIPT is a JSON file:
#
#   environment {}        more variables for the runtime
#   timeout (5)           seconds that each invocation has
#   linger (0.2)          seconds that a runtime has to end by itself after the last one
#   invocations           a list; each has
#     payload ""          the event, as text
#     timeout             seconds, instead of the script's
#     times (1)           how often it is handed out
#     trace               the trace's header
#     delay (0)           seconds before it is handed out, as in a sandbox that sleeps
#     lower, chunked      whether header names are in small letters, and whether the body comes in chunks
#     close               whether the connection is closed behind the body
#     headers, omit       headers instead of the right ones, and headers that are left out
#     next                the status that /next is answered with instead, or: reset, truncate, garbage
#     receipts            what answers are answered with, in their order, and after that with the right thing: a status,
#                         or reset, after which the answer counts as not given
#
# When all are over, a report is printed as JSON:
#
#   outcomes              one for each: kind (response, error, tooLarge, crash, timeout, initError, refused, lost),
#                         requestId,
#                         body, errorType, milliseconds since it was handed out, and when that was (began), in seconds of the
#                         machine's monotonic clock
#   violations            what the runtime did that the contract does not allow
#   starts, initMilliseconds, initErrors [{errorType, body}], exits [status]
#   samples               of the last process, about every 50 invocations, while it waits for the next: resident (KiB),
#                         descriptors
#   peak                  the most memory that the last process has had resident (KiB); 0 if it ended by itself
#   output                the lines that the runtime wrote
#
# Like Lambda, it starts a new process for the next invocation if the last one has ended, and kills one whose time is up.
import json
import os
import queue
import re
import socket
import struct
import subprocess
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LIMIT = 6 * 1024 * 1024 + 100
PREFIX = "/2018-06-01/runtime/"
# How long a process may take to start: there are machines with much else to do.
START = 60
ERROR_TYPE = re.compile(r"(Runtime|Function)\.[A-Z][a-zA-Z]+")


class World:
    def __init__(self, script):
        self.script = script
        self.waiting = queue.Queue()
        self.current = None
        self.phase = "starting"
        self.changed = threading.Condition()
        self.asked = threading.Event()
        self.violations, self.outcomes, self.init_errors, self.exits = [], [], [], []
        self.started = self.init_milliseconds = None

    def violation(self, text):
        self.violations.append(text)

    def finish(self, kind, **facts):
        with self.changed:
            invocation, self.current = self.current, None
            began = invocation.get("began")
            milliseconds = None if began is None else round((time.monotonic() - began) * 1000, 1)
            entry = {"kind": kind, "requestId": invocation["id"], "began": began, "milliseconds": milliseconds, **facts}
            self.outcomes.append(entry)
            self.changed.notify_all()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header and body are written apart: the body would wait for the client's delayed acknowledgement.
    disable_nagle_algorithm = True
    world = None

    def log_message(self, *arguments):
        pass

    def reply(self, status, body=b"{}", headers=None, chunked=False, close=False, cut=False):
        self.send_response(status)
        for name, value in (headers or {"Content-Type": "application/json"}).items():
            self.send_header(name, value)
        self.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(body)))))
        if close or cut:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if cut:
            body = body[: len(body) // 2]
        if not chunked:
            return self.wfile.write(body)
        for start in range(0, len(body), 7):
            piece = body[start : start + 7]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def refuse(self, status, kind, text):
        self.reply(status, json.dumps({"errorMessage": text, "errorType": kind}).encode())

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        # Others hold the socket open; only without its descriptor is it closed at once.
        os.close(self.connection.detach())

    def do_GET(self):
        world = self.world
        if self.path != PREFIX + "invocation/next":
            world.violation(f"GET {self.path}")
            return self.refuse(404, "NotFound", "not found")
        with world.changed:
            if world.current is not None and "began" in world.current:
                world.violation("/next while an invocation has no answer")
                return self.refuse(403, "InvalidStateTransition", "State transition from Running to Ready failed")
            if world.phase == "starting":
                world.init_milliseconds = round((time.monotonic() - world.started) * 1000, 1)
                world.phase = "ready"
        world.asked.set()
        invocation = world.waiting.get()
        world.asked.clear()
        if invocation is not None:
            time.sleep(invocation.get("delay", 0))
            self.hand_out(invocation)

    def hand_out(self, invocation):
        timeout = invocation.get("timeout", self.world.script.get("timeout", 5))
        with self.world.changed:
            invocation.update(began=time.monotonic(), ends=time.monotonic() + timeout)
        instead = invocation.get("next")
        if isinstance(instead, int):
            return self.refuse(instead, "InternalServerError", "as the script says")
        if instead == "reset":
            # Whoever asks once more, as libcurl does on a connection that was kept, gets the next one.
            self.world.finish("lost", body="", errorType=None)
            return self.reset()
        if instead == "garbage":
            self.close_connection = True
            return self.wfile.write(b"* OK IMAP4rev1 ready\r\n\r\n")
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation["id"],
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:sso-sync",
        }
        if "trace" in invocation:
            headers["Lambda-Runtime-Trace-Id"] = invocation["trace"]
        headers.update(invocation.get("headers", {}))
        for name in invocation.get("omit", []):
            del headers[name]
        if invocation.get("lower"):
            headers = {name.lower(): value for name, value in headers.items()}
        body = invocation.get("payload", "").encode()
        self.reply(
            200, body, headers, invocation.get("chunked", False), invocation.get("close", False), instead == "truncate"
        )

    def body(self):
        if "Content-Length" not in self.headers:
            self.world.violation(f"POST {self.path} without Content-Length")
            return b""
        return self.rfile.read(int(self.headers["Content-Length"]))

    def do_POST(self):
        world, body = self.world, self.body()
        error_type = self.headers.get("Lambda-Runtime-Function-Error-Type")
        if self.path == PREFIX + "init/error":
            if world.phase != "starting":
                world.violation("init/error after /next")
                return self.refuse(403, "InvalidStateTransition", "State transition failed")
            self.check_error(body, error_type)
            world.init_errors.append({"errorType": error_type, "body": body.decode("utf-8", "replace")})
            return self.reply(202, b'{"status":"OK"}')
        match = re.fullmatch(PREFIX + r"invocation/([^/]+)/(response|error)", self.path)
        if not match:
            world.violation(f"POST {self.path}")
            return self.refuse(404, "NotFound", "not found")
        self.take(match.group(1), match.group(2), body, error_type)

    def take(self, request_id, kind, body, error_type):
        world = self.world
        invocation = world.current
        if invocation is None or invocation["id"] != request_id:
            world.violation("an answer to an invocation that has one, or never was")
            return self.refuse(400, "InvalidRequestID", "Invalid request ID")
        receipts = invocation.get("receipts", [])
        receipt = receipts.pop(0) if receipts else 202
        if receipt == "reset":
            return self.reset()
        if receipt != 202:
            self.refuse(receipt, "AsTheScriptSays", "as the script says")
            return world.finish("refused", body="", errorType=error_type)
        if kind == "response" and len(body) > LIMIT:
            text = f"Exceeded maximum allowed payload size ({LIMIT} bytes)."
            self.refuse(413, "RequestEntityTooLarge", text)
            return world.finish("tooLarge", body="", errorType=None)
        if kind == "error":
            self.check_error(body, error_type)
        self.reply(202, b'{"status":"OK"}')
        world.finish(kind, body=body.decode("utf-8", "replace")[:5000], errorType=error_type)

    def check_error(self, body, error_type):
        try:
            error = json.loads(body)
            right = isinstance(error["errorMessage"], str) and isinstance(error["errorType"], str)
            right = right and isinstance(error.get("stackTrace", []), list) and error["errorType"] == error_type
        except (ValueError, KeyError, TypeError):
            right = False
        if not right:
            self.world.violation("the body of an error needs errorMessage, errorType as in the header, and stackTrace")
        if not ERROR_TYPE.fullmatch(error_type or ""):
            self.world.violation(f"Lambda takes the error type {error_type} for unknown")


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        pass  # A runtime that goes away in the middle is what some of the scripts are about.


class Runtime:
    """The process that is started, and what it wrote."""

    def __init__(self, world, command, port):
        self.world, self.command, self.starts, self.output, self.samples = world, command, 0, [], []
        # Lambda's own; nothing of whoever runs this leaks into the runtime but where programs and libraries are.
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "HOME", "TMPDIR") if name in os.environ}
        self.environment = {
            **kept,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
            "AWS_LAMBDA_FUNCTION_NAME": "sso-sync",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_REGION": "eu-west-1",
            "LAMBDA_TASK_ROOT": os.getcwd(),
            "TZ": ":UTC",
            "_HANDLER": "bootstrap",
            # A proxy that nobody must be asked through for what belongs to the machine's own environment.
            "http_proxy": "http://127.0.0.1:9",
            **world.script.get("environment", {}),
        }
        self.process = None

    def ensure(self):
        if self.process is not None and self.process.poll() is None:
            return
        world = self.world
        self.join()
        world.phase, world.started = "starting", time.monotonic()
        self.samples = []
        self.starts += 1
        self.process = subprocess.Popen(
            self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        self.reader = threading.Thread(target=self.read, args=(self.process.stdout,), daemon=True)
        self.reader.start()

    def read(self, pipe):
        for line in pipe:
            self.output.append(line.decode("utf-8", "replace").rstrip("\n"))

    def join(self):
        if self.process is not None:
            self.world.exits.append(self.process.wait())
            self.reader.join()
            self.process = None

    def rests(self):
        """Whether it has asked for its next invocation, and each of its threads sleeps."""
        if not self.world.asked.is_set():
            return False
        tasks = f"/proc/{self.process.pid}/task"
        try:
            for task in os.listdir(tasks):
                with open(f"{tasks}/{task}/stat") as file:
                    if file.read().rpartition(")")[2].split()[0] != "S":
                        return False
        except OSError:
            return False  # One of them has just ended.
        return True

    def status(self, name):
        """A number that the kernel keeps of the process."""
        with open(f"/proc/{self.process.pid}/status") as file:
            # What has just ended has none.
            return next((int(line.split()[1]) for line in file if line.startswith(name)), 0)

    def sample(self):
        latest = time.monotonic() + START
        # A thread that has handed on its last answer holds what it worked with until it gets its turn.
        while self.process.poll() is None and time.monotonic() < latest and not self.rests():
            time.sleep(0.001)
        try:
            descriptors = len(os.listdir(f"/proc/{self.process.pid}/fd"))
            self.samples.append({"resident": self.status("VmRSS"), "descriptors": descriptors})
        except OSError:
            pass  # It has just ended.


def play(world, runtime, invocation):
    """Has one invocation handled, however it ends."""
    # Before it starts: one that fails at once has said so before the next line runs.
    failures = len(world.init_errors)
    runtime.ensure()
    world.current = invocation
    world.waiting.put(invocation)
    latest = time.monotonic() + START
    while True:
        with world.changed:
            if world.current is not invocation:
                return
            world.changed.wait(0.02)
            if world.current is not invocation:
                return
            ends = invocation.get("ends", latest)
        if runtime.process.poll() is not None:
            if "began" not in invocation and world.phase == "ready":
                # The last one was its end: it did not come to ask for this one.
                runtime.ensure()
                continue
            if "began" not in invocation:
                world.waiting.get_nowait()
            return world.finish("initError" if len(world.init_errors) > failures else "crash", body="", errorType=None)
        if time.monotonic() > ends:
            runtime.process.kill()
            return world.finish("timeout", body="", errorType=None)


def main():
    marker = sys.argv.index("--")
    with open(sys.argv[1]) as file:
        world = World(json.load(file))
    Handler.world = world
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    runtime = Runtime(world, sys.argv[marker + 1 :], server.server_address[1])
    for entry in world.script["invocations"]:
        for _ in range(entry.get("times", 1)):
            invocation = {**entry, "id": str(uuid.uuid4()), "receipts": list(entry.get("receipts", []))}
            play(world, runtime, invocation)
            if len(world.outcomes) % 50 == 0:
                runtime.sample()
    finish(world, runtime)


def finish(world, runtime):
    # A runtime that cannot go on ends by itself; the others are killed, as Lambda does.
    deadline = time.monotonic() + world.script.get("linger", 0.2)
    while time.monotonic() < deadline and runtime.process.poll() is None:
        time.sleep(0.01)
    peak = 0
    if runtime.process.poll() is None:
        peak = runtime.status("VmHWM")
        runtime.process.kill()
    runtime.join()
    report = {
        "outcomes": world.outcomes,
        "violations": world.violations,
        "starts": runtime.starts,
        "initMilliseconds": world.init_milliseconds,
        "initErrors": world.init_errors,
        "exits": world.exits,
        "samples": runtime.samples,
        "peak": peak,
        "output": runtime.output,
    }
    print(json.dumps(report))


main()
