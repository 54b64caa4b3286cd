# SPDX-License-Identifier: Apache-2.0
#
# Checks Deploy/ and Policies/: see dev/check-deploy.
import concurrent.futures
import functools
import json
import pathlib
import re
import subprocess
import sys
import time

import cloudformation
import events
import parity
import policies
import terraform
from resolve import Stack
from words import snake

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAM = ROOT / "Deploy/sam/template.yaml"
PLAIN = ROOT / "Deploy/cloudformation/single.yaml"
DIRECTORY = ROOT / "Deploy/cloudformation/directory.yaml"
MODULE = ROOT / "Deploy/terraform"
# For each template the module that makes the same, and the test whose runs say with which values.
FORMS = {
    PLAIN: (MODULE, MODULE / "tests/single.tftest.hcl"),
    DIRECTORY: (MODULE / "directory", MODULE / "tests/directory.tftest.hcl"),
}
SAMPLES = ROOT / "Tests/SSOSyncAWSTests/Events/sample_events.json"


def docs(name):
    return (ROOT / "Docs" / name).read_text()


def lint():
    """cfn-lint on all forms: of the plain one it finds what it does not see in SAM's."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys, cfnlint.runner; sys.exit(cfnlint.runner.main())", SAM, *FORMS],
        capture_output=True,
        text=True,
    )
    yield from (done.stdout + done.stderr).splitlines() if done.returncode else []


def plain_form():
    """The committed plain form is what the script makes."""
    if cloudformation.make(SAM.read_text()) != PLAIN.read_text():
        yield "Deploy/cloudformation/single.yaml is not what dev/make-cloudformation makes: run it"


@functools.cache
def template(path=PLAIN):
    return cloudformation.read(path.read_text())


@functools.cache
def stack(run):
    """What the template comes to with the variables of a run of Terraform's tests."""
    for path, (_, test) in FORMS.items():
        values = terraform.variables(test.read_text()).get(run)
        if values:
            parameters = {snake(name): name for name in template(path)["Parameters"]}
            texts = {key: str(value).lower() if isinstance(value, bool) else value for key, value in values.items()}
            return Stack(template(path), {parameters[key]: value for key, value in texts.items()})
    raise KeyError(run)


def event_patterns():
    """Each event that the decoder takes for a change reaches the queue, once; those of others do not."""
    ours, theirs = stack("least"), stack("rules_alone")
    yield from events.arrive_once(ours, json.loads(SAMPLES.read_text()))
    if [rule["EventPattern"] for rule in events.rules(ours)] != [rule["EventPattern"] for rule in events.rules(theirs)]:
        yield "the rules of directory.yaml have other patterns than those of single.yaml"


def rights(policy):
    """The function's own rights, as one policy."""
    return next(
        resource["Properties"]["Policies"][0]["PolicyDocument"]
        for resource in policy.resources.values()
        if resource["Type"] == "AWS::IAM::Role"
    )


def bare(statement):
    """Without what is another's in an example than in a template: whose it is, and where."""
    return {key: value for key, value in statement.items() if key not in ("Resource", "Principal")}


def policy_rules():
    """Policies are small, narrow, and agree with each other and with the documentation."""
    found = {path.name: json.loads(path.read_text()) for path in sorted((ROOT / "Policies").glob("*.json"))}
    most = rights(stack("most"))
    sending = rights(stack("rules_alone"))
    for name, policy in [*found.items(), ("the function's rights", most), ("the rules' rights", sending)]:
        yield from (f"{name}: {problem}" for problem in policies.problems_of(name, policy))
    yield from (f"people.json: {problem}" for problem in policies.problems_of_logins(found["people.json"]))
    reading = policies.actions(found["reader.json"], "identitystore")
    for where, actions in {
        "Docs/configuration.md": policies.named(docs("configuration.md"), "identitystore"),
        "the function's rights": policies.actions(rights(stack("least")), "identitystore"),
    }.items():
        if actions != reading:
            yield f"reader.json and {where} differ in {sorted(actions ^ reading)}"
    finding = policies.actions(found["provisioner.json"], "rds")
    for where, actions in {
        "Docs/aws.md": policies.named(docs("aws.md"), "rds"),
        "the function's rights": policies.actions(most, "rds"),
    }.items():
        if actions != finding:
            yield f"provisioner.json and {where} differ in {sorted(actions ^ finding)}"


def policies_of_buses():
    """What the examples allow to who sends events, and to the bus that takes them, is what the templates do."""
    examples = {name: json.loads((ROOT / f"Policies/{name}.json").read_text()) for name in ("bus", "forward")}
    taken = [
        {"Sid": resource["Properties"]["StatementId"], **resource["Properties"]["Statement"]}
        for resource in stack("most").resources.values()
        if resource["Type"] == "AWS::Events::EventBusPolicy"
    ]
    for name, statements in {"bus": taken, "forward": rights(stack("rules_alone"))["Statement"]}.items():
        if [*map(bare, statements)] != [*map(bare, examples[name]["Statement"])]:
            yield f"{name}.json allows something else than the templates"


def statements():
    """Each right of the function's has a comment that says which call needs it."""
    commented = cloudformation.comments(SAM.read_text())
    for statement in re.findall(r"^\s+(?:- )?Sid: (\w+)$", SAM.read_text().split("  Queue:\n")[0], re.M):
        if statement not in commented:
            yield f"{statement} has no comment in {SAM.relative_to(ROOT)}"


def rows(text, heading):
    """The first words in code of the rows of the table below a heading."""
    section = re.search(rf"^#+ {heading}\n(.*?)(?=^#|\Z)", text, re.M | re.S)
    return re.findall(r"^\| `(\w+)`", section.group(1), re.M) if section else []


def documentation():
    """Parameters and figures are in Docs/deploy.md: all that there are, and no others."""
    names = list(template()["Parameters"])
    if rows(docs("deploy.md"), "Parameters") != names:
        yield f"the parameters in Docs/deploy.md are not {', '.join(names)}"
    figures = rows(docs("deploy.md"), "Figures")
    for resource in template()["Resources"].values():
        properties = resource.get("Properties", {})
        if properties.get("Namespace") == "SSOSync" and properties["MetricName"] not in figures:
            yield f"an alarm watches {properties['MetricName']}, which is not among the figures in Docs/deploy.md"
    sources = ROOT / "Sources"
    if (sources / "SSOSyncLambda").is_dir():
        counted = "".join(path.read_text() for path in sources.rglob("*.swift"))
        yield from (f"nothing in Sources counts {name}" for name in figures if f'"{name}"' not in counted)


def defects():
    """Docs/defects.md has all defects of the sample, and the tests that it names are there."""
    page = docs("defects.md")
    if re.findall(r"^\| D-(\d+) \|", page, re.M) != [str(number) for number in range(1, 43)]:
        yield "Docs/defects.md has not one row for each of D-1 to D-42"
    tests = {}
    for path in sorted((ROOT / "Tests").rglob("*.swift")):
        tests.setdefault(path.stem, set()).update(re.findall(r"func `([^`]+)`", path.read_text()))
    for file, name in re.findall(r"`(\w+Tests): ([^`]+)`", page):
        if name not in tests.get(file, ()):
            yield f"there is no test {file}: {name}"
    for number, row in re.findall(r"^\| D-(\d+) \|(.*)$", page, re.M):
        if not re.search(r"`(\w+Tests: |dev/check-deploy|make test)", row.rpartition(" | ")[2]):
            yield f"nothing shows D-{number} to be gone"


def partitions():
    """No partition of AWS's is written into a template."""
    for path in [SAM, DIRECTORY, *sorted(MODULE.rglob("*.tf"))]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            is_text = re.match(r"\s*(description|constraintdescription|error_message)\b", line.lower())
            if "arn:aws" in line and not is_text:
                yield f"{path.relative_to(ROOT)}:{number} names a partition"


def as_terraform(parameter):
    """A parameter's default, as Terraform has it; None if it is required."""
    default = parameter.get("Default")
    if parameter["Type"] == "CommaDelimitedList":
        return default.split(",") if default else []
    return {"true": True, "false": False}.get(default, default)


def terraform_and_parity():
    """Terraform's format, references and tests; and the same resources, rights and patterns as CloudFormation's."""
    module = terraform.Module(MODULE, ROOT / ".build/deploy")
    module.check()
    for path, (folder, _) in FORMS.items():
        for part, kind, file in [("Parameters", "variable", "variables.tf"), ("Outputs", "output", "outputs.tf")]:
            ours = {snake(name) for name in template(path)[part]}
            theirs = set(re.findall(rf'^{kind} "(\w+)"', (folder / file).read_text(), re.M))
            if ours != theirs:
                yield f"{path.name} and Terraform differ in the {part.lower()} {', '.join(sorted(ours ^ theirs))}"
        defaults = terraform.defaults((folder / "variables.tf").read_text())
        for name, parameter in template(path)["Parameters"].items():
            if as_terraform(parameter) != defaults.get(snake(name)):
                yield f"{path.name} and Terraform differ in what {name} is by default"
    made = module.test()
    wanted = {run for _, test in FORMS.values() for run in terraform.variables(test.read_text())}
    if len(made) < 4 or not set(made) <= wanted:
        yield f"the runs that made something to compare are {', '.join(made)}"
    for run, resources in made.items():
        differences = parity.differences(parity.of_cloudformation(stack(run)), parity.of_terraform(resources))
        yield from (f"run {run}: {difference}" for difference in differences)


CHECKS = {
    "the plain form is what the SAM template makes": plain_form,
    "cfn-lint on all forms": lint,
    "event patterns against the decoder's samples": event_patterns,
    "policies": policy_rules,
    "policies of buses": policies_of_buses,
    "each right says which call needs it": statements,
    "parameters and figures in the documentation": documentation,
    "the sample's defects have their tests": defects,
    "no partition in templates": partitions,
    "terraform: format, validate, test, and the same as CloudFormation": terraform_and_parity,
}


def judge(check):
    begun = time.monotonic()
    try:
        problems, skipped = list(check()), None
    except terraform.Missing as reason:
        problems, skipped = [], str(reason)
    except terraform.Failed as failure:
        problems, skipped = [str(failure)], None
    return problems, skipped, time.monotonic() - begun


def main():
    failed = False
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        # The longest begins first.
        judgements = {name: pool.submit(judge, check) for name, check in reversed(CHECKS.items())}
        for name in CHECKS:
            problems, skipped, seconds = judgements[name].result()
            state = "FAILED" if problems else f"skipped: {skipped}" if skipped else "good"
            print(f"check-deploy: {name}: {state} ({seconds:.0f} s)", flush=True)
            for problem in problems:
                print(f"  {problem}", flush=True)
            failed = failed or bool(problems)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
