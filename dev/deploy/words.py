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


def snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def snaked(properties, **others):
    return {snake(key): value for key, value in properties.items()} | others
