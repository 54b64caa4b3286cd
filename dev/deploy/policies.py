# SPDX-License-Identifier: Apache-2.0
#
# What policies have to keep to.
import fnmatch
import re

from words import flat, listed, size

# Characters without white space: a managed policy, a role's trust policy, a bus's policy, a key's policy, a bucket's policy
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). A permission set takes more than a managed policy:
OF_A_PERMISSION_SET = 32768  # https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PutInlinePolicyToPermissionSet.html
LIMITS = {"trust.json": 2048, "bus.json": 10240, "key.json": 32768, "fleet-key.json": 32768, "copy.json": 20480, "reports.json": 20480}
MANAGED = 6144
# What a role's own policies may have together.
OF_A_ROLE = 10240
# In a key's policy the resource is the key, and its first statement is the one that lets IAM's policies count.
KEYS = {"key.json", "fleet-key.json"}
# Only these may be allowed on everything: Lambda asks for no less, and CloudTrail's DescribeTrails knows no less.
UNBOUND = {"AttachToVpc", "ExamineTrails"}


def problems_of(name, policy):
    """What is wrong with one policy."""
    if size(policy) > LIMITS.get(name, MANAGED):
        yield f"{size(policy)} characters are too many"
    if policy["Version"] != "2012-10-17":
        yield "variables need the version 2012-10-17"
    ids = [statement.get("Sid") for statement in policy["Statement"]]
    if None in ids or len(set(ids)) < len(ids):
        yield "each statement needs an id of its own"
    for statement in flat(policy):
        if name in KEYS or statement["Effect"] == "Deny":
            continue
        if statement["Resource"] == "*" and statement["Sid"] not in UNBOUND:
            yield f"{statement['Sid']} allows on everything"
        if any("*" in action for action in statement["Action"]):
            yield f"{statement['Sid']} allows more than single actions"


def actions(policy, service):
    """The actions of a service that a policy allows."""
    found = {action for statement in flat(policy) if statement["Effect"] == "Allow" for action in statement["Action"]}
    return {action for action in found if action.startswith(f"{service}:")}


def named(text, service):
    """The actions of a service that a page of the documentation names in policies."""
    return set(re.findall(rf'"({service}:\w+)"', text))


def may(policy, action, resource, tags):
    """Whether somebody with these session tags may: a small part of IAM's rules, enough for people.json."""

    def matches(statement):
        pattern = statement["Resource"]
        for variable in re.findall(r"\$\{aws:PrincipalTag/(\w+)\}", pattern):
            if variable not in tags:
                return False
            pattern = pattern.replace("${aws:PrincipalTag/%s}" % variable, tags[variable])
        return action in listed(statement["Action"]) and fnmatch.fnmatchcase(resource, pattern)

    effects = {statement["Effect"] for statement in flat(policy) if matches(statement)}
    return "Allow" in effects and "Deny" not in effects


def problems_of_logins(policy):
    """What is wrong with who may log in as whom."""
    places = [
        re.match(r"(.*:dbuser:[^/]+)/", statement["Resource"]).group(1)
        for statement in flat(policy)
        if statement["Sid"] == "LogInAsThemselves"
    ]
    elsewhere = re.sub(r"[^:]*$", "cluster-OTHER", places[0])
    for place, account, tags, wanted in [
        *[(place, "ann", {"name": "ann"}, True) for place in places],
        (places[0], "bob", {"name": "ann"}, False),
        (places[0], "ann", {}, False),
        (places[0], "sso_provisioner", {"name": "sso_provisioner"}, False),
        (elsewhere, "ann", {"name": "ann"}, False),
    ]:
        if may(policy, "rds-db:connect", f"{place}/{account}", tags) != wanted:
            yield f"{tags} {'may not' if wanted else 'may'} log in as {account} at {place}"
