# SPDX-License-Identifier: Apache-2.0
#
# Checks Deploy/ and Policies/: see dev/check-deploy.
import collections
import concurrent.futures
import functools
import json
import pathlib
import re
import subprocess
import sys
import time

import alike
import cdk
import cloudformation
import commands
import encryption
import events
import heard
import launch
import parity
import policies
import terraform
import words
from resolve import Stack
from words import flat, snake

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLAIN = ROOT / "Deploy/cloudformation"
SINGLE, HUB, SPOKE, DIRECTORY, EVENTS, COPY = (
    PLAIN / f"{name}.yaml" for name in ("single", "hub", "spoke", "directory", "events", "copy")
)
MODULE = ROOT / "Deploy/terraform"
# For each template the module that makes the same, and the test whose runs say with which values.
FORMS = {
    SINGLE: (MODULE, MODULE / "tests/single.tftest.hcl"),
    HUB: (MODULE / "hub", MODULE / "tests/hub.tftest.hcl"),
    SPOKE: (MODULE / "spoke", MODULE / "tests/spoke.tftest.hcl"),
    DIRECTORY: (MODULE / "directory", MODULE / "tests/directory.tftest.hcl"),
    EVENTS: (MODULE / "events", MODULE / "tests/events.tftest.hcl"),
    COPY: (MODULE / "copy", MODULE / "tests/copy.tftest.hcl"),
}
# The runs with the fewest parameters and with the most, of each template with a function.
LEAST = {SINGLE: "least", HUB: "hub_least", SPOKE: "spoke_least"}
MOST = {SINGLE: "most", HUB: "hub_most", SPOKE: "spoke_most"}
# The runs of templates without a function, the same.
ALONE = {DIRECTORY: "rules_alone", EVENTS: "events_alone", COPY: "copy_alone"}
MOST_ALONE = {DIRECTORY: "rules_with_most", EVENTS: "events_with_most", COPY: "copy_with_most"}
# The headings in Docs/deploy.md of what each has for parameters; of hub and spoke, where they are not single's.
PARAMETERS = {SINGLE: "Parameters", HUB: "The hub's parameters", SPOKE: "A spoke's parameters"}
# Where those of templates without a function are explained in the text.
EXPLAINED = {
    DIRECTORY: ("deploy.md", "IAM Identity Center elsewhere"),
    EVENTS: ("serve.md", "The queue"),
    COPY: ("deploy.md", "In order"),
}
# Where the endpoints of AWS that a function needs in a VPC are named.
ENDPOINTS = {SINGLE: "In a VPC", SPOKE: "A spoke's parameters"}
# The alarms, each with the figure that it watches: of functions that read, that work on targets, and of all.
OF_READERS = {"full-run": "GoodFullRuns", "events-waiting": "ApproximateAgeOfOldestMessage", "notify-errors": "Errors"}
OF_WORKERS = {
    "targets-failed": "TargetsFailed",
    "removals-withheld": "RemovalsWithheld",
    "joins-withheld": "JoinsWithheld",
    "leavers-not-out": "LeaversNotOut",
}
OF_ALL = {
    "dead-letters": "ApproximateNumberOfMessagesVisible",
    "errors": "Errors",
    "not-notified": "NotNotified",
    "reports-not-written": "ReportsNotWritten",
}
OF_HUB = {"spokes-not-reached": "SpokesNotReached", "snapshots-not-written": "SnapshotsNotWritten"}
OF_SPOKE = {
    "full-run": "TargetsInStep",
    "messages-waiting": "ApproximateAgeOfOldestMessage",
    "excerpts-refused": "ExcerptsRefused",
    "targets-forgotten": "TargetsForgotten",
    "targets-deferred": "TargetsDeferred",
}
ALARMS = {
    SINGLE: OF_ALL | OF_READERS | OF_WORKERS,
    HUB: OF_ALL | OF_READERS | OF_HUB,
    SPOKE: OF_ALL | OF_WORKERS | OF_SPOKE,
    DIRECTORY: {"dead-letters": OF_ALL["dead-letters"]},
    EVENTS: {name: (OF_ALL | OF_READERS)[name] for name in ("dead-letters", "events-waiting")},
    COPY: {},
}
# What has a name in its account and Region that a template gives, and which of its properties that is.
NAMES = {
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::Events::Rule": "Name",
    "AWS::Events::EventBus": "Name",
}
# Another value of each variable that a function's version goes by.
ANOTHER = {
    "code_version": "another",
    "configuration_version": "another",
    "configuration_sha256": "0" * 64,
    "memory_size": 1024,
    "timeout": 600,
    "architecture": "x86_64",
    "release": "another",
}
# What applied.py ends with where there is no Terraform (sysexits' EX_UNAVAILABLE).
MISSING = 69
SAMPLES = ROOT / "Tests/SSOSyncAWSTests/Events/sample_events.json"


def docs(name):
    return (ROOT / "Docs" / name).read_text()


def lint():
    """cfn-lint on all forms: of the plain one it finds what it does not see in SAM's."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys, cfnlint.runner; sys.exit(cfnlint.runner.main())", *cloudformation.PLAIN, *FORMS],
        capture_output=True,
        text=True,
    )
    yield from (done.stdout + done.stderr).splitlines() if done.returncode else []


def plain_form():
    """The committed plain forms are what the script makes."""
    for source, plain in cloudformation.PLAIN.items():
        if cloudformation.make(source) != plain.read_text():
            yield f"Deploy/cloudformation/{plain.name} is not what dev/make-cloudformation makes: run it"
        if plain.stat().st_size > cloudformation.LIMIT:
            yield f"Deploy/cloudformation/{plain.name} is too long for a deployment without a bucket"
        if len(cloudformation.packaged(source).encode()) > cloudformation.LIMIT:
            # https://github.com/aws/aws-sam-cli/blob/develop/samcli/commands/deploy/deploy_context.py
            yield from unsaid("deploy.md", f"sam deploy --s3-bucket example-sso-sync --template-file Deploy/sam/{source.name}")


def what_is_shared():
    """What hub and spoke share with single is the same there."""
    for path, prefix in {HUB: "sso-sync-${Owner}-hub", SPOKE: "sso-sync-${Owner}-${SpokeName}"}.items():
        yield from alike.differences(path.stem, template(), template(path), prefix)
    if template(COPY)["Resources"]["Copies"] != template(HUB)["Resources"]["Snapshots"]:
        yield "the bucket for a copy is not as the hub's own"


@functools.cache
def template(path=SINGLE):
    return cloudformation.read(path.read_text())


@functools.cache
def stack(run):
    """What the template comes to with the variables of a run of Terraform's tests."""
    return stack_with(run, {})


def stack_with(run, others):
    """The same with some of the variables changed."""
    for path, (_, test) in FORMS.items():
        values = terraform.variables(test.read_text()).get(run)
        if values is not None:
            values |= others
            parameters = {words.variable(name): name for name in template(path)["Parameters"]}
            texts = {key: str(value).lower() if isinstance(value, bool) else value for key, value in values.items()}
            return Stack(template(path), {parameters[key]: value for key, value in texts.items()})
    raise KeyError(run)


def event_patterns():
    """Each event that the decoder takes for a change reaches the queue, once; those of others do not."""
    ours = stack("least")
    yield from events.arrive_once(ours, json.loads(SAMPLES.read_text()))
    patterns = [rule["EventPattern"] for rule in launch.rules(ours)]
    for path, run in {DIRECTORY: ALONE[DIRECTORY], EVENTS: ALONE[EVENTS], HUB: "hub_least"}.items():
        if [rule["EventPattern"] for rule in launch.rules(stack(run))] != patterns:
            yield f"the rules of {path.name} have other patterns than those of single.yaml"
    begun = [f"{each['prefix']}*" for pattern in patterns for each in pattern["detail-type"] if isinstance(each, dict)]
    for run in ("most", "hub_most"):
        taken = [
            resource["Properties"]["Statement"]["Condition"].get("StringLike", {}).get("events:detail-type")
            for resource in stack(run).resources.values()
            if resource["Type"] == "AWS::Events::EventBusPolicy"
        ]
        if begun not in taken:
            yield f"the bus of {run} does not take all notifications that the rules send: {taken}"


def rights(stack, role="Role"):
    """The rights of a role, the function's own by default, as one policy."""
    return {"Version": "2012-10-17", "Statement": [*words.rights(stack.resources, role)]}


def roles(stack):
    return [name for name, resource in stack.resources.items() if resource["Type"] == "AWS::IAM::Role"]


def bare(statement):
    """Without what is another's in an example than in a template: whose it is, and where."""
    return {key: value for key, value in statement.items() if key not in ("Resource", "Principal")}


def names_in(policy):
    """What statements are about, by its name: accounts and Regions are others in an example."""
    return [each["Resource"].split(":", 5)[-1] for each in flat(policy)]


def policy_rules():
    """Policies are small, narrow, and agree with each other and with the documentation."""
    found = {path.name: json.loads(path.read_text()) for path in sorted((ROOT / "Policies").glob("*.json"))}
    functions = {
        f"the rights of {role} in {path.stem}": rights(stack(run), role)
        for path, run in MOST.items()
        for role in roles(stack(run))
    }
    managed = {
        f"the policy {name} of {path.stem}": properties["PolicyDocument"]
        for path, run in (MOST | MOST_ALONE).items()
        for name, properties in stack(run).of("AWS::IAM::ManagedPolicy").items()
    }
    sending = rights(stack("rules_alone"))
    for name, policy in [*found.items(), *functions.items(), *managed.items(), ("the rules' rights", sending)]:
        yield from (f"{name}: {problem}" for problem in policies.problems_of(name, policy))
    yield from (f"people.json: {problem}" for problem in policies.problems_of_logins(found["people.json"]))
    reading = policies.actions(found["reader.json"], "identitystore")
    for where, actions in {
        "the rights of control": policies.actions(rights(stack("given_security_groups"), "ControlRole"), "identitystore"),
        "Docs/configuration.md": policies.named(docs("configuration.md"), "identitystore"),
        "the rights of single": policies.actions(rights(stack("least")), "identitystore"),
        "the rights of the hub": policies.actions(rights(stack("hub_least")), "identitystore"),
    }.items():
        if actions != reading:
            yield f"reader.json and {where} differ in {sorted(actions ^ reading)}"
    finding = policies.actions(found["provisioner.json"], "rds")
    for where, actions in {
        "Docs/aws.md": policies.named(docs("aws.md"), "rds"),
        "the rights of single": policies.actions(rights(stack("most")), "rds"),
        "the rights of the spoke": policies.actions(rights(stack("spoke_most")), "rds"),
    }.items():
        if actions != finding:
            yield f"provisioner.json and {where} differ in {sorted(actions ^ finding)}"
    yield from same_rights(found)
    of_function = [bare(each) for each in flat(rights(stack("most")))]
    for each in flat(found["serve.json"]):
        if bare(each) not in of_function:
            yield f"serve.json allows the service what the function may not do: {json.dumps(each)}"
    yield from parts_kept_apart()
    yield from kept_reports()
    yield from room_for_people()


def same_rights(found):
    """A role of another account has by the examples what the function has by itself where it needs no such role, to the letter."""
    logins = next(each["Resource"] for each in found["provisioner.json"]["Statement"] if each["Sid"] == "LogInAsProvisioner")
    for name, run, role, others in [
        ("reader.json", "least", "Role", {}),
        ("reader.json", "hub_least", "Role", {}),
        ("reader.json", "given_security_groups", "ControlRole", {}),
        *(("provisioner.json", run, role, {"provisioner_arns": logins}) for run in ("most", "spoke_most") for role in ("Role", "ControlRole")),
    ]:
        ids = {each["Sid"] for each in found[name]["Statement"]}
        theirs = [each for each in flat(rights(stack_with(run, others), role)) if each["Sid"] in ids]
        examples = [*flat(found[name])]
        yield from (f"{role} of {run} may not do what {name} allows: {json.dumps(each)}" for each in examples if each not in theirs)
        yield from (f"{role} of {run} may do more than {name} allows: {json.dumps(each)}" for each in theirs if each not in examples)


def room_for_many():
    """There is room for as many targets and spokes by their ARNs as the documentation says: in parameters, and in roles with all else."""
    login, queue = (re.search(rf"{name}=(arn:\S+)", docs("deploy.md")).group(1) for name in ("ProvisionerArns", "SpokeQueueArns"))
    room = {arn: (cloudformation.LIMIT_OF_PARAMETER + 1) // len(f"{arn},") for arn in (login, queue)}
    cases = [(HUB, "spoke_queue_arns", [queue] * room[queue])]
    for path in (SINGLE, SPOKE):
        variables = (FORMS[path][0] / "variables.tf").read_text()
        limit = int(re.search(r"length\(jsonencode\(var\.provisioner_arns\)\) <= (\d+)", variables).group(1))
        with_terraform = (limit - len("[]") + len(",")) // len(f'"{login}",')
        cases.append((path, "provisioner_arns", [login] * max(room[login], with_terraform)))
        yield from unsaid("deploy.md", f"leaves {with_terraform} with Terraform")
    yield from unsaid("deploy.md", f"are {room[login]} such ARNs", f"are {room[queue]} queues by their ARNs")
    yield from unsaid("scale.md", f"room for {room[login]}, not", f"room for {room[queue]}, not")
    for path, variable, arns in cases:
        made = stack_with(MOST[path], {variable: arns})
        for role in roles(made):
            characters = sum(map(words.size, words.own_policies(made.resources, role)))
            if characters > policies.OF_A_ROLE:
                yield f"with {len(arns)} ARNs {role} of {path.stem} has policies of {characters} characters"


def room_for_people():
    """A permission set has room for as many logins as the page on policies says."""
    policy = json.loads((ROOT / "Policies/people.json").read_text())
    logins = next(each["Resource"] for each in policy["Statement"] if each["Sid"] == "LogInAsThemselves")
    login = len(json.dumps(f"{logins[0]},"))
    room = (policies.OF_A_PERMISSION_SET - words.size(policy)) // login + len(logins)
    if f"which are {room // 100 * 100} logins by resource id" not in (ROOT / "Policies/README.md").read_text():
        yield f"Policies/README.md does not say that there is room for {room} logins"


def unsaid(page, *wanted):
    yield from (f"Docs/{page} does not say: {text}" for text in wanted if text not in " ".join(docs(page).split()))


def refusals():
    """CloudFormation refuses what Terraform refuses, in the runs of its tests, and nothing else; and each refusal of Terraform's is tried."""
    for path, (folder, test) in FORMS.items():
        for name in terraform.untried((folder / "variables.tf").read_text(), test.read_text()):
            yield f"{test.name} does not try all that {name} is refused for"
        for run, wanted in terraform.refused(test.read_text()).items():
            refused = {text: {*map(words.variable, re.findall(r"\b[A-Z]\w+", text))} for text in stack(run).refusals()}
            yield from (f"run {run}: {path.name} does not refuse {name}" for name in wanted if name not in set().union(*refused.values()))
            yield from (f"run {run}: {path.name} says: {text}" for text, names in refused.items() if names.isdisjoint(wanted))
            if len(refused) != len(wanted):
                yield f"run {run}: {path.name} refuses {len(refused)} things, and Terraform {len(wanted)}: {', '.join(refused)}"


def names_of_spokes():
    """What a spoke makes has no name that something else of the same owner has, in the same account and Region."""
    pattern = template(SPOKE)["Parameters"]["SpokeName"]["AllowedPattern"]
    own = own_names(stack(MOST[SPOKE]))
    for path, run in (MOST | ALONE).items():
        for kind, name in own_names(stack(run)):
            for before, after in (each.split("shop", 1) for other, each in own if other == kind):
                spoke = re.fullmatch(f"{re.escape(before)}(.+){re.escape(after)}", name)
                if spoke and spoke[1] != "shop" and re.search(pattern, spoke[1]):
                    yield f"a spoke may be called {spoke[1]}, and then has what {path.stem} has: {name}"


def lengths_of_names():
    """With the longest owner and spoke that a template takes, every name is one that AWS takes, control's too."""
    limits = {
        "AWS::Lambda::Function": ("FunctionName", 64),
        "AWS::Events::Rule": ("Name", 64),
        "AWS::Events::EventBus": ("Name", 256),
        "AWS::SQS::Queue": ("QueueName", 80),
        "AWS::SNS::Topic": ("TopicName", 256),
        "AWS::CloudWatch::Alarm": ("AlarmName", 255),
    }
    for path, run in (MOST | ALONE).items():
        given = {key: longest(template(path)["Parameters"][key]) for key in ("Owner", "SpokeName") if key in template(path)["Parameters"]}
        made = stack_with(run, {snake(key): value for key, value in given.items()})
        yield from (f"{path.stem}: {text}" for text in made.refusals())
        for name, resource in made.resources.items():
            key, limit = limits.get(resource["Type"], (None, 0))
            length = len(resource["Properties"].get(key, ""))
            if length > limit:
                yield f"{name} of {path.stem} may have a name of {length} characters, and AWS takes {limit}"


def longest(parameter):
    """The longest value of a parameter whose pattern ends with how much there may be after the first character."""
    return "a" * (int(re.search(r"\{0,(\d+)\}\$$", parameter["AllowedPattern"]).group(1)) + 1)


def own_names(made):
    """The kinds and names of what has a name in its account and Region."""
    kinds = [(each["Type"], each["Properties"]) for each in made.resources.values() if each["Type"] in NAMES]
    return [(kind, properties[NAMES[kind]]) for kind, properties in kinds]


def parts_kept_apart():
    """A hub has no rights on databases, and a spoke none on the directory and on the key that signs."""
    for path, services in {HUB: ("rds", "rds-db", "ec2"), SPOKE: ("identitystore", "sts", "events")}.items():
        policy = rights(stack(LEAST[path]))
        yield from (f"the rights of {path.stem} have {name}" for service in services for name in policies.actions(policy, service))
    key = stack("hub_least").resources["SigningKey"]["Properties"]["KeyPolicy"]
    signing = [each["Sid"] for each in flat(key) if {"kms:Sign", "kms:*"} & {*each["Action"]}]
    if signing != ["SignByHub"]:
        yield f"the key's policy lets sign: {', '.join(signing)}"
    policy = rights(stack("spoke_most"))
    for action in ("kms:Sign", "kms:GenerateDataKey", "sqs:SendMessage", "s3:PutObject"):
        for statement in flat(policy):
            if statement["Sid"] not in ("UseKey", "KeepReports", "EncryptReports") and action in statement["Action"]:
                yield f"the rights of spoke have {action} in {statement['Sid']}"


def kept_reports():
    """Whoever keeps reports can replace none, and neither read nor delete: of the bucket for them nothing else is allowed.
    Spokes do not write below the same prefix."""
    for path, run in MOST.items():
        made = stack(run)
        bucket = f"arn:aws:s3:::{made.parameters['ReportsBucket']}"
        place = f"{bucket}/{made.parameters['ReportsPrefix']}{'shop/' if path == SPOKE else ''}*"
        for role in roles(made):
            rules = [each for each in flat(rights(made, role)) if each["Resource"].startswith(bucket)]
            found = [(each["Action"], each["Resource"], each.get("Condition")) for each in rules]
            is_new = {"Null": {"s3:if-none-match": "false"}}
            wanted = [(["s3:PutObject"], place, is_new), (["s3:PutObjectRetention"], place, None)]
            if found not in (wanted, []) or (role == "Role" and not found):
                yield f"the rights of {role} in {path.stem} on the bucket of reports are {found}"
    if re.search(template(SPOKE)["Parameters"]["SpokeName"]["AllowedPattern"], "2026"):
        yield "a spoke may have the name of a year, below which nobody looks for reports of a spoke's"
    is_replacing = {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}
    denied = [
        (each["Action"], each["Condition"])
        for each in flat((ROOT / "Policies/reports.json").read_text())
        if each["Effect"] == "Deny"
    ]
    if (["s3:PutObject"], is_replacing) not in denied:
        yield "reports.json lets reports be replaced"


def asked_once():
    """What people have control do, Lambda never does again by itself, and not long after."""
    for path in (SINGLE, SPOKE):
        made = stack(MOST[path])
        limits = {"FunctionName": made.reference("Control"), "Qualifier": "live"}
        limits |= {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
        if {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": limits} not in made.resources.values():
            yield f"{path.stem}'s control may be invoked again by Lambda"


def keys_by_services():
    """No code of a function's uses a key itself, but the hub's to sign, which that key's policy says."""
    # Lambda, which decrypts at a start before there is a function to do it for, is known by what it decrypts.
    by_others = ("kms:ViaService", "kms:EncryptionContext:aws:lambda:FunctionArn")
    for path, run in MOST.items():
        for role in roles(stack(run)):
            for statement in flat(rights(stack(run), role)):
                conditions = [key for part in statement.get("Condition", {}).values() for key in part]
                is_use = any(action.startswith("kms:") for action in statement["Action"])
                if is_use and not any(key in by_others for key in conditions):
                    yield f"{statement['Sid']} of {role} in {path.stem} lets the function's own code use a key"


def published():
    """Whatever a function's version goes by publishes another, to which `live` leads: a version that is left behind would look for its
    configuration where the role may read no more."""
    # Version ids of S3 take 32 characters.
    longest_of = {"code_version": "v" * 32, "configuration_version": "v" * 32, "release": "r" * 40, "memory_size": 10240}
    for path, run in MOST.items():
        before = descriptions(stack(run))
        for variable, value in ANOTHER.items():
            after = descriptions(stack_with(run, {variable: value}))
            yield from (f"{path.stem}: another {variable} publishes no {name}" for name in before if after[name] == before[name])
        names = {snake(key): longest(each) for key, each in template(path)["Parameters"].items() if key in ("Owner", "SpokeName")}
        for name, text in descriptions(stack_with(run, longest_of | names), "AWS::Lambda::Function", "AWS::Lambda::Version").items():
            # https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
            if len(text) > 256:
                yield f"{path.stem}: the description of {name} may have {len(text)} characters, and AWS takes 256"


def published_in_vain():
    """Nothing has a version published of a function that is no other: Lambda publishes none then, and CloudFormation fails with
    "A version for this Lambda function exists"."""
    for path, run in [*LEAST.items(), *MOST.items()]:
        before = stack(run)
        for variable, value in ANOTHER.items():
            after = stack_with(run, {variable: value})
            functions = {each["FunctionName"]: each for each in before.of("AWS::Lambda::Function").values()}
            same = [each["FunctionName"] for each in after.of("AWS::Lambda::Function").values() if each in functions.values()]
            versions = before.of("AWS::Lambda::Version").values()
            for version in after.of("AWS::Lambda::Version").values() if not [*after.refusals()] else []:
                if version not in versions and version["FunctionName"] in same:
                    yield f"{run}: another {variable} publishes a version of {version['FunctionName']}, which is the same"


def descriptions(made, *kinds):
    """What versions of functions, or resources of these kinds, are described by."""
    return {name: each["Description"] for kind in kinds or ["AWS::Lambda::Version"] for name, each in made.of(kind).items()}


def hidden():
    """Whatever a function has from a queue stays hidden for six times its time and the batch window, as AWS advises:
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
    for path, run in MOST.items():
        for timeout in template(path)["Parameters"]["Timeout"]["AllowedValues"]:
            window = template(path)["Parameters"]["BatchWindow"]["MaxValue"]
            made = stack_with(run, {"timeout": timeout, "batch_window": window})
            queues = {made.attribute(name, "Arn"): each for name, each in made.of("AWS::SQS::Queue").items()}
            functions = {each["FunctionName"]: each for each in made.of("AWS::Lambda::Function").values()}
            for name, mapping in made.of("AWS::Lambda::EventSourceMapping").items():
                function = functions[re.sub(r"^.*:function:|:live$", "", mapping["FunctionName"])]
                least = 6 * int(function["Timeout"]) + int(mapping.get("MaximumBatchingWindowInSeconds", 0))
                if queues[mapping["EventSourceArn"]]["VisibilityTimeout"] < least:
                    yield f"{path.stem}: with a Timeout of {timeout}, messages of {name} are to be hidden for {least} s"


def at_a_time():
    """Readings of everyone are handed to one process at a time, and as many are kept free as there may be at a time: AWS's
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html counts all sources of a function; the schedule is one more."""
    for path in (SINGLE, HUB):
        made = stack(MOST[path])
        queues = {made.attribute(name, "Arn"): each for name, each in made.of("AWS::SQS::Queue").items()}
        sources = [each for each in made.of("AWS::Lambda::EventSourceMapping").values() if each["FunctionName"] == made.reference("Live")]
        limits = {
            made.value({"Ref": name}): each["ScalingConfig"]["MaximumConcurrency"] if "ScalingConfig" in each else 1
            for name in made.of("AWS::SQS::Queue")
            for each in sources
            if each["EventSourceArn"] == made.attribute(name, "Arn")
        }
        yield from (f"{path.stem}: how many take from {each['EventSourceArn']} has no limit" for each in sources
                    if "ScalingConfig" not in each and not queues[each["EventSourceArn"]].get("FifoQueue"))
        variables = made.resources["Function"]["Properties"]["Environment"]["Variables"]
        said = [variables.get(name) for name in ("SSOSYNC_EVENT_QUEUE_URL", "SSOSYNC_EVERYONE_QUEUE_URL")]
        if said != [*limits] or not said[-1].endswith(".fifo"):
            yield f"{path.stem}: the function is told of the queues {said}, and has messages of {[*limits]}"
        fewest = sum(limits.values()) + 1
        for number, is_refused in {fewest - 1: True, fewest: False}.items():
            if bool([*stack_with(MOST[path], {"reserved_concurrency": number}).refusals()]) != is_refused:
                yield f"{path.stem}: {fewest} may run at a time, and {number} are {'enough' if is_refused else 'refused'}"


def every_run():
    """Each template with the run with the fewest parameters, and with the most."""
    return [*(LEAST | ALONE).items(), *(MOST | MOST_ALONE).items()]


def encrypted():
    """Whatever is kept is encrypted, and no log is kept for ever. That Terraform makes the same, the comparison says."""
    for _, run in every_run():
        yield from (f"{run}: {problem}" for problem in encryption.problems(stack(run)))


def told():
    """Whatever fails leaves something behind, and somebody hears of it. That Terraform makes the same, the comparison says."""
    for path, run in every_run():
        made = stack(run)
        problems = [*heard.dead_letters(made), *heard.errors(made), *heard.alarms(made, ALARMS[path]), *heard.unheard(made)]
        yield from (f"{run}: {problem}" for problem in problems)
        # A spoke has no schedule: what it cannot do is a dead letter.
        if path in (SINGLE, HUB):
            destination = {"OnFailure": {"Destination": made.attribute("Notify", "Arn")}}
            if destination not in [each.get("DestinationConfig") for each in made.of("AWS::Lambda::EventInvokeConfig").values()]:
                yield f"{path.stem}: nobody is told of a full run that could not be made"
    named = {*re.findall(r"`([\w-]+)`", section(docs("deploy.md"), "Alarms") + section(docs("deploy.md"), "Their alarms"))}
    unnamed = {name for names in ALARMS.values() for name in names} - named
    yield from (f"Docs/deploy.md does not say what to do at the alarm {name}" for name in sorted(unnamed))


def policies_of_others():
    """What the examples allow is what the templates do: of who sends events, the bus that takes them, copies, and control."""
    names = ("bus", "forward", "copy", "invoke-control")
    examples = {name: json.loads((ROOT / f"Policies/{name}.json").read_text()) for name in names}
    taken = [
        {"Sid": resource["Properties"]["StatementId"], **resource["Properties"]["Statement"]}
        for resource in stack("most").resources.values()
        if resource["Type"] == "AWS::Events::EventBusPolicy"
    ]
    sent, read = rights(stack("rules_alone")), stack("hub_most").resources["SnapshotsPolicy"]["Properties"]["PolicyDocument"]
    invoked = stack("most").resources["ControlPolicy"]["Properties"]["PolicyDocument"]
    copied = stack("copy_with_most").resources["CopiesPolicy"]["Properties"]["PolicyDocument"]
    made = [("bus", {"Statement": taken}), ("forward", sent), ("copy", read), ("copy", copied), ("invoke-control", invoked)]
    for name, policy in made:
        if [*map(bare, policy["Statement"])] != [*map(bare, examples[name]["Statement"])]:
            yield f"{name}.json allows something else than the templates"
        # A copy is in a bucket of one's own.
        if name != "copy" and names_in(policy) != names_in(examples[name]):
            yield f"{name}.json is about {', '.join(names_in(examples[name]))}, and the templates about {', '.join(names_in(policy))}"
    # A role's name is made of the stack's and the resource's, and ends with letters of AWS's own.
    for path in sorted((ROOT / "Policies").glob("*.json")):
        for role in re.findall(r":role/([\w-]+)", path.read_text()):
            # Those that a service assumes are its owner's own.
            if not re.fullmatch(r"sso-sync-prod(-hub)?-Role-[A-Z]{12}|sso-sync-(reader|provisioner)", role):
                yield f"{path.name} names a role as no template makes it: {role}"


def statements():
    """Each right, of a role or by a policy of its own, has a comment of its own that says which call needs it."""
    for path, plain in [*cloudformation.PLAIN.items(), *zip(ALONE, ALONE)]:
        commented = cloudformation.comments(path.read_text())
        resources = template(plain)["Resources"]
        names = [each["Sid"] for each in words.with_conditional([*words.rights(resources), *words.managed(resources)])]
        for name in names:
            if name not in commented or names.count(name) > 1:
                yield f"{name} has no comment in {path.relative_to(ROOT)}, or is there twice"


def statements_of_terraform():
    """Terraform says of each right the same as CloudFormation, above the statement."""
    for path, (folder, _) in FORMS.items():
        found = collections.defaultdict(list)
        for name, comment in (each for file in sorted(folder.glob("*.tf")) for each in terraform.comments(file.read_text())):
            found[name].append(comment)
        said, resources = cloudformation.comments(path.read_text()), template(path)["Resources"]
        for each in words.with_conditional([*words.rights(resources), *words.managed(resources)]):
            name = each["Sid"]
            wanted = " ".join(line.removeprefix("# ") for line in said.get(name, []))
            if found[name] != [wanted]:
                yield f"of {name} {folder.relative_to(MODULE.parent)} says {found[name]}, and {path.name}: {wanted}"


def section(text, heading):
    """What stands below a heading, up to the next."""
    found = re.search(rf"^#+ {heading}\n(.*?)(?=^#|\Z)", text, re.M | re.S)
    return found.group(1) if found else ""


def rows(text, heading):
    """The words in code of the first column of the table below a heading."""
    columns = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", section(text, heading), re.M)
    return [name for column in columns for name in re.findall(r"\w+", column)]


def row_of(name, parameter):
    """The beginning of a parameter's row; what follows may say more."""
    default = parameter.get("Default")
    by_default = "required" if default is None else f"`{default}`" if default != "" else "none"
    meaning = re.split(r"[:;,]", parameter["Description"])[0]
    return f"| `{name}` | `{words.variable(name)}` | {by_default} | {meaning}"


def documentation():
    """Parameters and figures are in Docs/deploy.md: all that there are, and no others."""
    common = template()["Parameters"]
    for path, heading in PARAMETERS.items():
        parameters = template(path)["Parameters"]
        names = [name for name in parameters if path == SINGLE or parameters[name] != common.get(name)]
        if rows(docs("deploy.md"), heading) != names:
            yield f"below {heading} in Docs/deploy.md the parameters are not {', '.join(names)}"
        for row in (row_of(name, parameters[name]) for name in names):
            if f"\n{row}" not in docs("deploy.md"):
                yield f"Docs/deploy.md has no row that begins with {row}"
    for path, (page, heading) in EXPLAINED.items():
        text = section(docs(page), heading)
        unnamed = [name for name in template(path)["Parameters"] if not re.search(rf"\b{name}\b", text)]
        yield from (f"below {heading} in Docs/{page} there is nothing about {name} of {path.name}" for name in unnamed)
    for path, heading in ENDPOINTS.items():
        text = section(docs("deploy.md"), heading)
        for each in stack(MOST[path]).of("AWS::EC2::VPCEndpoint").values():
            service = each["ServiceName"].rpartition(".")[2]
            if f"`{service}`" not in text:
                yield f"below {heading} in Docs/deploy.md there is nothing about the endpoint {service}"
    figures = rows(docs("deploy.md"), "Figures")
    for resource in (resource for path in PARAMETERS for resource in template(path)["Resources"].values()):
        for figure in heard.figures(resource.get("Properties", {})):
            if figure.get("Namespace") == "SSOSync" and figure["MetricName"] not in figures:
                yield f"an alarm watches {figure['MetricName']}, which is not among the figures in Docs/deploy.md"
    sources = ROOT / "Sources"
    if (sources / "SSOSyncLambda").is_dir():
        counted = "".join(path.read_text() for path in sources.rglob("*.swift"))
        yield from (f"nothing in Sources counts {name}" for name in figures if f'"{name}"' not in counted)


def command_lines():
    """AWS has the commands that the documentation has people type, and their options."""
    pages = [ROOT / "README.md", ROOT / "Policies/README.md", *sorted((ROOT / "Docs").glob("*.md"))]
    lines = {(page, line) for page in pages for line in commands.lines(page.read_text())}
    if len(lines) < 50:
        yield f"only {len(lines)} command lines were found"
    for page, line in sorted(lines):
        yield from (f"{page.relative_to(ROOT)}: {problem}" for problem in commands.problems(line))


def example_for_cdk():
    """CDK would take the example, as far as can be known without it."""
    yield from cdk.problems(docs("deploy.md"), ROOT, cloudformation.read)


def live_checks():
    """Each live check has commands, nothing of which is left out, and what they go by is set on the page."""
    page = docs("live-checks.md")
    known = {*re.findall(r"^ {4}(\w+)\(\) \{", page, re.M), "aws", "docker", "sso-sync", "terraform"}
    for number, row in re.findall(r"^\| (\d+) \|(.*) \|$", page, re.M):
        command = row.split(" | ")[1]
        if not known & {*re.findall(r"\w[\w-]*", " ".join(re.findall(r"`([^`]+)`", command)))}:
            yield f"live check {number} has no command"
        if "…" in command:
            yield f"live check {number} leaves something of its commands out"
    for line in re.findall(r"^ {4}(.*)$", page, re.M):
        if "…" in line.partition(" # ")[0]:
            yield f"Docs/live-checks.md leaves something out: {line}"
    for folder in sorted({*re.findall(r"-chdir=(\w+)", page)}):
        module = re.search(rf'> {folder}/main.tf .*?\n    module "\w+" \{{\n(.*?)\n    \}}', page, re.S)
        if not module:
            yield f"Docs/live-checks.md does not say what is in {folder}/main.tf"
            continue
        given = {*re.findall(r"^ +(\w+) += ", module.group(1), re.M)} - {"source"}
        variables = (MODULE / "variables.tf").read_text()
        known, optional = {*re.findall(r'^variable "(\w+)"', variables, re.M)}, terraform.defaults(variables).keys()
        yield from (f"Docs/live-checks.md has the module take {name}" for name in sorted(given - known))
        yield from (f"Docs/live-checks.md does not give the module {name}" for name in sorted(known - optional - given))
    unset = {*re.findall(r"\$\{?([A-Z][A-Z_]+)", page)} - {*re.findall(r"\b([A-Z][A-Z_]*)=", page), "PWD"}
    yield from (f"Docs/live-checks.md does not say what ${name} is" for name in sorted(unset))


def sums():
    """In Docs/scale.md the seconds of a full run add up, and the dollars, which are rounded to tens: each sum is that of all before it."""
    page = docs("scale.md")
    for heading, digits in {"How long a full run takes": 0, "What it costs": -1}.items():
        figures, totals = [], []
        for row in re.findall(r"^\|.*\|$", section(page, heading), re.M):
            total = re.search(r"^\| \*\*sum\b.*?\*\* \|.*?\*\*([\d,]+)\*\*", row)
            figure = re.search(r"^\| [^|]+ \|(?:[^|]+\|)?? ([\d,]+) \|", row)
            if total:
                totals.append(total.group(1))
                if round(sum(figures), digits) != int(total.group(1).replace(",", "")):
                    yield f"{heading}: {' + '.join(map(str, figures))} are not {total.group(1)}"
            elif figure:
                figures.append(int(figure.group(1).replace(",", "")))
        if not totals:
            yield f"{heading}: there is no sum"


def defects():
    """Docs/defects.md has all defects of the sample, and the tests that it names are there."""
    page = docs("defects.md")
    if re.findall(r"^\| D-(\d+) \|", page, re.M) != [str(number) for number in range(1, 43)]:
        yield "Docs/defects.md has not one row for each of D-1 to D-42"
    tests = {}
    for path in sorted((ROOT / "Tests").rglob("*.swift")):
        tests.setdefault(path.stem, set()).update(re.findall(r"func `([^`]+)`", path.read_text()))
    for file, name in re.findall(r"`(\w+Tests): ([^`]+)`", page):
        if name not in tests.get(file, ()):
            yield f"there is no test {file}: {name}"
    for number, row in re.findall(r"^\| D-(\d+) \|(.*)$", page, re.M):
        if not re.search(r"`(\w+Tests: |dev/check-deploy|make test)", row.rpartition(" | ")[2]):
            yield f"nothing shows D-{number} to be gone"


def partitions():
    """No partition of AWS's is written into a template."""
    for path in [*cloudformation.PLAIN, *ALONE, *sorted(MODULE.rglob("*.tf"))]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            is_text = re.match(r"\s*(description|constraintdescription|error_message)\b", line.lower())
            if "arn:aws" in line and not is_text:
                yield f"{path.relative_to(ROOT)}:{number} names a partition"


def said_of_refused():
    """What somebody reads whose parameter does not fit is about that parameter, and the same in both forms."""
    for path, (folder, _) in FORMS.items():
        variables = (folder / "variables.tf").read_text()
        for name, parameter in template(path)["Parameters"].items():
            constraint = parameter.get("ConstraintDescription")
            if "AllowedPattern" in parameter and constraint and f'"{words.variable(name)}: {constraint}."' not in variables:
                yield f"Terraform does not say of {words.variable(name)} that it has to be {constraint}"
            if "AllowedPattern" in parameter and not constraint:
                yield f"{path.name} does not say what {name} has to be like"


def as_terraform(parameter):
    """A parameter's default, as Terraform has it; None if it is required."""
    default = parameter.get("Default")
    if parameter["Type"] == "CommaDelimitedList":
        return default.split(",") if default else []
    return {"true": True, "false": False}.get(default, default)


def terraform_and_parity():
    """Terraform's format, references and tests; and the same resources, rights and patterns as CloudFormation's."""
    made = terraform.Module(MODULE, ROOT / ".build/deploy").check()
    for path, (folder, _) in FORMS.items():
        for part, kind, file in [("Parameters", "variable", "variables.tf"), ("Outputs", "output", "outputs.tf")]:
            ours = {words.variable(name) for name in template(path)[part]}
            theirs = set(re.findall(rf'^{kind} "(\w+)"', (folder / file).read_text(), re.M))
            if ours != theirs:
                yield f"{path.name} and Terraform differ in the {part.lower()} {', '.join(sorted(ours ^ theirs))}"
        defaults = terraform.defaults((folder / "variables.tf").read_text())
        for name, parameter in template(path)["Parameters"].items():
            ours, theirs = as_terraform(parameter), defaults.get(words.variable(name))
            if ours != theirs and (words.variable(name) == snake(name) or theirs != []):
                yield f"{path.name} and Terraform differ in what {name} is by default"
    wanted = {run for _, test in FORMS.values() for run in terraform.variables(test.read_text())}
    if len(made) < 4 or not set(made) <= wanted:
        yield f"the runs that made something to compare are {', '.join(made)}"
    for run, resources in made.items():
        differences = parity.differences(parity.of_cloudformation(stack(run)), parity.of_terraform(resources))
        yield from (f"run {run}: {difference}" for difference in differences)


def terraform_applied():
    """What the modules make with the fewest variables, and with the most, can be made, and destroyed."""
    modules = {}
    for path, run in every_run():
        folder, test = FORMS[path]
        values = terraform.variables(test.read_text())[run]
        # Side by side they need names of their own.
        if path.stem in modules and "owner" in values:
            values["owner"] += "-2"
        modules[path.stem if path.stem not in modules else run] = {"source": str(folder.relative_to(MODULE)), **values}
    # In a process of its own: moto has one state for all that is in one.
    program = [sys.executable, ROOT / "dev/deploy/applied.py", MODULE, json.dumps(modules)]
    done = subprocess.run(program, capture_output=True, text=True)
    if done.returncode == MISSING:
        raise terraform.Missing(done.stdout.strip())
    if done.returncode:
        yield done.stdout + done.stderr[-4000:]


def stacks_created():
    """What the plain templates make with the fewest parameters, and with the most, is there when moto has created them."""
    stacks = {}
    for path, run in every_run():
        own = stack(run)
        stacks[run] = {
            "template": str(path),
            "parameters": {key: written(value) for key, value in own.parameters.items()},
            "made": collections.Counter(resource["Type"] for resource in own.resources.values()),
            "named": own_names(own),
            "policies": sorted(names_of_policies(own)),
            "outputs": sorted(name for name, output in template(path)["Outputs"].items() if own.holds(output.get("Condition"))),
        }
    # In a process of its own: moto has one state for all that is in one.
    program = [sys.executable, ROOT / "dev/deploy/created.py", json.dumps(stacks)]
    done = subprocess.run(program, capture_output=True, text=True)
    if done.returncode:
        yield done.stdout + done.stderr[-4000:]


def names_of_policies(own):
    """The policies that roles of a stack have as their own, once for each role."""
    for role in own.of("AWS::IAM::Role").values():
        yield from (policy["PolicyName"] for policy in role["Policies"])
    for policy in own.of("AWS::IAM::Policy").values():
        yield from (policy["PolicyName"] for _ in policy["Roles"])


def written(value):
    """A parameter's value as it is typed."""
    return ",".join(value) if isinstance(value, list) else str(value)


CHECKS = {
    "the plain forms are what the SAM templates make": plain_form,
    "hub and spoke share what they share with single": what_is_shared,
    "cfn-lint on all forms": lint,
    "event patterns against the decoder's samples": event_patterns,
    "policies": policy_rules,
    "policies of buses and buckets": policies_of_others,
    "room for many targets and spokes": room_for_many,
    "what does not fit is refused": refusals,
    "what does not fit is told the same in both forms": said_of_refused,
    "a spoke's names are its own": names_of_spokes,
    "names are short enough": lengths_of_names,
    "keys are used by services": keys_by_services,
    "control is invoked once": asked_once,
    "what is deployed is published": published,
    "no version is published in vain": published_in_vain,
    "messages are hidden for long enough": hidden,
    "there is one at a time for everyone": at_a_time,
    "what fails is kept, and told": told,
    "what is kept is encrypted": encrypted,
    "each right says which call needs it": statements,
    "each right says so with Terraform, too": statements_of_terraform,
    "parameters and figures in the documentation": documentation,
    "AWS command lines in the documentation": command_lines,
    "the example for CDK": example_for_cdk,
    "commands of live checks": live_checks,
    "sums in the documentation": sums,
    "the sample's defects have their tests": defects,
    "no partition in templates": partitions,
    "stacks created at a stand-in for AWS": stacks_created,
    "terraform: applied to a stand-in for AWS, and destroyed": terraform_applied,
    "terraform: format, tests, and the same as CloudFormation": terraform_and_parity,
}


def judge(check):
    begun = time.monotonic()
    try:
        problems, skipped = list(check()), None
    except terraform.Missing as reason:
        problems, skipped = [], str(reason)
    except terraform.Failed as failure:
        problems, skipped = [str(failure)], None
    return problems, skipped, time.monotonic() - begun


def main():
    failed, left_out = False, []
    # One of them does little but wait.
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        # The longest begins first.
        judgements = {name: pool.submit(judge, check) for name, check in reversed(CHECKS.items())}
        for name in CHECKS:
            problems, skipped, seconds = judgements[name].result()
            state = "FAILED" if problems else f"skipped: {skipped}" if skipped else "good"
            print(f"check-deploy: {name}: {state} ({seconds:.0f} s)", flush=True)
            for problem in problems:
                print(f"  {problem}", flush=True)
            failed = failed or bool(problems)
            left_out += [name] if skipped else []
    if left_out:
        print(f"check-deploy: not all was checked here, see above: {', '.join(left_out)}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
