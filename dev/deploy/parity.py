# SPDX-License-Identifier: Apache-2.0
#
# Says what CloudFormation and Terraform make in the same words, so that the two can be compared.
import json
import re

from resolve import document


def one(values):
    """The only element of Terraform's lists of blocks, which are lists even if there can be one block only."""
    return values[0] if values else {}


def listed(value):
    return value if isinstance(value, list) else [value]


def flat(policy):
    """The statements of a policy, one for each resource, whichever order and form they have."""
    for statement in document(policy)["Statement"]:
        rest = {key: value for key, value in statement.items() if key not in ("Action", "Resource")}
        for resource in listed(statement.get("Resource")):
            yield {**rest, "Action": sorted(listed(statement["Action"])), "Resource": resource}


def filled(values):
    """Without what is empty: Terraform knows null, empty texts and empty lists where CloudFormation has nothing."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {}, False)}


def snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def snaked(properties, **others):
    return {snake(key): value for key, value in properties.items()} | others


# CloudFormation's resources: for each type a function that yields what it makes, as kind and values.


def cf_function(p):
    vpc = p.get("VpcConfig", {})
    yield "function", {
        "name": p["FunctionName"],
        "description": p["Description"],
        "runtime": [p["Runtime"], p["Handler"], *p["Architectures"]],
        "code": [p["Code"]["S3Bucket"], p["Code"]["S3Key"], p["Code"]["S3ObjectVersion"]],
        "limits": [p["MemorySize"], p["Timeout"]],
        "role": p["Role"],
        "key": p.get("KmsKeyArn"),
        "environment": p["Environment"]["Variables"],
        "log": [p["LoggingConfig"]["LogFormat"], p["LoggingConfig"]["LogGroup"]],
        "subnets": vpc.get("SubnetIds"),
        "groups": vpc.get("SecurityGroupIds"),
    }


def cf_role(p):
    yield "role", {"boundary": p.get("PermissionsBoundary"), "description": p["Description"]}
    for statement in flat(p["AssumeRolePolicyDocument"]):
        yield "trust", statement
    for policy in p["Policies"]:
        for statement in flat(policy["PolicyDocument"]):
            yield "right", {**statement, "policy": policy["PolicyName"]}


def cf_queue(p):
    redrive = p.get("RedrivePolicy", {})
    yield "queue", {
        "name": p["QueueName"],
        "retention": p["MessageRetentionPeriod"],
        "visibility": p.get("VisibilityTimeout", 30),
        "redrive": [redrive.get("deadLetterTargetArn"), redrive.get("maxReceiveCount")],
        "encryption": [p.get("KmsMasterKeyId"), p.get("SqsManagedSseEnabled")],
    }


def cf_rule(p):
    bus = p.get("EventBusName", "default")
    yield "rule", {
        "name": p["Name"],
        "description": p["Description"],
        "bus": bus,
        "pattern": p.get("EventPattern"),
        "schedule": p.get("ScheduleExpression"),
    }
    for target in p["Targets"]:
        retry = target.get("RetryPolicy", {})
        yield "rule's target", {
            "rule": p["Name"],
            "bus": bus,
            "id": target["Id"],
            "arn": target["Arn"],
            "role": target.get("RoleArn"),
            "dead letters": target.get("DeadLetterConfig", {}).get("Arn"),
            "retry": [retry.get("MaximumEventAgeInSeconds"), retry.get("MaximumRetryAttempts")],
        }


def cf_bus_policy(p):
    for statement in flat({"Statement": [p["Statement"]]}):
        yield "bus's policy", {**statement, "Sid": p["StatementId"], "bus": p["EventBusName"]}


def cf_mapping(p):
    yield "event source", {
        "queue": p["EventSourceArn"],
        "function": p["FunctionName"],
        "batch": [p["BatchSize"], p["MaximumBatchingWindowInSeconds"], p["ScalingConfig"]["MaximumConcurrency"]],
        "answers": p["FunctionResponseTypes"],
    }


def cf_failures(p):
    yield "failures", {
        "function": f"{p['FunctionName']}:{p['Qualifier']}",
        "limits": [p["MaximumRetryAttempts"], p["MaximumEventAgeInSeconds"]],
        "destination": p["DestinationConfig"]["OnFailure"]["Destination"],
    }


def cf_alarm(p):
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in p["Dimensions"]}
    own = {key: value for key, value in p.items() if key not in ("OKActions", "Dimensions")}
    yield "alarm", snaked(own, dimensions=dimensions, ok_actions=p["OKActions"])


def cf_group(p):
    kinds = (("egress", p.get("SecurityGroupEgress", [])), ("ingress", p.get("SecurityGroupIngress", [])))
    yield "security group", {"description": p["GroupDescription"], "vpc": p["VpcId"]}
    for kind, rules in kinds:
        for rule in rules:
            peer = rule.get("CidrIp") or rule["SourceSecurityGroupId"]
            what = [rule["IpProtocol"], rule["FromPort"], rule["ToPort"], peer, rule["Description"]]
            yield "security rule", {"of": p["GroupDescription"], kind: what}


def cf_ingress(p):
    what = [p["IpProtocol"], p["FromPort"], p["ToPort"], p["SourceSecurityGroupId"], p["Description"]]
    yield "security rule", {"of": p["GroupId"], "ingress": what}


def cf_endpoint(p):
    yield "endpoint", {
        "service": p["ServiceName"],
        "type": p["VpcEndpointType"],
        "vpc": p["VpcId"],
        "subnets": p.get("SubnetIds"),
        "groups": p.get("SecurityGroupIds"),
        "route tables": p.get("RouteTableIds"),
        "private names": p.get("PrivateDnsEnabled"),
    }


CLOUDFORMATION = {
    "AWS::Lambda::Function": cf_function,
    # Terraform publishes versions with the function.
    "AWS::Lambda::Version": lambda p: [],
    "AWS::Lambda::Alias": lambda p: [("alias", {"name": p["Name"], "function": p["FunctionName"]})],
    "AWS::Lambda::EventSourceMapping": cf_mapping,
    "AWS::Lambda::Permission": lambda p: [
        ("permission", {"function": p["FunctionName"], "who": p["Principal"], "action": p["Action"], "from": p["SourceArn"]})
    ],
    "AWS::Lambda::EventInvokeConfig": cf_failures,
    "AWS::Logs::LogGroup": lambda p: [
        ("log", {"name": p["LogGroupName"], "days": p["RetentionInDays"], "key": p.get("KmsKeyId")})
    ],
    "AWS::IAM::Role": cf_role,
    "AWS::SQS::Queue": cf_queue,
    "AWS::SQS::QueuePolicy": lambda p: [("queue's policy", statement) for statement in flat(p["PolicyDocument"])],
    "AWS::Events::Rule": cf_rule,
    "AWS::Events::EventBus": lambda p: [("bus", {"name": p["Name"]})],
    "AWS::Events::EventBusPolicy": cf_bus_policy,
    "AWS::SNS::Topic": lambda p: [("topic", {"name": p["TopicName"], "key": p.get("KmsMasterKeyId")})],
    "AWS::SNS::Subscription": lambda p: [("subscription", snaked(p))],
    "AWS::CloudWatch::Alarm": cf_alarm,
    "AWS::EC2::SecurityGroup": cf_group,
    "AWS::EC2::SecurityGroupIngress": cf_ingress,
    "AWS::EC2::VPCEndpoint": cf_endpoint,
}


# Terraform's, the same.


def tf_function(v):
    vpc, log = one(v["vpc_config"]), one(v["logging_config"])
    yield "function", {
        "name": v["function_name"],
        "description": v["description"],
        "runtime": [v["runtime"], v["handler"], *v["architectures"]],
        "code": [v["s3_bucket"], v["s3_key"], v["s3_object_version"]],
        "limits": [v["memory_size"], v["timeout"]],
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


def tf_queue(v):
    redrive = json.loads(v["redrive_policy"]) if v["redrive_policy"].startswith("{") else {}
    yield "queue", {
        "name": v["name"],
        "retention": v["message_retention_seconds"],
        "visibility": v["visibility_timeout_seconds"] or 30,
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
    concurrency = one(v["scaling_config"])["maximum_concurrency"]
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
        "destination": one(one(v["destination_config"])["on_failure"])["destination"],
    }


ALARM = (
    "alarm_name alarm_description namespace metric_name dimensions statistic period evaluation_periods comparison_operator"
    " threshold treat_missing_data alarm_actions ok_actions"
).split()


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
    "aws_iam_role_policy": lambda v: [("right", {**each, "policy": v["name"]}) for each in flat(v["policy"])],
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
    "aws_cloudwatch_metric_alarm": lambda v: [("alarm", {key: v[key] for key in ALARM})],
    "aws_security_group": tf_group,
    "aws_vpc_security_group_ingress_rule": tf_ingress,
    "aws_vpc_endpoint": tf_endpoint,
}


def inventory(pairs):
    """Lines that say what is made, one for each thing."""
    lines = []
    for kind, values in pairs:
        # Sets and lists are the same here: Terraform sorts what it takes for a set.
        ordered = {key: sorted(value) if key in ("subnets", "groups", "route tables") and value else value
                   for key, value in filled(values).items()}
        lines.append(f"{kind}: {json.dumps(ordered, sort_keys=True, ensure_ascii=False)}")
    return sorted(lines)


def of_cloudformation(stack):
    return inventory(
        pair for resource in stack.resources.values() for pair in CLOUDFORMATION[resource["Type"]](resource["Properties"])
    )


def of_terraform(resources):
    managed = [resource for resource in resources if resource["mode"] == "managed"]
    return inventory(pair for resource in managed for pair in TERRAFORM[resource["type"]](resource["values"]))


def differences(cloudformation, terraform):
    """What one has and the other has not."""
    only = [f"CloudFormation only: {line}" for line in cloudformation if line not in terraform]
    only += [f"Terraform only:      {line}" for line in terraform if line not in cloudformation]
    return only or ([] if len(cloudformation) == len(terraform) else ["something is there twice"])
