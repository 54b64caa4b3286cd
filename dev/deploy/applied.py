# SPDX-License-Identifier: Apache-2.0
#
#   applied.py FOLDER MODULES   applies Terraform modules to moto, {NAME: {source: PATH IN FOLDER, VARIABLE: VALUE…}…} in JSON,
#                               and destroys what they have made, but for what is kept as Docs/deploy.md says; ends with 1 if
#                               something is wrong, and with 69 where there is no Terraform
#
# That another plan finds nothing to do cannot be seen there: moto forgets log settings, and which version an alias of a source is.
# Nor what AWS looks at and moto does not: whether keys, boundaries and what else is named by an ARN are there, whether a role may
# do what it is to do (take from a queue, attach to a VPC), whether a key's policy lets a service in, and whether a VPC has an
# endpoint with the same private names.
import contextlib
import io
import json
import logging
import pathlib
import re
import shutil
import sys
import tempfile
import zipfile

import boto3
import terraform
from moto.server import ThreadedMotoServer

ROOT = pathlib.Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
KEYS = {"access_key": "stand-in", "secret_key": "stand-in"}
SERVICES = ("cloudwatch", "ec2", "events", "iam", "kms", "lambda", "logs", "s3", "scheduler", "sns", "sqs", "sts")
OPTIONS = ("-auto-approve", "-input=false", "-no-color", "-parallelism=30")
FLAGS = ("skip_credentials_validation", "skip_metadata_api_check", "s3_use_path_style")


@contextlib.contextmanager
def moto():
    """A server of moto's own; its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


def problems(source, modules):
    """What goes wrong with modules of a folder, from nothing to everything and back."""
    with moto() as address, tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch) / "root"
        shutil.copytree(source, root / "modules")
        (root / "stand_in.tf").write_text(provider(address))
        # One code for all, and all at once: most of the time goes into waiting for what AWS would take a while for.
        codes = {(values["code_bucket"], values["code_key"]) for values in modules.values() if "code_key" in values}
        versions = {code: put_code(address, *code) for code in codes}
        for values in modules.values():
            values["source"] = f"./modules/{values['source']}"
            if "code_key" in values:
                values["code_version"] = versions[values["code_bucket"], values["code_key"]]
            if "vpc_id" in values:
                ids = network(address)
                values |= {key: placed(value, ids) for key, value in values.items()}
        (root / "main.tf.json").write_text(json.dumps({"module": modules}))
        module = terraform.Module(root, pathlib.Path(scratch) / "copy")
        # All of them: none of what they are made of is left out here.
        module.succeed(module.run("validate"))
        made = count("added", module.succeed(module.run("apply", *OPTIONS)))
        kept = count("Successfully removed", module.succeed(module.shell(keeping())))
        gone = count("destroyed", module.succeed(module.run("destroy", *OPTIONS)))
        if not made or made != kept + gone:
            yield f"{', '.join(modules)}: {made} resources were made, {kept} kept, and {gone} destroyed"
        # Of the other hub nothing was to be kept.
        if (left := what_is_left(address)) != {"key": ["Enabled", "PendingDeletion"], "bucket": ["Enabled"]}:
            yield f"of the hubs' keys and their buckets is left: {left}"


def count(word, output):
    found = re.search(rf"(\d+) {word}|{word} (\d+)", output)
    return int(found.group(1) or found.group(2)) if found else 0


def keeping():
    """The command by which the hub's key and bucket are kept, as Docs/deploy.md has it."""
    return re.search(r"^    (terraform state rm .*)$", (ROOT / "Docs/deploy.md").read_text(), re.M).group(1)


def what_is_left(address):
    """The states of keys, and whether buckets that Terraform has made have versions."""
    kms, s3 = client("kms", address), client("s3", address)
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if bucket["Name"].startswith("sso-sync-")]
    return {
        "key": sorted(kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] for key in kms.list_keys()["Keys"]),
        "bucket": [s3.get_bucket_versioning(Bucket=name).get("Status") for name in buckets],
    }


def client(service, address):
    keys = {"aws_access_key_id": KEYS["access_key"], "aws_secret_access_key": KEYS["secret_key"]}
    return boto3.client(service, endpoint_url=address, region_name=REGION, **keys)


def provider(address):
    lines = [f"  {key} = {json.dumps(value)}" for key, value in {"region": REGION, **KEYS}.items()]
    lines += [f"  {flag} = true" for flag in FLAGS]
    lines += ["  endpoints {", *(f'    {service} = "{address}"' for service in SERVICES), "  }"]
    return "\n".join(['provider "aws" {', *lines, "}", ""])


def network(address):
    """What a module is given of a VPC of its own: for each name of the tests an id."""
    ec2 = client("ec2", address)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ids = {"vpc-1": vpc}
    for number in (1, 2):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{'ab'[number - 1]}")
        ids[f"subnet-{number}"] = subnet["Subnet"]["SubnetId"]
        ids[f"rtb-{number}"] = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ids["sg-database"] = ec2.create_security_group(GroupName="database", Description="A database", VpcId=vpc)["GroupId"]
    return ids


def placed(value, ids):
    """A variable's value with ids for names."""
    return [placed(each, ids) for each in value] if isinstance(value, list) else ids.get(value, value)


def put_code(address, bucket, key):
    """Something to run, in a bucket with versions; its version."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as code:
        code.writestr("bootstrap", "")
    s3 = client("s3", address)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return s3.put_object(Bucket=bucket, Key=key, Body=file.getvalue())["VersionId"]


def main():
    try:
        wrong = list(problems(pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])))
    except terraform.Missing as reason:
        print(reason)
        return 69
    except terraform.Failed as failure:
        wrong = [str(failure)]
    print("\n".join(wrong))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
