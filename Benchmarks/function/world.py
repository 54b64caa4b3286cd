# SPDX-License-Identifier: Apache-2.0
#
# What the scripts beside this one share: servers of dev/servers, the stand-in for AWS with a directory in it, and the
# function under the stand-in for Lambda's control plane.
import atexit
import contextlib
import hashlib
import datetime
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
import uuid
from pathlib import Path

import boto3

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
LOGIN = "sso_provisioner"


def identifier(number):
    return "%08x-1111-4222-8333-444455556666" % number


READERS = identifier(90_001)


def name(number):
    return f"person{number}"


def median(values):
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f} in {len(values)})"


class Table:
    """Figures, each beside what is to be reached, as Docs/benchmarks.md has it."""

    def __init__(self, reaches):
        """What is to be reached, by the title of a row: "<=" or ">=", and a number."""
        self.reaches, self.is_reached = reaches, True

    def row(self, title, figure, value):
        reach = ""
        if title in self.reaches:
            side, limit = self.reaches[title]
            is_reached = value <= limit if side == "<=" else value >= limit
            reach = f"reach {side} {limit}{'' if is_reached else ', not reached'}"
            self.is_reached = self.is_reached and is_reached
        print(f"  {title:<34} {figure:<32} {reach}".rstrip(), flush=True)

    def medians(self, title, values):
        self.row(title, median(values), statistics.median(values))

    def ratio(self, title, theirs, ours):
        ratio = statistics.median(theirs) / statistics.median(ours)
        self.row(title, f"{ratio:.2f} x", ratio)

    def end(self):
        """Ends the program, by 1 if something is out of reach."""
        raise SystemExit(int(not self.is_reached))


class Server:
    """A database server of dev/servers, durable as a real one, with nothing in it but the mapped role."""

    def __init__(self, version):
        self.name, self.version = f"b-{uuid.uuid4().hex[:12]}", version
        self.is_mysql = version == "mysql"
        self.engine = "mysql" if self.is_mysql else "postgres"
        self.title = "MySQL" if self.is_mysql else f"PostgreSQL {version}"
        lines = self.script("new", self.name, version, environment={"FSYNC": "on"}).splitlines()
        self.facts = dict(line.split("=", 1) for line in lines if "=" in line)
        self.port = int(self.facts["PORT"])
        if self.is_mysql:
            # Or what was cleared away is told only now and then; see settle.
            self.run("SET GLOBAL innodb_purge_rseg_truncate_frequency = 1", "CREATE ROLE readers")
        else:
            self.run("SET ROLE postgres; CREATE ROLE readers NOLOGIN")

    def script(self, *arguments, text="", environment=None):
        return output([ROOT / "dev/servers", *arguments], text=text, environment=environment)

    def run(self, *statements):
        """Runs SQL as the superuser, past everything that is measured."""
        if self.is_mysql:
            arguments = ["mysql", self.name, "--batch", "--skip-column-names"]
        else:
            arguments = ["psql", self.name, "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        return self.script(*arguments, text=";\n".join(statements) + ";\n").strip()

    def drop(self):
        self.script("drop", self.name)

    def allow(self, aws):
        """Lets logins in that were signed with the keys of that world."""
        with open(self.facts["KEYS"], "a") as file:
            file.write(f"key {aws.key} {aws.secret}\nallow {aws.key} *\n")

    def settle(self):
        """Sees to it that nobody pays for what was filled in."""
        if self.is_mysql:
            waiting = "SELECT COUNT FROM information_schema.INNODB_METRICS WHERE NAME = 'trx_rseg_history_len'"
            while int(self.run(waiting)) > 0:
                time.sleep(0.1)
            return
        catalogues = ("pg_authid", "pg_auth_members", "pg_shdescription", "pg_shdepend")
        self.run(*[f"VACUUM {catalogue}" for catalogue in catalogues], "CHECKPOINT")
        # Whoever logs in first after that may wait for seconds; see "What the figures are made of" in Docs/benchmarks.md.
        self.run("SELECT 1")


def output(command, text="", environment=None):
    done = subprocess.run(
        [str(part) for part in command],
        input=text,
        env={**os.environ, **(environment or {})},
        text=True,
        capture_output=True,
    )
    if done.returncode:
        raise SystemExit(f"{command[0]} ended with {done.returncode}: {done.stdout[-500:]}{done.stderr[-1000:]}")
    return done.stdout


@contextlib.contextmanager
def server(version):
    made = Server(version)
    try:
        yield made
    finally:
        made.drop()


class AWS:
    """A world of its own in the stand-in for AWS, with a directory of people who are all in one group."""

    def __init__(self, port, people):
        self.url = f"http://127.0.0.1:{port}"
        self.key, self.secret = "AKIDBENCH%07d" % random.randrange(10**7), "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
        self.store = "d-%010x" % random.randrange(16**10)
        self.post("world", {"accessKeyId": self.key, "secretAccessKey": self.secret})
        users = [
            {
                "UserId": identifier(number),
                "UserName": name(number),
                "UserStatus": "ENABLED",
                "Emails": [{"Value": f"{name(number)}@example.com", "Primary": True}],
            }
            for number in people
        ]
        group = {"GroupId": READERS, "DisplayName": "Readers", "Members": [user["UserId"] for user in users]}
        self.post("directory", {"region": REGION, "store": self.store, "users": users, "groups": [group]})
        self.queue = self.client("sqs").create_queue(QueueName=f"events-{self.store}")["QueueUrl"]

    @property
    def environment(self):
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "http_proxy": "",
        }

    def client(self, service):
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
        )

    def post(self, path, facts):
        request = urllib.request.Request(f"{self.url}/stand-in/{path}", json.dumps(facts).encode())
        urllib.request.urlopen(request).read()

    def calls(self):
        """The operations that were called so far."""
        with urllib.request.urlopen(f"{self.url}/stand-in/calls/{self.key}") as answer:
            return [call["operation"] for call in json.load(answer)]

    def event(self, number):
        """AddMemberToGroup, as the console's is published by EventBridge."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        parameters = {"identityStoreId": self.store, "groupId": READERS, "member": {"memberId": identifier(number)}}
        detail = {
            "eventVersion": "1.10",
            "userIdentity": {"type": "AssumedRole", "accountId": "111122223333"},
            "eventTime": now,
            "eventSource": "sso-directory.amazonaws.com",
            "eventName": "AddMemberToGroup",
            "awsRegion": REGION,
            "requestParameters": parameters,
            "responseElements": None,
            "eventID": str(uuid.uuid4()),
            "readOnly": False,
            "eventType": "AwsApiCall",
            "recipientAccountId": "111122223333",
        }
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.sso-directory",
            "account": "111122223333",
            "time": now,
            "region": REGION,
            "resources": [],
            "detail": detail,
        }
        return json.dumps(event)


@contextlib.contextmanager
def aws(people):
    """Starts a stand-in, which ends with its standard input."""
    process = subprocess.Popen([ROOT / "dev/aws/stand-in"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield AWS(int(process.stdout.readline()), people)
    finally:
        process.stdin.close()
        process.wait()


def batch(*bodies):
    """Messages of SQS as Lambda hands them over."""
    records = [
        {
            "messageId": f"m-{number}",
            "receiptHandle": "r",
            "body": body,
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1700000000000"},
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:events",
            "awsRegion": REGION,
        }
        for number, body in enumerate(bodies)
    ]
    return json.dumps({"Records": records})


DONE = '{"batchItemFailures":[]}'


class Function:
    """A program under the control plane, and the most memory that it had (VmHWM, in MB).

    With an amount of memory it has the share of a processor that Lambda gives with it."""

    def __init__(self, command, environment, memory=None):
        self.command, self.environment, self.peaks = command, environment, []
        if memory:
            self.command = [*Share(memory).prefix, *command]

    def play(self, payloads, timeout=120, pause=0):
        """Hands over invocations, each so many seconds after the answer to the last one."""
        invocations = [payload if isinstance(payload, dict) else {"payload": payload} for payload in payloads]
        invocations = [{"delay": pause, **invocation} for invocation in invocations]
        script = {"environment": self.environment, "timeout": timeout, "linger": 0, "invocations": invocations}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(script, file)
            file.flush()
            process = subprocess.Popen(
                ["python3", ROOT / "dev/lambda/control_plane.py", file.name, "--", *self.command],
                stdout=subprocess.PIPE,
                text=True,
            )
            watch = MemoryWatch(process.pid)
            report = json.loads(process.communicate()[0])
        self.peaks.append(watch.peak() / 1024)
        if report["violations"]:
            raise SystemExit(report["violations"])
        return report


class Share:
    """A share of a processor for processes that enter it, as Lambda gives it with memory.

    All of one for 1,769 MB: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html. In which periods that is
    counted is not said there. In longer ones than these, in microseconds, who needs little waits less."""

    WHOLE, PERIOD = 1769, 20_000

    def __init__(self, memory):
        quota = self.PERIOD * memory // self.WHOLE
        groups = Path("/sys/fs/cgroup")
        is_unified = Path(groups, "cgroup.controllers").exists()
        self.folder = (groups if is_unified else groups / "cpu") / f"sso-sync-{uuid.uuid4().hex[:12]}"
        self.folder.mkdir()
        atexit.register(self.folder.rmdir)
        facts = {"cpu.max": f"{quota} {self.PERIOD}"}
        if not is_unified:
            facts = {"cpu.cfs_period_us": self.PERIOD, "cpu.cfs_quota_us": quota}
        for name, value in facts.items():
            Path(self.folder, name).write_text(str(value))

    @property
    def prefix(self):
        """What to start a program with."""
        return ["sh", "-c", 'echo $$ >"$0" && exec "$@"', str(self.folder / "cgroup.procs")]


class MemoryWatch(threading.Thread):
    """Looks at the peak of a process's children, as long as there are any."""

    def __init__(self, parent):
        super().__init__(daemon=True)
        self.parent, self.most, self.ended = parent, 0, threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.02):
            with contextlib.suppress(OSError):
                for child in Path(f"/proc/{self.parent}/task/{self.parent}/children").read_text().split():
                    lines = Path(f"/proc/{child}/status").read_text().splitlines()
                    self.most = max([self.most] + [int(line.split()[1]) for line in lines if line.startswith("VmHWM")])

    def peak(self):
        self.ended.set()
        self.join()
        return self.most


class Entrances(threading.Thread):
    """Looks, about every two milliseconds, whether people can log in and have the role, one after the other.

    By a connection of the superuser's that stays open."""

    def __init__(self, server, people):
        super().__init__(daemon=True)
        self.server, self.waiting, self.times, self.ended = server, list(people), [], threading.Event()
        if server.is_mysql:
            client = ["mysql", server.name, "--batch", "--skip-column-names", "--unbuffered"]
            self.query = """SELECT COUNT(*) FROM mysql.user JOIN mysql.role_edges ON TO_HOST = Host AND TO_USER = User
                WHERE Host = '%%' AND User = '%s' AND account_locked = 'N' AND FROM_HOST = '%%' AND FROM_USER = 'readers';\n"""
        else:
            client = ["psql", server.name, "-q", "-A", "-t"]
            self.query = """SELECT count(*) FROM pg_roles r JOIN pg_auth_members m ON m.member = r.oid
                WHERE r.rolname = '%s' AND r.rolcanlogin AND m.roleid = 'readers'::regrole;\n"""
        command = [str(ROOT / "dev/servers"), *client]
        self.client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.is_in("nobody")

    def is_in(self, name):
        self.client.stdin.write(self.query.replace("\n", " ").strip() % name + "\n")
        self.client.stdin.flush()
        return int(self.client.stdout.readline()) > 0

    def run(self):
        while self.waiting and not self.ended.wait(0.002):
            if self.is_in(name(self.waiting[0])):
                self.times.append(time.monotonic())
                self.waiting.pop(0)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()
        self.client.stdin.close()
        self.client.wait()

    def after(self, report):
        """For each invocation of a report, after how many milliseconds its person was in."""
        if self.waiting:
            raise SystemExit(f"not all have got in: {self.waiting}")
        return [1000 * (at - outcome["began"]) for at, outcome in zip(self.times, report["outcomes"])]


def single(program, aws, folder, memory=None):
    """The function in the role single."""
    own = {
        "SSOSYNC_ROLE": "single",
        "LAMBDA_TASK_ROOT": str(folder),
        "SSOSYNC_EVENT_QUEUE_URL": aws.queue,
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
    }
    return Function([program], {**aws.environment, **own}, memory)


def pinned(aws, folder):
    """The variables by which a function takes the folder's configuration from S3, as it is deployed."""
    text = Path(folder, "sso-sync.json").read_bytes()
    bucket = f"configuration-{aws.store[2:]}"
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return {
        "SSOSYNC_CONFIGURATION": f"s3://{bucket}/sso-sync.json",
        "SSOSYNC_CONFIGURATION_VERSION": s3.put_object(Bucket=bucket, Key="sso-sync.json", Body=text)["VersionId"],
        "SSOSYNC_CONFIGURATION_SHA256": hashlib.sha256(text).hexdigest(),
    }


def target(server, title="orders", port=None):
    """A target of the configuration."""
    return {
        "name": title,
        "mode": "enforce",
        "engine": server.engine,
        "host": "localhost",
        "port": port or server.port,
        "region": REGION,
        "user": LOGIN,
        "tls": {"ca": "ca.pem"},
        "groups": {"Readers": {"id": READERS, "roles": ["readers"]}},
    }


@contextlib.contextmanager
def folder(server, configuration):
    """A folder with a configuration and the servers' authority."""
    with tempfile.TemporaryDirectory() as path:
        shutil.copy(server.facts["CA"], f"{path}/ca.pem")
        whole = {"version": 1, "owner": "bench", "brake": {"removals": 1000, "percent": 100, "joins": 1000}}
        Path(path, "sso-sync.json").write_text(json.dumps({**whole, **configuration}))
        yield Path(path)


def identity_center(aws):
    center = {"region": REGION, "identityStoreId": aws.store, "requestsPerSecond": 100}
    return {"directory": {"identityCenter": center}}


def bootstrap(tool, server, folder, capacity, target="orders"):
    """Makes the provisioner, as the master user would."""
    arguments = ["bootstrap", "--config", folder / "sso-sync.json", target, "--run"]
    arguments += ["--master", server.facts["MASTER"], "--password-variable", "MASTER_PASSWORD"]
    arguments += [] if server.is_mysql else ["--capacity", capacity]
    output([tool, *arguments], environment={"MASTER_PASSWORD": server.facts["MASTER_PASSWORD"]})
