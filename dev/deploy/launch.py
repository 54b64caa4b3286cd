# SPDX-License-Identifier: Apache-2.0
#
#   launch.py TEMPLATE PARAMETER=VALUE…    makes, by AWS's API, what events pass in a CloudFormation template: buses, queues, and
#                                          the rules between them. The variables that all SDKs know say where, and with which
#                                          keys. Prints the bus, if there is one, the function's variables, and the queue of
#                                          events that invokes it, as JSON
import json
import sys

import boto3
from cloudformation import read
from resolve import REGION, Stack


def properties(stack, kind):
    return [resource["Properties"] for resource in stack.resources.values() if resource["Type"] == kind]


def rules(stack):
    """The rules that events match; others have a schedule."""
    return [rule for rule in properties(stack, "AWS::Events::Rule") if "EventPattern" in rule]


def text(value):
    return value if isinstance(value, str) else json.dumps(value)


def make(stack, events, sqs):
    """Makes a stack's buses and queues, and the rules that lead from those to these."""
    # Queues of dead letters come first: they have to be there when another names them.
    for queue in sorted(properties(stack, "AWS::SQS::Queue"), key=lambda queue: "RedrivePolicy" in queue):
        attributes = {key: text(value) for key, value in queue.items() if key != "QueueName"}
        sqs.create_queue(QueueName=queue["QueueName"], Attributes=attributes)
    for bus in properties(stack, "AWS::Events::EventBus"):
        events.create_event_bus(Name=bus["Name"])
    for rule in rules(stack):
        bus = rule.get("EventBusName", "default")
        events.put_rule(Name=rule["Name"], EventBusName=bus, EventPattern=text(rule["EventPattern"]))
        events.put_targets(Rule=rule["Name"], EventBusName=bus, Targets=rule["Targets"])


def invoking(stack):
    """The ARN of the queue that invokes the function itself, and that others send to: FIFO queues are for what it sends itself."""
    function = stack.reference("Live")
    mappings = properties(stack, "AWS::Lambda::EventSourceMapping")
    arns = [mapping["EventSourceArn"] for mapping in mappings if mapping["FunctionName"] == function]
    return next(arn for arn in arns if not arn.endswith(".fifo"))


def main():
    path, *pairs = sys.argv[1:]
    sts, events, sqs = (boto3.client(service, region_name=REGION) for service in ("sts", "events", "sqs"))
    with open(path, encoding="utf-8") as file:
        template = read(file.read())
    stack = Stack(template, dict(pair.split("=", 1) for pair in pairs), sts.get_caller_identity()["Account"])
    make(stack, events, sqs)
    queue = invoking(stack)
    launched = {
        "bus": next((rule.get("EventBusName", "default") for rule in rules(stack)), None),
        "queueArn": queue,
        "queueUrl": sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"],
        "variables": stack.resources["Function"]["Properties"]["Environment"]["Variables"],
    }
    print(json.dumps(launched))


if __name__ == "__main__":
    main()
