# SPDX-License-Identifier: Apache-2.0
#
# Runs the documentation's example for CDK, with stand-ins for what it has from CDK: these say what they were asked for.
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

from resolve import Stack
from terraform import Failed, Missing

LIBRARY = {
    "package.json": '{"type": "module", "exports": {".": "./index.js", "./cloudformation-include": "./include.js"}}',
    "index.js": """\
export class App {}
export class Stack {
    constructor(scope, id) {
        if (!(scope instanceof App) || !/^[A-Za-z][A-Za-z0-9-]*$/.test(id)) throw new Error(`no stack is called ${id}`);
    }
}
""",
    # https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.cloudformation_include.CfnIncludeProps.html
    "include.js": """\
import { Stack } from "aws-cdk-lib";
export class CfnInclude {
    constructor(scope, id, { templateFile, parameters = {}, ...others }) {
        if (!(scope instanceof Stack) || Object.keys(others).length) throw new Error(`CfnInclude takes no ${Object.keys(others)}`);
        console.log(JSON.stringify({ templateFile, parameters }));
    }
    getResource(name) {
        console.log(JSON.stringify({ resource: name }));
    }
}
""",
}


def asked(example, folder):
    """What an example asks CDK for, run in a folder: a template first, and then resources of it."""
    if not shutil.which("node"):
        raise Missing("node is not installed")
    with tempfile.TemporaryDirectory() as scratch:
        library = pathlib.Path(scratch) / "node_modules/aws-cdk-lib"
        library.mkdir(parents=True)
        for name, text in LIBRARY.items():
            (library / name).write_text(text)
        file = pathlib.Path(scratch) / "example.mjs"
        file.write_text(example)
        done = subprocess.run(["node", file], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"the example for CDK: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def problems(page, folder, read):
    """What CDK would refuse of the example in a page."""
    example = re.search(r"^    import .*?(?=^\S)", page, re.M | re.S).group(0)
    included, *resources = asked(example, folder)
    path = folder / included["templateFile"]
    if not path.is_file():
        yield f"there is no {included['templateFile']}"
        return
    template = read(path.read_text())
    if "Transform" in template:
        yield f"{included['templateFile']} has a transform, which CDK refuses"
    for name, value in included["parameters"].items():
        definition = template["Parameters"].get(name)
        if definition is None or not Stack.fits(definition, value):
            yield f"{included['templateFile']} takes no {name} {value}"
    yield from (
        f"{included['templateFile']} has no {each['resource']}" for each in resources if each["resource"] not in template["Resources"]
    )
