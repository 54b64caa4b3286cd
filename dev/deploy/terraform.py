# SPDX-License-Identifier: Apache-2.0
#
# Runs Terraform on a copy of the module, with the AWS provider from a mirror on this machine or from the registry.
import collections
import concurrent.futures
import glob
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess

# Where mirrors are, beside those that Terraform knows itself.
MIRRORS = [
    "~/.terraform.d/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/providers",
    "/opt/*",
]
PROVIDER = "registry.terraform.io/hashicorp/aws"


class Missing(Exception):
    """Terraform or its provider cannot be had."""


class Failed(Exception):
    """Terraform has found something wrong."""


def mirror():
    found = [path for pattern in MIRRORS for path in glob.glob(os.path.expanduser(pattern))]
    return next((path for path in found if os.path.isdir(f"{path}/{PROVIDER}")), None)


class Module:
    """A copy of a module, initialized."""

    def __init__(self, source, scratch):
        if not shutil.which("terraform"):
            raise Missing("terraform is not installed")
        shutil.rmtree(scratch, ignore_errors=True)
        self.folder = pathlib.Path(shutil.copytree(source, scratch / "module"))
        self.environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}
        path = mirror()
        # Whoever has settings of their own has said there where the provider comes from.
        if path and not os.path.exists(os.environ.get("TF_CLI_CONFIG_FILE", "")):
            settings = scratch / "settings.tfrc"
            settings.write_text(f'provider_installation {{\n  filesystem_mirror {{ path = "{path}" }}\n}}\n')
            self.environment["TF_CLI_CONFIG_FILE"] = str(settings)
        done = self.run("init", "-backend=false", "-input=false")
        if done.returncode and not path:
            raise Missing("the AWS provider is in no mirror here, and the registry is out of reach")
        self.succeed(done)

    def run(self, *arguments):
        return self.execute(["terraform", *arguments])

    def shell(self, command):
        """Runs a command line, as somebody would who has read it."""
        return self.execute(["bash", "-c", command])

    def execute(self, command):
        return subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)

    @staticmethod
    def succeed(done):
        if done.returncode:
            raise Failed(f"{' '.join(done.args)}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        return done.stdout

    def check(self):
        """Format and tests; what each run of a test that applies has made."""
        self.succeed(self.run("fmt", "-check", "-diff", "-recursive"))
        # Tests validate what they run, too.
        names = sorted(path.name for path in (self.folder / "tests").glob("*.tftest.hcl"))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            return {run: resources for made in pool.map(self.test, names) for run, resources in made.items()}

    def test(self, name):
        """Runs the tests of a file; what each run that applies has made."""
        done = self.run("test", "-json", "-verbose", f"-filter=tests/{name}")
        messages = [json.loads(line) for line in done.stdout.splitlines()]
        wrong = [
            f"{message.get('@testrun', '')}: {message['diagnostic']['summary']}: {message['diagnostic'].get('detail', '')}"
            for message in messages
            if message["type"] == "diagnostic" and message["diagnostic"]["severity"] == "error"
        ]
        if done.returncode or wrong:
            raise Failed("terraform test:\n" + "\n".join(wrong or [done.stderr]))
        return {
            message["@testrun"]: message["test_state"]["root_module"]["resources"]
            for message in messages
            if message["type"] == "test_state"
        }


def variables(text):
    """The variables of each run of a test that applies, from its text: those of the file, and then the run's own."""

    def block(start, end):
        found = re.compile(r"^\s*variables \{\n(.*?)^\s*\}", re.M | re.S).search(text, start, end)
        # What is computed is Terraform's alone.
        pairs = re.findall(r"^\s*(\w+)\s*= (?!\[for )(.*)$", found.group(1), re.M) if found else []
        return {name: json.loads(value) for name, value in pairs}

    runs = list(re.finditer(r'^run "(\w+)" \{$', text, re.M))
    common = block(0, runs[0].start())
    ends = [run.start() for run in runs[1:]] + [len(text)]
    return {run.group(1): common | block(run.start(), end) for run, end in zip(runs, ends)}


def refused(text):
    """The variables that each run of a test expects to be refused, but for those that only Terraform can refuse."""
    runs = re.findall(r'^run "(\w+)" \{$(.*?)^\}', text, re.M | re.S)
    expected = {run: re.search(r"expect_failures = \[(.*?)\]", body, re.S) for run, body in runs if not run.endswith("_by_terraform")}
    return {run: re.findall(r"var\.(\w+)", found.group(1)) if found else [] for run, found in expected.items()}


def untried(text, test):
    """The variables, in the text that declares them, with more validations than runs of the test that expect them to be refused."""
    tried = collections.Counter(re.findall(r"var\.(\w+)", " ".join(re.findall(r"expect_failures = \[(.*?)\]", test, re.S))))
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.M | re.S)
    return [name for name, block in blocks if block.count("validation {") > tried[name]]


def comments(text):
    """The statements in a text by their ids, each with what stands above it: nothing, if that is no comment."""
    lines = [line.strip() for line in text.splitlines()]
    for number, line in enumerate(lines):
        if name := re.match(r'Sid\s+= "(\w+)"$', line):
            above = itertools.takewhile(lambda each: each.startswith("#"), reversed(lines[: number - 1]))
            yield name.group(1), " ".join(each.removeprefix("# ") for each in reversed([*above]))


def defaults(text):
    """What variables are by default, from the text that declares them."""
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.M | re.S)
    found = {name: re.search(r"^  default\s*= (.*)$", block, re.M) for name, block in blocks}
    return {name: json.loads(default.group(1)) for name, default in found.items() if default}
