# SPDX-License-Identifier: Apache-2.0
#
#   actions.py TEMPLATE    the actions that the role of a function in a CloudFormation template allows and that the function's own
#                          code needs, one in a line; the tests hold them against the calls that it makes
import sys

from cloudformation import read
from words import listed

# What Lambda, SQS, SNS, S3 and the databases do with the role, and the function's code does not: by the statements' ids.
BY_OTHERS = {
    "WriteLog",  # Lambda
    "TakeEvents",  # Lambda's event source
    "TellOfFailures",  # Lambda's failure destination
    "DecryptConfiguration",  # S3
    "DecryptDirectory",  # the Identity Store
    "LogInAsProvisioner",  # asked by the database
    "UseKey",  # SQS, SNS and Lambda
    "AttachToVpc",  # Lambda
}


def actions(template):
    """The actions, ascending."""
    found = set()
    for resource in template["Resources"].values():
        if resource["Type"] != "AWS::IAM::Role":
            continue
        for policy in resource["Properties"].get("Policies", []):
            for statement in statements(policy["PolicyDocument"]["Statement"]):
                if statement["Effect"] == "Allow" and statement["Sid"] not in BY_OTHERS:
                    found.update(listed(statement["Action"]))
    return sorted(found)


def statements(items):
    """Those that a condition adds, too."""
    for item in items:
        branches = item.get("Fn::If") if isinstance(item, dict) else None
        if branches:
            yield from (branch for branch in branches[1:] if "Sid" in branch)
        else:
            yield item


if __name__ == "__main__":
    print("\n".join(actions(read(open(sys.argv[1], encoding="utf-8").read()))))
