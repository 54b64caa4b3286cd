# SPDX-License-Identifier: Apache-2.0
#
# One event, AddMemberToGroup, through our function and through the handlers of
# https://github.com/aws-samples/sso-sync-to-amazon-rds, turn by turn on the same servers, with 10,000 accounts there.
#
#   dev/deploy/python Benchmarks/function/side_by_side.py --function BOOTSTRAP --tool SSO_SYNC [--sample CHECKOUT --python PYTHON]
#                     [--accounts 10000] [--rounds 9] [--own] [--deployed] [17|mysql]…
#
# BOOTSTRAP is what `make lambda` puts into the zip, SSO_SYNC the command-line tool, which makes the provisioner. PYTHON has
# boto3, awslambdaric, psycopg2 and mysql-connector-python, which the sample's layer has. Without --sample only ours is measured.
# With --own the sample has a server of its own, with as many accounts that its provisioner made: since PostgreSQL 16 it is a member
# of each of them then, as it is after some time in use.
# With --deployed each function has as much of a processor as Lambda gives to the memory that it is deployed with; only for root.
# It ends with 1 if something is out of reach.
#
# Between events there are pauses, longer than the periods in which shares of a processor are counted: one that came at once would
# begin with what the end of the one before has left of it.
import argparse
import collections
import contextlib
import json
import os
import sys

import prefill
import world
from world import READERS, identifier, name

parser = argparse.ArgumentParser()
parser.add_argument("--function", required=True)
parser.add_argument("--tool", required=True)
parser.add_argument("--sample")
parser.add_argument("--python", default=sys.executable)
parser.add_argument("--accounts", type=int, default=10_000)
parser.add_argument("--rounds", type=int, default=9)
parser.add_argument("--own", action="store_true")
parser.add_argument("--deployed", action="store_true")
parser.add_argument("engines", nargs="*", default=["17", "mysql"])
options = parser.parse_args()

# A process's first event is not warm. After the third the function waits, as it reads the directory once in ten seconds then.
EVENTS = 3
# Seconds between them.
PAUSE = 0.2
# MB, by default: Deploy/sam/template.yaml, and lib/cdk-eventbridge-*-stack.ts of the sample.
MEMORY, THEIR_MEMORY = 256, 128
# Whoever is filled in has numbers from here on.
FILLED = 100_000

# Rows that have a reach.
ENTRANCE = "ours, event to entrance, warm"
CALLS = "ours, AWS calls for an event"
START = "ours, start to first /next"
START_FROM_S3 = "with its configuration in S3"
MEMORY_PEAK = "ours, peak of memory"
SOONER = "sooner by ours, to entrance"
START_BESIDE = "quicker start than its second's"
MEMORY_BESIDE = "less memory than its second"


def reaches():
    """What is to be reached in this run, as Docs/benchmarks.md has it."""
    found = {CALLS: ("<=", 3), MEMORY_PEAK: ("<=", 32), MEMORY_BESIDE: (">=", 2)}
    if not options.deployed:
        # Of whole processors.
        found |= {ENTRANCE: ("<=", 80), START: ("<=", 15), START_FROM_S3: ("<=", 15), START_BESIDE: (">=", 25)}
    if not options.own:
        # With whole processors it is known to be out of reach. It counts all the same.
        found |= {SOONER: (">=", 5)}
    return found


class Sample:
    """The sample's two handlers, each in a process of its own; EventBridge, which is between them, takes no time here."""

    def __init__(self, server, aws):
        self.server = server
        table = f"map-{server.name}"
        aws.client("events").create_event_bus(Name=table)
        aws.client("dynamodb").create_table(
            TableName=table,
            KeySchema=[{"AttributeName": "userID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "userID", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        groups = json.dumps({READERS: "readers"})
        self.forward = self.handler(
            "forward-create-event", aws, {"DEST_BUS_NAME": table, "IDENTITYSTORE_GROUP_IDS": groups}
        )
        database = {"RDS_DB_USER": "sample_provisioner", "RDS_DB_EP": "localhost", "RDS_DB_PORT": str(server.port)}
        self.create = self.handler(
            "create-user-function", aws, {**database, "RDS_DB_ENGINE": server.engine, "DDB_TABLE": table}
        )

    @staticmethod
    def handler(folder, aws, environment):
        functions = f"{options.sample}/functions"
        where = {"LAMBDA_TASK_ROOT": f"{functions}/{folder}", "PYTHONPATH": f"{functions}/layer:{functions}/{folder}"}
        command = [options.python, "-B", "-m", "awslambdaric", "handler.handler"]
        variables = {**aws.environment, **environment, **where, "_HANDLER": "handler.handler"}
        return world.Function(command, variables, THEIR_MEMORY if options.deployed else None)

    @staticmethod
    def prepare(server):
        """Its provisioner, as its README has it."""
        if server.is_mysql:
            server.run(
                "CREATE USER sample_provisioner IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'",
                "GRANT CREATE USER, ROLE_ADMIN ON *.* TO sample_provisioner",
                "GRANT SELECT ON mysql.user TO sample_provisioner",
            )
        else:
            server.run(
                "CREATE ROLE sample_provisioner LOGIN CREATEROLE",
                "GRANT rds_iam, readers TO sample_provisioner WITH ADMIN TRUE",
            )

    @staticmethod
    def fill(server, people):
        """Accounts as its provisioner makes them; on MySQL nobody is a member of what they make."""
        names = [name(number) for number in people]
        if server.is_mysql:
            users = ", ".join(f"{one} IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'" for one in names)
            server.run(f"CREATE USER {users}", f"GRANT readers TO {', '.join(names)}")
        else:
            everybody = ", ".join(names)
            grants = [f"GRANT {role} TO {everybody}" for role in ("rds_iam", "readers")]
            grants.append(f"GRANT {everybody} TO sample_provisioner WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
            server.run("BEGIN", *[f"CREATE ROLE {one} LOGIN" for one in names], *grants, "COMMIT")
        server.settle()

    def play(self, aws, people):
        """For each person, how long the first handler and the second took."""
        first = self.forward.play([aws.event(number) for number in people], pause=PAUSE)
        payloads = [self.detail(number) for number in people]
        with world.Entrances(self.server, people) as entrances:
            second = self.create.play(payloads, pause=PAUSE)
        second["entrances"] = entrances.after(second)
        for report in (first, second):
            if not all("Success" in outcome["body"] for outcome in report["outcomes"]):
                raise SystemExit(f"the sample failed: {report}")
        return first, second

    @staticmethod
    def detail(number):
        detail = {"user_name": name(number), "user_id": identifier(number), "role_name": "readers"}
        return json.dumps({"detail": {**detail, "group_id": READERS, "event_type": "AddMemberToGroup"}})


def warm(report):
    return [outcome["milliseconds"] for outcome in report["outcomes"][1:]]


def check_members(server, people):
    """Everybody has the role, and may log in."""
    names = ", ".join(f"'{name(number)}'" for number in people)
    if server.is_mysql:
        query = f"SELECT COUNT(*) FROM mysql.role_edges JOIN mysql.user ON User = TO_USER WHERE TO_USER IN ({names})"
    else:
        query = f"""SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
            WHERE m.roleid = 'readers'::regrole AND rolcanlogin AND rolname IN ({names})"""
    if int(server.run(query)) != len(people):
        raise SystemExit(f"not all of {names} have got in")


def measure(version):
    people = iter(range(2, 1 + (2 * options.rounds + 2) * EVENTS))
    with contextlib.ExitStack() as stack:
        aws = stack.enter_context(world.aws(range(1, 1 + (2 * options.rounds + 2) * EVENTS)))
        server = stack.enter_context(world.server(version))
        server.allow(aws)
        configuration = {**world.identity_center(aws), "targets": [world.target(server)]}
        folder = stack.enter_context(world.folder(server, configuration))
        world.bootstrap(options.tool, server, folder, 2 * options.accounts)
        ours = world.single(options.function, aws, folder, MEMORY if options.deployed else None)
        ours.deployed = world.single(options.function, aws, folder)
        ours.deployed.environment |= world.pinned(aws, folder)
        ours.play([world.batch(aws.event(1))])
        prefill.fill(server, 1, range(FILLED, FILLED + options.accounts))
        sample, theirs = None, server
        if options.sample:
            if options.own:
                theirs = stack.enter_context(world.server(version))
                theirs.allow(aws)
            Sample.prepare(theirs)
            if options.own:
                Sample.fill(theirs, range(FILLED, FILLED + options.accounts))
            sample = Sample(theirs, aws)
        turns(server, theirs, aws, ours, sample, people)


def turns(server, their_server, aws, ours, sample, people):
    figures = collections.defaultdict(list)
    ours.peaks.clear()
    for _ in range(options.rounds):
        # As others do all the time. PostgreSQL's own vacuum may have been at work since; see Server.settle.
        server.run("SELECT 1")
        mine = [next(people) for _ in range(EVENTS)]
        before = len(aws.calls())
        with world.Entrances(server, mine) as entrances:
            report = ours.play([world.batch(aws.event(number)) for number in mine], pause=PAUSE)
        if any(outcome["body"] != world.DONE for outcome in report["outcomes"]):
            raise SystemExit("\n".join(report["output"]))
        figures["ours"] += warm(report)
        figures["entrances"] += entrances.after(report)[1:]
        figures["init"].append(report["initMilliseconds"])
        # But for the one about the groups' ids, once in a process of less than a minute.
        figures["calls"].append((len(aws.calls()) - before - 1) / EVENTS)
        # What it refuses does: what is measured is over by then.
        figures["init from S3"].append(ours.deployed.play(["{}"])["initMilliseconds"])
        check_members(server, mine)
        if sample is None:
            continue
        their_server.run("SELECT 1")
        theirs = [next(people) for _ in range(EVENTS)]
        first, second = sample.play(aws, theirs)
        figures["forward"] += warm(first)
        figures["create"] += warm(second)
        figures["their entrances"] += [
            forward + into for forward, into in zip(warm(first), second["entrances"][1:], strict=True)
        ]
        figures["forward init"].append(first["initMilliseconds"])
        figures["create init"].append(second["initMilliseconds"])
        check_members(their_server, theirs)
    tell(server, figures, ours, sample)


def tell(server, figures, ours, sample):
    print(f"{server.title}, {options.accounts} accounts, load {os.getloadavg()[0]:.1f}; milliseconds and MB, medians")
    table.medians(ENTRANCE, figures["entrances"])
    table.medians("ours, event to answer", figures["ours"])
    table.medians(CALLS, figures["calls"])
    table.medians(START, figures["init"])
    table.medians(START_FROM_S3, figures["init from S3"])
    table.medians(MEMORY_PEAK, ours.peaks)
    if sample is None:
        return
    both = [first + second for first, second in zip(figures["forward"], figures["create"])]
    table.medians("sample, event to entrance", figures["their entrances"])
    table.medians("sample, event to answers", both)
    table.medians("its first handler", figures["forward"])
    table.medians("its second handler", figures["create"])
    table.medians("its first, start to first /next", figures["forward init"])
    table.medians("its second, start to first /next", figures["create init"])
    table.medians("its first, peak of memory", sample.forward.peaks)
    table.medians("its second, peak of memory", sample.create.peaks)
    table.ratio(SOONER, figures["their entrances"], figures["entrances"])
    table.ratio("sooner by ours, to answer", both, figures["ours"])
    table.ratio(START_BESIDE, figures["create init"], figures["init"])
    table.ratio(MEMORY_BESIDE, sample.create.peaks, ours.peaks)


table = world.Table(reaches())
for engine in options.engines:
    measure(engine)
table.end()
