# SPDX-License-Identifier: Apache-2.0
#
#   actions.py TEMPLATE    what the role of the function in a CloudFormation template allows and the function's own code
#                          needs: a statement's id and an action in a line; the tests hold them against the calls that it makes
import sys

from cloudformation import read
from words import listed

# What Lambda, SQS, SNS, S3 and the databases do with the role, and the function's code does not: by the statements' ids.
BY_OTHERS = {
    "WriteLog",  # Lambda
    "TakeEvents",  # Lambda's event source
    "TakeMessages",  # Lambda's event source
    "TellOfFailures",  # Lambda's failure destination
    "DecryptConfiguration",  # S3
    "DecryptSnapshot",  # S3
    "MissSnapshot",  # no call: changes what S3 answers to GetObject
    "MissCopies",  # no call: the same
    "DecryptDirectory",  # the Identity Store
    "LogInAsProvisioner",  # asked by the database
    "UseKey",  # SQS, SNS, S3 and Lambda
    "UseOtherKeys",  # SQS and S3
    "AttachToVpc",  # Lambda
}
ROLE = {"Fn::GetAtt": ["Role", "Arn"]}


def rights(template):
    """Statements and their actions, ascending."""
    found = set()
    for statement in allowed(template["Resources"]):
        if statement["Effect"] == "Allow" and statement["Sid"] not in BY_OTHERS:
            found.update((statement["Sid"], action) for action in listed(statement["Action"]))
    return sorted(found)


def allowed(resources):
    """The statements that give the role rights: its own, and those of the key that is made for it."""
    for policy in resources["Role"]["Properties"]["Policies"]:
        yield from statements(policy["PolicyDocument"]["Statement"])
    for resource in resources.values():
        if resource["Type"] == "AWS::KMS::Key":
            policy = resource["Properties"]["KeyPolicy"]
            yield from (each for each in policy["Statement"] if each["Principal"] == {"AWS": ROLE})


def statements(items):
    """Those that a condition adds, too."""
    for item in items:
        branches = item.get("Fn::If") if isinstance(item, dict) else None
        if branches:
            yield from (branch for branch in branches[1:] if "Sid" in branch)
        else:
            yield item


if __name__ == "__main__":
    for statement, action in rights(read(open(sys.argv[1], encoding="utf-8").read())):
        print(statement, action)
