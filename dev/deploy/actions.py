# SPDX-License-Identifier: Apache-2.0
#
#   actions.py TEMPLATE ROLE NAME=VALUE…    what a role, or a managed policy, in a CloudFormation template allows and our own
#                                           code needs: a statement's id, an action, and what a call has to come with in a line,
#                                           and a statement's id, the word `on`, and a resource; the tests hold them against the
#                                           calls that it makes. The names are parameters, and resources that stand for the
#                                           template's, with their ARNs
#   actions.py POLICY                       the same of a policy, whose resources are examples and left out
import json
import sys

from cloudformation import read
from resolve import Stack
from words import listed, rights, with_conditional

# What Lambda, SQS, SNS, S3 and the databases do with the role, and the function's code does not: by the statements' ids.
BY_OTHERS = {
    "WriteLog",  # Lambda
    "WriteControlLog",  # Lambda
    "WriteNotifyLog",  # Lambda
    "TakeEvents",  # Lambda's event sources
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


# The statements that are about many, so that an asterisk of theirs is one; of others it would be in a name.
ABOUT_MANY = {"ReadDirectory", "FindTargets", "KeepReports", "ExamineTrails"}
# The account of the stand-in for AWS.
ACCOUNT = "123456789012"


class Given(Stack):
    """A stack that is given some of its resources."""

    def __init__(self, template, values):
        super().__init__(template, values, ACCOUNT)
        self.given = {name: value for name, value in values.items() if name in template["Resources"]}

    def attribute(self, name, attribute):
        return self.given.get(name) or super().attribute(name, attribute)


def needed(statements):
    """The statements and the actions that our own code needs, whether their conditions hold or not."""
    for statement in statements:
        if statement["Effect"] == "Allow" and statement["Sid"] not in BY_OTHERS:
            names = [action for action in listed(statement["Action"]) if action not in WITHIN_OTHERS]
            if names:
                yield statement, names


def actions(statements):
    """Statements' ids, their actions, and what these demand."""
    return {(statement["Sid"], name, *demanded(statement)) for statement, names in needed(statements) for name in names}


def places(statements, stack):
    """Statements' ids, and what they are about."""
    found = ((statement["Sid"], listed(stack.value(statement["Resource"]))) for statement, _ in needed(statements))
    return {
        (sid, "on", place if sid in ABOUT_MANY else place.replace("*", "[*]")) for sid, resources in found for place in resources
    }


def demanded(statement):
    """The keys that a call has to bring, with whichever value."""
    return [key for key, is_missing in statement.get("Condition", {}).get("Null", {}).items() if is_missing == "false"]


def allowed(resources, role):
    """The statements that give a role rights: its own, and those of the key that is made for it; or those of a managed policy."""
    if resources[role]["Type"] == "AWS::IAM::ManagedPolicy":
        yield from with_conditional(resources[role]["Properties"]["PolicyDocument"]["Statement"])
        return
    yield from with_conditional(rights(resources, role))
    for name, resource in resources.items():
        if resource["Type"] == "AWS::KMS::Key":
            principal = {"AWS": {"Fn::GetAtt": [role, "Arn"]}}
            policy = resource["Properties"]["KeyPolicy"]
            # What a key's policy is about is the key.
            own = {"Resource": {"Fn::GetAtt": [name, "Arn"]}}
            yield from (each | own for each in policy["Statement"] if each["Principal"] == principal)


def lines(path, role=None, *pairs):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if role is None:
        return actions(json.loads(text)["Statement"])
    template = read(text)
    statements = list(allowed(template["Resources"], role))
    return actions(statements) | places(statements, Given(template, dict(pair.split("=", 1) for pair in pairs)))


if __name__ == "__main__":
    for line in sorted(lines(*sys.argv[1:])):
        print(*line)
