# SPDX-License-Identifier: Apache-2.0
#
# What Terraform's resources make, in the words that made_by_cloudformation.py has for the same.
import json

from words import flat


def one(values):
    """The only element of Terraform's lists of blocks, which are lists even if there can be one block only."""
    return values[0] if values else {}


def tf_function(v):
    vpc, log = one(v["vpc_config"]), one(v["logging_config"])
    reserved = v["reserved_concurrent_executions"]
    yield "function", {
        "name": v["function_name"],
        "description": v["description"],
        "runtime": [v["runtime"], v["handler"], *v["architectures"]],
        "code": [v["s3_bucket"], v["s3_key"], v["s3_object_version"]],
        "limits": [v["memory_size"], v["timeout"], -1 if reserved is None else reserved],
        "role": v["role"],
        "key": v["kms_key_arn"],
        "environment": one(v["environment"])["variables"],
        "log": [log["log_format"], log["log_group"]],
        "subnets": vpc.get("subnet_ids"),
        "groups": vpc.get("security_group_ids"),
    }


def tf_role(v):
    yield "role", {"boundary": v["permissions_boundary"], "description": v["description"]}
    for statement in flat(v["assume_role_policy"]):
        yield "trust", statement


def tf_managed_policy(v):
    yield "policy", {"description": v["description"]}
    for statement in flat(v["policy"]):
        yield "policy's right", statement


def tf_queue(v):
    redrive = json.loads(v["redrive_policy"]) if v["redrive_policy"].startswith("{") else {}
    yield "queue", {
        "name": v["name"],
        "fifo": [v["fifo_queue"] or False, v["content_based_deduplication"] or False],
        "retention": v["message_retention_seconds"],
        "visibility": v["visibility_timeout_seconds"] or 30,
        "size": v["max_message_size"],
        "redrive": [redrive.get("deadLetterTargetArn"), redrive.get("maxReceiveCount")],
        # What a run of the test does not set stays as the run before had it.
        "encryption": [v["kms_master_key_id"], None if v["kms_master_key_id"] else v["sqs_managed_sse_enabled"]],
    }


def tf_rule(v):
    yield "rule", {
        "name": v["name"],
        "description": v["description"],
        "bus": v["event_bus_name"] or "default",
        "pattern": json.loads(v["event_pattern"]) if v["event_pattern"] else None,
        "schedule": v["schedule_expression"],
    }


def tf_target(v):
    retry = one(v["retry_policy"])
    yield "rule's target", {
        "rule": v["rule"],
        "bus": v["event_bus_name"] or "default",
        "id": v["target_id"],
        "arn": v["arn"],
        "role": v["role_arn"],
        "dead letters": one(v["dead_letter_config"]).get("arn"),
        "retry": [retry.get("maximum_event_age_in_seconds"), retry.get("maximum_retry_attempts")],
    }


def tf_mapping(v):
    concurrency = one(v["scaling_config"]).get("maximum_concurrency")
    yield "event source", {
        "queue": v["event_source_arn"],
        "function": v["function_name"],
        "batch": [v["batch_size"], v["maximum_batching_window_in_seconds"], concurrency],
        "answers": v["function_response_types"],
    }


def tf_permission(v):
    function = f"arn:aws:lambda:eu-west-1:111111111111:function:{v['function_name']}:{v['qualifier']}"
    yield "permission", {"function": function, "who": v["principal"], "action": v["action"], "from": v["source_arn"]}


def tf_failures(v):
    yield "failures", {
        "function": f"{v['function_name']}:{v['qualifier']}",
        "limits": [v["maximum_retry_attempts"], v["maximum_event_age_in_seconds"]],
        "destination": one(one(v["destination_config"]).get("on_failure")).get("destination"),
    }


ALARM = (
    "alarm_name alarm_description namespace metric_name dimensions statistic period evaluation_periods comparison_operator"
    " threshold treat_missing_data alarm_actions ok_actions"
).split()


def tf_alarm(v):
    # Without one it is as many as there are periods.
    some = {"datapoints_to_alarm": v["datapoints_to_alarm"]} if v["datapoints_to_alarm"] else {}
    yield "alarm", {key: v[key] for key in ALARM} | some
    for each in v["metric_query"]:
        of = {"alarm": v["alarm_name"], "id": each["id"], "rings": each["return_data"]}
        figure = one(each["metric"])
        what = [figure["namespace"], figure["metric_name"], figure["stat"], figure["period"]] if figure else []
        yield "alarm's figure", {**of, "of": figure.get("dimensions"), "what": what, "sum": each["expression"]}


def tf_group(v):
    yield "security group", {"description": v["description"], "vpc": v["vpc_id"]}
    for kind in ("egress", "ingress"):
        rules = v[kind] if isinstance(v[kind], list) else []
        for rule in rules:
            for peer in (rule["cidr_blocks"] or []) + (rule["security_groups"] or []):
                what = [rule["protocol"], rule["from_port"], rule["to_port"], peer, rule["description"]]
                yield "security rule", {"of": v["description"], kind: what}


def tf_ingress(v):
    what = [v["ip_protocol"], v["from_port"], v["to_port"], v["referenced_security_group_id"], v["description"]]
    yield "security rule", {"of": v["security_group_id"], "ingress": what}


def tf_endpoint(v):
    is_gateway = v["vpc_endpoint_type"] == "Gateway"
    yield "endpoint", {
        "service": v["service_name"],
        "type": v["vpc_endpoint_type"],
        "vpc": v["vpc_id"],
        "subnets": None if is_gateway else v["subnet_ids"],
        "groups": None if is_gateway else v["security_group_ids"],
        "route tables": v["route_table_ids"] if is_gateway else None,
        "private names": None if is_gateway else v["private_dns_enabled"],
    }


def tf_key(v):
    yield "key", {"description": v["description"], "kind": [v["customer_master_key_spec"], v["key_usage"]]}
    for statement in flat(v["policy"]):
        yield "key's policy", statement


def tf_encryption(v):
    for rule in v["rule"]:
        default = one(rule["apply_server_side_encryption_by_default"])
        what = [default["sse_algorithm"], default["kms_master_key_id"] or None, rule["bucket_key_enabled"] or False]
        yield "bucket's encryption", {"rule": what}


def tf_lifecycle(v):
    for rule in v["rule"]:
        days = one(rule["noncurrent_version_expiration"])["noncurrent_days"]
        yield "bucket's rule", {"rule": [rule["id"], rule["status"], days]}


WALLS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")

TERRAFORM = {
    "aws_lambda_function": tf_function,
    "aws_lambda_alias": lambda v: [("alias", {"name": v["name"], "function": v["function_name"]})],
    "aws_lambda_event_source_mapping": tf_mapping,
    "aws_lambda_permission": tf_permission,
    "aws_lambda_function_event_invoke_config": tf_failures,
    "aws_cloudwatch_log_group": lambda v: [
        ("log", {"name": v["name"], "days": v["retention_in_days"], "key": v["kms_key_id"]})
    ],
    "aws_iam_role": tf_role,
    "aws_iam_role_policy": lambda v: [
        ("right", {**each, "policy": v["name"], "role": v["role"]}) for each in flat(v["policy"])
    ],
    "aws_iam_policy": tf_managed_policy,
    "aws_kms_key": tf_key,
    "aws_s3_bucket": lambda v: [("bucket", {})],
    "aws_s3_bucket_versioning": lambda v: [
        ("bucket's versions", {"status": one(v["versioning_configuration"])["status"]})
    ],
    "aws_s3_bucket_server_side_encryption_configuration": tf_encryption,
    "aws_s3_bucket_lifecycle_configuration": tf_lifecycle,
    "aws_s3_bucket_ownership_controls": lambda v: [("bucket's owner", {"rule": one(v["rule"])["object_ownership"]})],
    "aws_s3_bucket_public_access_block": lambda v: [("bucket's walls", {key: v[key] for key in WALLS})],
    "aws_s3_bucket_policy": lambda v: [("bucket's policy", statement) for statement in flat(v["policy"])],
    "aws_sqs_queue": tf_queue,
    "aws_sqs_queue_policy": lambda v: [("queue's policy", statement) for statement in flat(v["policy"])],
    "aws_cloudwatch_event_rule": tf_rule,
    "aws_cloudwatch_event_target": tf_target,
    "aws_cloudwatch_event_bus": lambda v: [("bus", {"name": v["name"]})],
    "aws_cloudwatch_event_bus_policy": lambda v: [
        ("bus's policy", {**statement, "bus": v["event_bus_name"]}) for statement in flat(v["policy"])
    ],
    "aws_sns_topic": lambda v: [("topic", {"name": v["name"], "key": v["kms_master_key_id"]})],
    "aws_sns_topic_subscription": lambda v: [
        ("subscription", {key: v[key] for key in ("topic_arn", "protocol", "endpoint")})
    ],
    "aws_cloudwatch_metric_alarm": tf_alarm,
    "aws_security_group": tf_group,
    "aws_vpc_security_group_ingress_rule": tf_ingress,
    "aws_vpc_endpoint": tf_endpoint,
}
