# SPDX-License-Identifier: Apache-2.0
#
# The small words that templates, policies and Terraform are put into.
import json
import re


def document(value):
    """A policy or pattern, whether it comes as a value or as text."""
    return json.loads(value) if isinstance(value, str) else value


def listed(value):
    return value if isinstance(value, list) else [value]


def flat(policy):
    """The statements of a policy, one for each resource, whichever order and form they have."""
    for statement in document(policy)["Statement"]:
        rest = {key: value for key, value in statement.items() if key not in ("Action", "Resource")}
        for resource in listed(statement.get("Resource")):
            yield {**rest, "Action": sorted(listed(statement["Action"])), "Resource": resource}


def own_policies(resources, role=None):
    """The policies that are part of a role; of all roles, if none is named."""
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Role" and role in (None, name):
            yield from (policy["PolicyDocument"] for policy in properties["Policies"])
        if resource["Type"] == "AWS::IAM::Policy" and (role is None or f'"{role}"' in json.dumps(properties["Roles"])):
            yield properties["PolicyDocument"]


def rights(resources, role=None):
    """The statements of these policies."""
    for policy in own_policies(resources, role):
        yield from policy["Statement"]


def managed(resources):
    """The statements of policies that belong to no role."""
    for resource in resources.values():
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            yield from resource["Properties"]["PolicyDocument"]["Statement"]


def size(policy):
    """A policy's characters, as IAM counts them: without white space."""
    return len(json.dumps(policy, separators=(",", ":")))


def with_conditional(statements):
    """Statements, those that a condition adds too."""
    for statement in statements:
        # Such a one stands between that and nothing, in either order.
        yield from (each for each in statement.get("Fn::If", [None, statement])[1:] if "Sid" in each)


def snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def variable(parameter):
    """What Terraform calls a parameter. It counts what may not be known yet, so it has a list where CloudFormation has one or none."""
    return {"DatabaseSecurityGroupId": "database_security_group_ids"}.get(parameter, snake(parameter))


def snaked(properties, **others):
    return {snake(key): value for key, value in properties.items()} | others
