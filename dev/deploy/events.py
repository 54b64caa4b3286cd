# SPDX-License-Identifier: Apache-2.0
#
# Puts events on a bus of moto's that has a stack's rules, and sees which arrive in the queue.
import collections
import functools
import json
import os

import boto3
import jsonpath_ng.ext
import launch
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from resolve import REGION, Stack

# moto parses the same eight paths for each event anew, which takes half a second.
jsonpath_ng.ext.parse = functools.cache(jsonpath_ng.ext.parse)
# Names that nobody has documented, and that the decoder takes by what they speak of.
UNDOCUMENTED = ["UpdateUserName", "UpdateGroupDisplayName", "ReplaceGroupMembers"]
# As notifications of memberships might be called as well.
NOTIFIED = ["GroupMembership Created", "Membership Created", "Member Removed", "UserMembership Deleted"]
# What the pattern of a rule may have, https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html.
PATTERN_LIMIT = 2048


def variants(samples):
    """Events with whether they have to arrive: those of the decoder's tests, and some that differ in one thing."""
    for sample in samples:
        event = sample["event"]
        if "scope" in sample:
            yield sample["title"], event, True
        elif sample.get("dropped") != "foreignStore":
            # Whether a store is ours only the function can tell: SCIM's events do not say.
            yield sample["title"], event, False
    added = next(sample["event"] for sample in samples if "AddMemberToGroup" in json.dumps(sample["event"]))
    for name in UNDOCUMENTED:
        yield name, {**added, "detail": {**added["detail"], "eventName": name}}, True
    told = next(sample["event"] for sample in samples if sample["event"]["detail-type"].startswith("Group Membership"))
    for name in NOTIFIED:
        yield f"a notification called {name}", {**told, "detail-type": name}, True
    yield "an event that somebody else put", {**added, "source": "sso-directory"}, False
    yield "a notification about something else", {**told, "detail-type": "Instance Updated"}, False
    yield "a login", {**added, "detail": {**added["detail"], "eventName": "Authenticate"}}, False
    for service in ("iam", "sso", "identitystore-auth"):
        other = {**added["detail"], "eventSource": f"{service}.amazonaws.com", "eventName": "CreateUser"}
        yield f"a change in {service}", {**added, "source": f"aws.{service}", "detail": other}, False


def arrive_once(stack, samples):
    """What is wrong with which events arrive; events that two rules match would arrive twice."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    problems = []
    with mock_aws():
        bus, sqs = boto3.client("events", region_name=REGION), boto3.client("sqs", region_name=REGION)
        # A queue is looked for in the account that its ARN names, and moto has one of its own.
        ours = Stack(stack.template, stack.parameters, DEFAULT_ACCOUNT_ID)
        launch.make(ours, bus, sqs)
        for rule in launch.rules(ours):
            pattern = json.dumps(rule["EventPattern"], separators=(",", ":"))
            if len(pattern) > PATTERN_LIMIT:
                problems.append(f"{rule['Name']}: a pattern of {len(pattern)} characters is too long")
        url = sqs.get_queue_url(QueueName=launch.invoking(ours).rpartition(":")[2])["QueueUrl"]
        arrived = collections.defaultdict(list)
        expected = list(variants(samples))
        sent = [event_id for start in range(0, len(expected), 10) for event_id in put(bus, expected[start : start + 10])]
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for body in (json.loads(message["Body"]) for message in messages):
                arrived[body["id"]].append(body["detail"])
    for (title, event, wanted), event_id in zip(expected, sent):
        if arrived[event_id] != [event["detail"]] * wanted:
            problems.append(f"{title}: arrived {len(arrived[event_id])} times, not {int(wanted)}")
    return problems


def put(bus, expected):
    """Puts some events; returns their ids."""
    entries = [
        {"Source": event["source"], "DetailType": event["detail-type"], "Detail": json.dumps(event["detail"])}
        for _, event, _ in expected
    ]
    return [entry["EventId"] for entry in bus.put_events(Entries=entries)["Entries"]]
