# SPDX-License-Identifier: Apache-2.0
#
# Stands for AWS: moto, behind a verifier of signatures that is independent of ours. Prints its port; ends when its
# standard input does.
#
# Tests that share it do not see each other: whose keys a request is signed with, decides about faults, about the log of
# calls, the clock, and the instances of IAM Identity Center. Not signed, and not logged:
#
#   POST /stand-in/world        {accessKeyId, secretAccessKey, sessionToken, clockOffset (seconds), instances ({region: […]}),
#                               rds ({region: …}, see rds.py), faults (see faults.py)}: makes or replaces the world of these keys
#   POST /stand-in/directory    {region, store, users, groups}: see identity_store.load
#   GET  /stand-in/calls/KEY    the calls that were signed with the key: operation, resource, conditions, status, region, verified,
#                               fault
import base64
import collections
import contextlib
import datetime
import hashlib
import io
import json
import os
import re
import socket
import struct
import sys
import threading
from email.utils import format_datetime
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import cloud_trail
import event_bus
import faults
import identity_store
import key_service
import rds
import sigv4
import topics
from moto.identitystore.models import identitystore_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

ACCOUNT = "123456789012"
# The parameters that say what a call is about.
RESOURCES = ("QueueUrl", "KeyId", "TopicArn", "RoleArn", "IdentityStoreId")
lock = threading.Lock()
worlds = {}
calls = collections.defaultdict(list)
# Those that STS has handed out, with the key that they were asked for with.
borrowed = {}
# moto looks at a condition and then writes; in S3 nobody comes in between.
writing = threading.Lock()
moto = DomainDispatcherApplication(create_backend_app)


class World:
    def __init__(self, facts):
        self.secret, self.token = facts["secretAccessKey"], facts.get("sessionToken")
        self.offset = datetime.timedelta(seconds=facts.get("clockOffset", 0))
        self.instances = facts.get("instances", {})
        self.rds = facts.get("rds", {})
        self.script = faults.Script(facts.get("faults", []))

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc) + self.offset


NOWHERE = World({"secretAccessKey": ""})


class Call:
    """A request as it arrived."""

    def __init__(self, environment):
        self.environment = environment
        self.method = environment["REQUEST_METHOD"]
        address = environment.get("REQUEST_URI") or environment["RAW_URI"]
        self.path, _, self.query = re.sub(r"^https?://[^/]+", "", address).partition("?")
        self.body = environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
        pairs = [(key[5:], value) for key, value in environment.items() if key.startswith("HTTP_")]
        pairs += [(key, environment[key]) for key in ("CONTENT_TYPE", "CONTENT_LENGTH") if environment.get(key)]
        self.headers = {
            key.replace("_", "-").lower(): value.encode("latin-1").decode("utf-8", "surrogateescape")
            for key, value in pairs
        }
        target = self.headers.get("x-amz-target", "")
        self.is_json = bool(target)
        self.operation = target.split(".")[-1] or dict(parse_qsl(self.body.decode("latin-1"))).get("Action", self.path)
        match = re.search(r"Credential=([^/,&]+)", self.headers.get("authorization", "") or self.query)
        self.key = match.group(1) if match else ""
        if "/s3/aws4_request" in self.headers.get("authorization", ""):
            # S3's operations have no names of their own in a request.
            self.operation = {"GET": "GetObject", "PUT": "PutObject"}.get(self.method, self.method)

    @property
    def resource(self):
        """What is asked about, as far as rights go by it; of S3 the path."""
        if not self.is_json and self.operation in ("GetObject", "PutObject"):
            return self.path
        try:
            fields = json.loads(self.body) if self.is_json else dict(parse_qsl(self.body.decode("latin-1")))
        except ValueError:
            return ""
        if self.operation == "PutEvents":
            return fields["Entries"][0].get("EventBusName", "default")
        if self.operation == "DescribeEventBus":
            return fields.get("Name", "default")
        return next((fields[name] for name in RESOURCES if name in fields), "")

    @property
    def conditions(self):
        """The headers that say on which condition something is to be done."""
        return sorted(name for name in self.headers if name.startswith("if-"))

    @property
    def owner(self):
        """The key that the call counts for: keys that STS handed out are those of who asked for them."""
        return borrowed[self.key][2] if self.key in borrowed else self.key

    @property
    def world(self):
        return worlds.get(self.owner, NOWHERE)

    def verify(self):
        def find(key):
            if key in borrowed:
                return borrowed[key][:2]
            return (worlds[key].secret, worlds[key].token) if key in worlds else None

        return sigv4.verify(self.method, self.path, self.query, self.headers, self.body, find, self.world.now())

    def refusal(self, error):
        if self.is_json:
            body = json.dumps({"__type": error.json_code, "message": str(error)})
            return error.status, {"Content-Type": "application/x-amz-json-1.1"}, body.encode()
        body = f"<Error><Type>Sender</Type><Code>{error.query_code}</Code><Message>{escape(str(error))}</Message></Error>"
        body = f"<ErrorResponse>{body}<RequestId>stand-in</RequestId></ErrorResponse>"
        return error.status, {"Content-Type": "text/xml"}, body.encode()

    def answer(self, claim):
        if self.operation == "ListInstances":
            page = {"Instances": self.world.instances.get(claim.region, [])}
            return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(page).encode()
        if self.operation in rds.OPERATIONS and self.world.rds:
            return rds.answer(self.operation, self.body.decode(), self.world.rds.get(claim.region, {}))
        if self.operation == "PutObject" and "x-amz-object-lock-mode" in self.headers:
            checksum = base64.b64encode(hashlib.sha256(self.body).digest()).decode()
            if self.headers.get("x-amz-checksum-sha256") != checksum:
                # moto does not look.
                text = "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock"
                body = f"<Error><Code>InvalidRequest</Code><Message>{text}</Message></Error>"
                return 400, {"Content-Type": "application/xml"}, body.encode()
        with writing if self.operation == "PutObject" else contextlib.nullcontext():
            status, headers, body = self.forward()
        if self.operation.startswith("AssumeRole") and status == 200:
            self.learn(body.decode())
        return status, headers, body

    def forward(self):
        self.environment["wsgi.input"] = io.BytesIO(self.body)
        head = {}

        def start(status, headers, error=None):
            head.update(status=int(status.split()[0]), headers=dict(headers))

        body = b"".join(moto(self.environment, start))
        return head["status"], head["headers"], body

    def learn(self, body):
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        key, secret, token = (re.search(f"<{name}>([^<]+)</{name}>", body).group(1) for name in names)
        borrowed[key] = (secret, token, self.owner)


def application(environment, start):
    call = Call(environment)
    if call.path.startswith("/stand-in/"):
        body = json.dumps(control(call)).encode()
        return send(start, 200, {"Content-Type": "application/json"}, body)

    record = {"operation": call.operation, "resource": call.resource, "conditions": call.conditions}
    record |= {"verified": False, "region": "", "fault": None}
    ending, fault = None, None
    try:
        claim = call.verify()
        record.update(verified=True, region=claim.region)
        status, headers, body = call.answer(claim)
        script = call.world.script
        with lock:
            fault = script.take(call.operation)
            if fault is None and call.is_json:
                script.note(body)
        if fault:
            record["fault"] = fault["fault"]
    except sigv4.Refusal as error:
        status, headers, body = call.refusal(error)
    record["status"] = status
    with lock:
        # Before it is delayed, say, so that others see that.
        calls[call.owner].append(record)
    if fault:
        status, headers, body, ending = script.spoil(fault, status, headers, body)
        record["status"] = status
    headers = {name: value for name, value in headers.items() if name.lower() != "date"}
    headers["Date"] = format_datetime(call.world.now(), usegmt=True)
    if ending:
        return spoil_connection(environment, start, status, headers, body, ending)
    return send(start, status, headers, body)


def send(start, status, headers, body, length=None):
    left_out = ("content-length", "server", "connection", "x-amzn-requestid")
    kept = [(name, value) for name, value in headers.items() if name.lower() not in left_out]
    length = len(body) if length is None else length
    kept += [("Content-Length", str(length)), ("x-amzn-RequestId", "stand-in")]
    start(f"{status} Said So", kept)
    return [body]


def spoil_connection(environment, start, status, headers, body, ending):
    connection = environment["werkzeug.socket"]
    if ending == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Others hold the socket open; only without its descriptor is it closed at once.
        os.close(connection.detach())
        raise ConnectionAbortedError("reset, as the script says")
    send(start, status, {**headers, "Connection": "close"}, b"", length=len(body))
    return [body[: len(body) // 2], *end_of(connection)]


def end_of(connection):
    connection.shutdown(socket.SHUT_RDWR)
    return []


def control(call):
    name, _, rest = call.path.removeprefix("/stand-in/").partition("/")
    with lock:
        if name == "calls":
            return calls[rest]
        facts = json.loads(call.body)
        if name == "world":
            worlds[facts["accessKeyId"]] = World(facts)
            calls[facts["accessKeyId"]] = []
        else:
            backend = identitystore_backends[ACCOUNT][facts["region"]]
            identity_store.load(backend, facts["store"], facts.get("users", []), facts.get("groups", []))
    return {}


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header and body are written apart: the body would wait for the client's delayed acknowledgement.
    disable_nagle_algorithm = True

    def send_response(self, code, message=None):
        # Without a date of its own: the world has another one.
        self.send_response_only(code, message)

    def log(self, kind, message, *arguments):
        pass

    def connection_dropped(self, error, environment=None):
        pass


def end_with_input():
    sys.stdin.buffer.read()
    os._exit(0)


cloud_trail.install()
event_bus.install()
identity_store.install()
topics.install()
key_service.install()
server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Handler)
print(server.port, flush=True)
threading.Thread(target=end_with_input, daemon=True).start()
server.serve_forever()
