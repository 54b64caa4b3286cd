# SPDX-License-Identifier: Apache-2.0
#
# The AWS command lines of the documentation, held to what AWS's own description of its calls has.
import functools
import re
import shlex

import botocore.session
from botocore import xform_name

# What the command line has by itself, beside a command for each call (https://docs.aws.amazon.com/cli/latest/reference/).
OWN = {
    ("cloudformation", "deploy"): "stack-name template-file capabilities parameter-overrides",
    ("cloudformation", "wait"): "stack-name",
    ("configure", "export-credentials"): "format",
    ("configure", "sso"): "",
    ("ecr", "get-login-password"): "",
    ("logs", "tail"): "since filter-pattern",
    ("rds", "generate-db-auth-token"): "hostname port region username",
    ("rds", "wait"): "db-instance-identifier",
    ("s3", "sync"): "",
    ("sso", "login"): "",
    ("lambda", "wait"): "function-name",
}
# Options of every command.
COMMON = {"query", "output", "region", "profile", "cli-read-timeout", "cli-binary-format", "cli-input-json"}

# What may stand before a command: it is one of a loop's, or done with other credentials.
BEFORE = r"(?:(?:do|while|as \S+|\w+=\S+) )*"


@functools.cache
def service(name):
    return botocore.session.Session().get_service_model("s3" if name == "s3api" else name)


@functools.cache
def operations(name):
    return {xform_name(operation, "-"): operation for operation in service(name).operation_names}


def lines(text):
    """The command lines of a page, those in code within a sentence too; of a substitution its own apart from what it is in."""
    joined = re.sub(r"\\\n\s*", " ", text)
    for line in re.findall(r"^(?: {4})+(.*\baws [a-z].*)$", joined, re.M) + re.findall(r"(?<!`)`([^`\n]*\baws [a-z][^`\n]*)`", text):
        whole = re.sub(r"\$\(([^()]*)\)", "VALUE", line)
        for part in [whole, *re.findall(r"\$\(([^()]*)\)", line)]:
            yield from re.findall(rf"(?:^|[|;&(]\s*){BEFORE}(aws [a-z0-9-]+ [a-z][a-z0-9-]+(?: .*)?)$", part)


def problems(line):
    """What AWS does not know of a command line."""
    words = split(line)
    if len(words) < 3:
        return
    _, name, operation, *rest = words
    options = {word[2:].partition("=")[0] for word in rest if word.startswith("--")}
    if (name, operation) in OWN:
        known = {*OWN[name, operation].split()}
    elif operation not in operations(name):
        yield f"there is no aws {name} {operation}"
        return
    else:
        shape = service(name).operation_model(operations(name)[operation]).input_shape
        members = shape.members if shape else {}
        known = {option for member, its in members.items() for option in of(xform_name(member, "-"), its.type_name)}
        needed = [xform_name(member, "-") for member in (shape.required_members if shape else [])]
        # What is left out is said to be.
        is_whole = "…" not in words and "cli-input-json" not in options
        yield from (f"aws {name} {operation} needs --{option}" for option in needed if is_whole and not {option, f"no-{option}"} & options)
    yield from (f"aws {name} {operation} has no --{option}" for option in sorted(options - known - COMMON))


def of(option, kind):
    """The options for a member of what a call takes."""
    return {option, f"no-{option}"} if kind == "boolean" else {option}


def split(line):
    """The words of the first command of a line."""
    first = re.split(r"\s(?:\||&&|;|>|#)\s|; (?:done|do|[a-z-]+ )", line)[0]
    try:
        return shlex.split(first.rstrip("\\"))
    except ValueError:
        return shlex.split(re.sub(r"['\"]", "", first))
