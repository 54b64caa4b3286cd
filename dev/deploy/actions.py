# SPDX-License-Identifier: Apache-2.0
#
#   actions.py TEMPLATE ROLE    what a role, or a managed policy, in a CloudFormation template allows and our own code needs: a
#                               statement's id, an action, and what a call has to come with in a line; the tests hold them
#                               against the calls that it makes
#   actions.py POLICY           the same of a policy
import json
import sys

from cloudformation import read
from words import listed, rights, with_conditional

# What Lambda, SQS, SNS, S3 and the databases do with the role, and the function's code does not: by the statements' ids.
BY_OTHERS = {
    "WriteLog",  # Lambda
    "WriteControlLog",  # Lambda
    "WriteNotifyLog",  # Lambda
    "TakeEvents",  # Lambda's event source
    "TakeMessages",  # Lambda's event source
    "TakeDeadLetters",  # Lambda's event source
    "TellOfFailures",  # Lambda's failure destination
    "DecryptConfiguration",  # S3
    "DecryptSnapshot",  # S3
    "EncryptReports",  # S3
    "MissSnapshot",  # no call: changes what S3 answers to GetObject
    "MissCopies",  # no call: the same
    "DecryptDirectory",  # the Identity Store
    "LogInAsProvisioner",  # asked by the database
    "LogInAsThemselves",  # the same
    "UseKey",  # SQS, SNS and S3
    "UseKeyToTell",  # SQS and SNS
    "DecryptEnvironment",  # Lambda
    "DecryptNotifyEnvironment",  # Lambda
    "UseOtherKeys",  # SQS and S3
    "AttachToVpc",  # Lambda
}
# Actions that are no call of their own: by the action.
WITHIN_OTHERS = {
    "s3:PutObjectRetention",  # the object lock that PutObject asks for
}


def actions(statements):
    """Statements' ids, their actions, and what these demand, ascending."""
    found = set()
    for statement in statements:
        if statement["Effect"] == "Allow" and statement["Sid"] not in BY_OTHERS:
            names = [action for action in listed(statement["Action"]) if action not in WITHIN_OTHERS]
            found.update((statement["Sid"], name, *demanded(statement)) for name in names)
    return sorted(found)


def demanded(statement):
    """The keys that a call has to bring, with whichever value."""
    return [key for key, is_missing in statement.get("Condition", {}).get("Null", {}).items() if is_missing == "false"]


def allowed(resources, role):
    """The statements that give a role rights: its own, and those of the key that is made for it; or those of a managed policy."""
    if resources[role]["Type"] == "AWS::IAM::ManagedPolicy":
        yield from with_conditional(resources[role]["Properties"]["PolicyDocument"]["Statement"])
        return
    yield from with_conditional(rights(resources, role))
    for resource in resources.values():
        if resource["Type"] == "AWS::KMS::Key":
            principal = {"AWS": {"Fn::GetAtt": [role, "Arn"]}}
            policy = resource["Properties"]["KeyPolicy"]
            yield from (each for each in policy["Statement"] if each["Principal"] == principal)


if __name__ == "__main__":
    text = open(sys.argv[1], encoding="utf-8").read()
    roles = sys.argv[2:]
    for right in actions(allowed(read(text)["Resources"], *roles) if roles else json.loads(text)["Statement"]):
        print(*right)
