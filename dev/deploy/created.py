# SPDX-License-Identifier: Apache-2.0
#
#   created.py STACKS   creates stacks of the plain templates at moto, {NAME: {template: PATH, parameters: {NAME: TEXT…}, made:
#                       {TYPE: NUMBER…}, named: [[TYPE, NAME]…], policies: [NAME…], outputs: [NAME…]}…} in JSON, each where
#                       nothing else is, and compares what is there then, of the types in THERE, and the policies that roles
#                       have as their own, with what is to be made; ends with 1 if something is wrong
#
# What moto's CloudFormation does not know, or does otherwise than AWS's, is below: made by the calls that AWS's makes. Whether
# parameters fit, and rules are kept, it does not look at: that is resolve.py's.
import contextlib
import functools
import json
import sys

from applied import client, network, placed, put_code
from moto import mock_aws
from moto.cloudformation import parsing


def service(name):
    return client(name, None)


# For each type what makes it instead of moto.
OURS = {}


def makes(kind):
    """Has moto make resources of a type by a function of their properties; it gives their reference and attributes, if somebody needs them."""

    def register(make):
        # What moto asks of its own.
        class Made:
            def __init__(self, reference, attributes):
                self.physical_resource_id, self.attributes = reference, attributes

            def get_cfn_attribute(self, name):
                return self.attributes[name]

            @staticmethod
            def has_cfn_attr(name):
                return True

            def is_created(self):
                return True

            @classmethod
            def create_from_cloudformation_json(cls, name, resource, *_, **__):
                return cls(*(make(resource["Properties"]) or (name, {})))

        OURS[kind] = Made
        return make

    return register


@makes("AWS::CloudWatch::Alarm")
def alarm(properties):
    service("cloudwatch").put_metric_alarm(**properties)


@makes("AWS::Events::EventBus")
def bus(properties):
    made = service("events").create_event_bus(**properties)
    return properties["Name"], {"Arn": made["EventBusArn"]}


@makes("AWS::Events::EventBusPolicy")
def bus_policy(properties):
    statement = {"Sid": properties["StatementId"], **properties["Statement"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    service("events").put_permission(EventBusName=properties["EventBusName"], Policy=policy)


@makes("AWS::Lambda::Version")
def version(properties):
    made = service("lambda").publish_version(FunctionName=properties["FunctionName"])
    return f"{made['FunctionArn']}:{made['Version']}", {"Version": made["Version"]}


@makes("AWS::Lambda::Alias")
def alias(properties):
    return service("lambda").create_alias(**properties)["AliasArn"], {}


@makes("AWS::Lambda::EventInvokeConfig")
def invocations(properties):
    service("lambda").put_function_event_invoke_config(**properties)


@makes("AWS::S3::BucketPolicy")
def bucket_policy(properties):
    service("s3").put_bucket_policy(Bucket=properties["Bucket"], Policy=json.dumps(properties["PolicyDocument"]))


@makes("AWS::SNS::Subscription")
def subscription(properties):
    return service("sns").subscribe(**properties)["SubscriptionArn"], {}


@makes("AWS::SQS::QueuePolicy")
def queue_policy(properties):
    for queue in properties["Queues"]:
        policy = json.dumps(properties["PolicyDocument"])
        service("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})


models, cleaned_by_moto = parsing.get_model_map(), parsing.clean_json


def clean(node, resources):
    """What moto makes of a template's functions, but that numbers are keys of mappings, and nothing is no member of a list."""
    if isinstance(node, dict) and "Fn::FindInMap" in node:
        mapping, *keys = node["Fn::FindInMap"]
        return functools.reduce(lambda found, key: found[str(clean(key, resources))], keys, resources[mapping])
    cleaned = cleaned_by_moto(node, resources)
    return [each for each in cleaned if each is not None] if isinstance(node, list) else cleaned


parsing.clean_json, parsing.get_model_map = clean, lambda: models | OURS


def functions():
    return [each["FunctionName"] for each in service("lambda").list_functions()["Functions"]]


def of_functions(operation, key):
    return [each for name in functions() for each in getattr(service("lambda"), operation)(FunctionName=name)[key]]


def permissions():
    """Those of functions; moto has their aliases' among them."""
    for name in functions():
        with contextlib.suppress(service("lambda").exceptions.ResourceNotFoundException):
            yield from json.loads(service("lambda").get_policy(FunctionName=name)["Policy"])["Statement"]


def entries():
    """Who may come in by the database's security group, which was there before."""
    groups = service("ec2").describe_security_groups(Filters=[{"Name": "group-name", "Values": ["database"]}])["SecurityGroups"]
    return [pair for group in groups for rule in group["IpPermissions"] for pair in rule["UserIdGroupPairs"]]


def policies():
    """The names of the policies that roles have as their own, once for each role."""
    roles = [each["RoleName"] for each in service("iam").list_roles()["Roles"]]
    return sorted(name for role in roles for name in service("iam").list_role_policies(RoleName=role)["PolicyNames"])


def buses():
    return [each["Name"] for each in service("events").list_event_buses()["EventBuses"]]


# What there is of each type, by name if it has one of its own.
THERE = {
    "AWS::CloudWatch::Alarm": lambda: [each["AlarmName"] for each in service("cloudwatch").describe_alarms()["MetricAlarms"]],
    "AWS::EC2::SecurityGroup": lambda: service("ec2").describe_security_groups()["SecurityGroups"],
    "AWS::EC2::SecurityGroupIngress": entries,
    "AWS::EC2::VPCEndpoint": lambda: service("ec2").describe_vpc_endpoints()["VpcEndpoints"],
    "AWS::Events::EventBus": lambda: [name for name in buses() if name != "default"],
    "AWS::Events::Rule": lambda: [each["Name"] for bus in buses() for each in service("events").list_rules(EventBusName=bus)["Rules"]],
    "AWS::IAM::ManagedPolicy": lambda: service("iam").list_policies(Scope="Local")["Policies"],
    "AWS::IAM::Role": lambda: service("iam").list_roles()["Roles"],
    "AWS::KMS::Key": lambda: service("kms").list_keys()["Keys"],
    "AWS::Lambda::Alias": lambda: of_functions("list_aliases", "Aliases"),
    "AWS::Lambda::EventInvokeConfig": lambda: of_functions("list_function_event_invoke_configs", "FunctionEventInvokeConfigs"),
    "AWS::Lambda::EventSourceMapping": lambda: service("lambda").list_event_source_mappings()["EventSourceMappings"],
    "AWS::Lambda::Function": functions,
    "AWS::Lambda::Permission": lambda: list(permissions()),
    "AWS::Lambda::Version": lambda: [each for each in of_functions("list_versions_by_function", "Versions") if each["Version"] != "$LATEST"],
    "AWS::Logs::LogGroup": lambda: [each["logGroupName"] for each in service("logs").describe_log_groups()["logGroups"]],
    "AWS::S3::Bucket": lambda: service("s3").list_buckets()["Buckets"],
    "AWS::SNS::Subscription": lambda: service("sns").list_subscriptions()["Subscriptions"],
    "AWS::SNS::Topic": lambda: [each["TopicArn"].rsplit(":", 1)[-1] for each in service("sns").list_topics()["Topics"]],
    "AWS::SQS::Queue": lambda: [url.rsplit("/", 1)[-1] for url in service("sqs").list_queues().get("QueueUrls", [])],
}


def problems(stack):
    """What goes wrong with a stack where nothing else is."""
    with mock_aws():
        values = stack["parameters"]
        if "CodeVersion" in values:
            values["CodeVersion"] = put_code(None, values["CodeBucket"], values["CodeKey"])
        if "VpcId" in values:
            ids = network(None)
            values |= {key: ",".join(placed(value.split(","), ids)) for key, value in values.items()}
        before = {kind: len(there()) for kind, there in THERE.items()}
        with open(stack["template"], encoding="utf-8") as template:
            service("cloudformation").create_stack(
                StackName="stack",
                TemplateBody=template.read(),
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
                Capabilities=["CAPABILITY_IAM"],
            )
        # moto leaves those out.
        yield from (f"nobody makes {kind}" for kind in stack["made"] if kind not in models | OURS)
        for kind, there in THERE.items():
            found, wanted = there(), stack["made"].get(kind, 0)
            if len(found) - before[kind] != wanted:
                yield f"{kind}: {len(found) - before[kind]} are there, of {wanted}"
            yield from (f"{kind}: {name} is not there" for of, name in stack["named"] if of == kind and name not in found)
        if policies() != stack["policies"]:
            yield f"roles have of their own {', '.join(policies())}, not {', '.join(stack['policies'])}"
        said = service("cloudformation").describe_stacks(StackName="stack")["Stacks"][0].get("Outputs", [])
        outputs = sorted(output["OutputKey"] for output in said if output["OutputValue"])
        if outputs != stack["outputs"]:
            yield f"the outputs are {', '.join(outputs)}, not {', '.join(stack['outputs'])}"


def main():
    wrong = [f"{name}: {problem}" for name, stack in json.loads(sys.argv[1]).items() for problem in problems(stack)]
    print("\n".join(wrong))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
