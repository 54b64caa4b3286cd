# SPDX-License-Identifier: Apache-2.0
#
# Says what CloudFormation and Terraform make in the same words, and where the two differ.
import json

from made_by_cloudformation import CLOUDFORMATION
from made_by_terraform import TERRAFORM


def filled(values):
    """Without what is empty: Terraform knows null, empty texts and empty lists where CloudFormation has nothing."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {}, False)}


def inventory(pairs):
    """Lines that say what is made, one for each thing."""
    lines = []
    for kind, values in pairs:
        # Sets and lists are the same here: Terraform sorts what it takes for a set.
        ordered = {key: sorted(value) if key in ("subnets", "groups", "route tables") and value else value
                   for key, value in filled(values).items()}
        lines.append(f"{kind}: {json.dumps(ordered, sort_keys=True, ensure_ascii=False)}")
    return sorted(lines)


def of_cloudformation(stack):
    def properties(name, resource):
        # Nothing that a role says itself tells it from another.
        own = {"Ref": stack.reference(name)} if resource["Type"] == "AWS::IAM::Role" else {}
        return resource["Properties"] | own

    return inventory(
        pair
        for name, resource in stack.resources.items()
        for pair in CLOUDFORMATION[resource["Type"]](properties(name, resource))
    )


def of_terraform(resources):
    managed = [resource for resource in resources if resource["mode"] == "managed"]
    return inventory(pair for resource in managed for pair in TERRAFORM[resource["type"]](resource["values"]))


def differences(cloudformation, terraform):
    """What one has and the other has not."""
    only = [f"CloudFormation only: {line}" for line in cloudformation if line not in terraform]
    only += [f"Terraform only:      {line}" for line in terraform if line not in cloudformation]
    return only or ([] if len(cloudformation) == len(terraform) else ["something is there twice"])
