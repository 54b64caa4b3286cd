# SPDX-License-Identifier: Apache-2.0
#
# One hub and 200 targets, servers 20 ms away: how long one worker of a spoke takes for a full run, and how long four.
#
#   dev/deploy/python Benchmarks/function/spokes.py --function BOOTSTRAP --tool SSO_SYNC [--targets 200] [--workers 4] [--batch 20] [--rounds 3]
#
# As many servers as workers stand for the targets, each by many ports of a relay that delays. Each target is a database of its own,
# since that is what has a lock. Batches of so many messages are dealt out to the workers, as event source mappings do.
# It ends with 1 if something is out of reach, which there is for four workers with a message in each batch.
import argparse
import asyncio
import hashlib
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import world
from world import REGION

parser = argparse.ArgumentParser()
parser.add_argument("--function", required=True)
parser.add_argument("--tool", required=True)
parser.add_argument("--targets", type=int, default=200)
parser.add_argument("--workers", type=int, default=4)
parser.add_argument("--batch", type=int, default=20)
parser.add_argument("--rounds", type=int, default=3)
options = parser.parse_args()

PEOPLE = 20
# Each way.
DELAY = 0.01
# The row that has a reach: four workers, a message in each batch.
QUICKER = "several beside one"
table = world.Table({QUICKER: (">=", 3)} if (options.workers, options.batch) == (4, 1) else {})


class Relay(threading.Thread):
    """Ports that lead to servers, with a delay each way."""

    def __init__(self, servers):
        super().__init__(daemon=True)
        self.servers, self.ports, self.ready = servers, [], threading.Event()
        self.start()
        self.ready.wait()

    def run(self):
        asyncio.run(self.serve())

    async def serve(self):
        for number in range(options.targets):
            server = self.servers[number % len(self.servers)]
            listener = await asyncio.start_server(lambda r, w, port=server.port: self.join(r, w, port), "127.0.0.1", 0)
            self.ports.append(listener.sockets[0].getsockname()[1])
        self.ready.set()
        await asyncio.Event().wait()

    async def join(self, reader, writer, port):
        there = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(self.pump(reader, there[1]), self.pump(there[0], writer))

    @staticmethod
    async def pump(reader, writer):
        loop = asyncio.get_running_loop()
        try:
            while data := await reader.read(65536):
                loop.call_later(DELAY, writer.write, data)
        except OSError:
            pass
        loop.call_later(DELAY, writer.close)


def title(number):
    return f"target-{number:03}"


def make_fleet(aws):
    """The key, the bucket and the queue of the hub and its one spoke."""
    key = aws.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    pin = hashlib.sha256(aws.client("kms").get_public_key(KeyId=key)["PublicKey"]).hexdigest()
    bucket = f"bucket-{aws.store[2:]}"
    aws.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    queue = aws.client("sqs").create_queue(QueueName=f"spoke-{aws.store}")["QueueUrl"]
    return key, pin, f"s3://{bucket}/prod.json", queue


def hub_configuration(aws, key, place, queue):
    spoke = {
        "name": "spoke",
        "queueUrl": queue,
        "region": REGION,
        "targets": [title(number) for number in range(options.targets)],
        "groups": {"Readers": world.READERS},
    }
    hub = {"key": key, "snapshots": [{"s3": place, "region": REGION}], "spokes": [spoke]}
    return {"version": 1, "owner": "bench", **world.identity_center(aws), "hub": hub}


def spoke_configuration(aws, servers, ports, pin, place):
    snapshot = {"s3": place, "region": REGION, "publicKeySHA256": pin, "directoryId": aws.store}
    targets = [
        {**world.target(servers[number % len(servers)], title(number), port), "database": title(number)}
        for number, port in enumerate(ports)
    ]
    return {"directory": {"snapshot": snapshot}, "targets": targets}


def drain(aws, queue):
    """The messages, in batches."""
    sqs, bodies = aws.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    if len(bodies) != options.targets:
        raise SystemExit(f"{len(bodies)} messages, not {options.targets}")
    return [bodies[begin : begin + options.batch] for begin in range(0, len(bodies), options.batch)]


def handle(aws, folder, queue, batches):
    """Has one worker handle batches, each in an invocation."""
    own = {"SSOSYNC_ROLE": "spoke", "LAMBDA_TASK_ROOT": str(folder), "SSOSYNC_EVENT_QUEUE_URL": queue}
    payloads = [world.batch(*bodies) for bodies in batches]
    report = world.Function([options.function], {**aws.environment, **own}).play(payloads, timeout=300)
    if any(outcome["body"] != world.DONE for outcome in report["outcomes"]):
        raise SystemExit("\n".join(report["output"][-20:]))


def wall(aws, folder, queue, batches, workers):
    shares = [batches[number::workers] for number in range(workers)]
    began = time.monotonic()
    with ThreadPoolExecutor(len(shares)) as pool:
        list(pool.map(lambda share: handle(aws, folder, queue, share), shares))
    return time.monotonic() - began


def measure(aws, servers):
    key, pin, place, queue = make_fleet(aws)
    relay = Relay(servers)
    for server in servers:
        server.allow(aws)
        with world.folder(server, {**world.identity_center(aws), "targets": [world.target(server)]}) as folder:
            world.bootstrap(options.tool, server, folder, 500)
    for number in range(options.targets):
        servers[number % len(servers)].run(f'CREATE DATABASE "{title(number)}"')
    with world.folder(servers[0], spoke_configuration(aws, servers, relay.ports, pin, place)) as spoke:
        with world.folder(servers[0], {}) as hub:
            (hub / "sso-sync.json").write_text(json.dumps(hub_configuration(aws, key, place, queue)))
            own = {"SSOSYNC_ROLE": "hub", "LAMBDA_TASK_ROOT": str(hub), "SSOSYNC_EVENT_QUEUE_URL": aws.queue}
            world.Function([options.function], {**aws.environment, **own}).play(
                ['{"sso-sync":{"v":1,"run":"full"}}'], timeout=300
            )
        batches = drain(aws, queue)
        # Everybody gets in now; what is measured has nothing to do, as most full runs.
        wall(aws, spoke, queue, batches, 1)
        one, several = [], []
        for _ in range(options.rounds):
            one.append(wall(aws, spoke, queue, batches, 1))
            several.append(wall(aws, spoke, queue, batches, options.workers))
    print(f"{options.targets} targets, {options.batch} in a batch, servers 20 ms away, load {os.getloadavg()[0]:.1f}; seconds, medians")
    table.medians("1 worker", one)
    table.medians(f"{options.workers} workers", several)
    table.ratio(QUICKER, one, several)


def main():
    with world.aws(range(1, PEOPLE + 1)) as aws:
        servers = []
        try:
            for _ in range(options.workers):
                servers.append(world.Server("17"))
            measure(aws, servers)
        finally:
            for server in servers:
                server.drop()


main()
table.end()
