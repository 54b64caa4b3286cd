# SPDX-License-Identifier: Apache-2.0
#
# What CloudFormation's resources make: for each type a function that yields kinds and values, in the words that
# made_by_terraform.py has for the same.
from words import flat, snaked


def cf_function(p):
    vpc = p.get("VpcConfig", {})
    yield "function", {
        "name": p["FunctionName"],
        "description": p["Description"],
        "runtime": [p["Runtime"], p["Handler"], *p["Architectures"]],
        "code": [p["Code"]["S3Bucket"], p["Code"]["S3Key"], p["Code"]["S3ObjectVersion"]],
        "limits": [p["MemorySize"], p["Timeout"], p.get("ReservedConcurrentExecutions", -1)],
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
        yield from cf_policy({**policy, "Roles": [p["Ref"]]})


def cf_policy(p):
    for role in p["Roles"]:
        for statement in flat(p["PolicyDocument"]):
            yield "right", {**statement, "policy": p["PolicyName"], "role": role}


def cf_managed_policy(p):
    yield "policy", {"description": p["Description"]}
    for statement in flat(p["PolicyDocument"]):
        yield "policy's right", statement


def cf_queue(p):
    redrive = p.get("RedrivePolicy", {})
    yield "queue", {
        "name": p["QueueName"],
        "fifo": [p.get("FifoQueue", False), p.get("ContentBasedDeduplication", False)],
        "retention": p["MessageRetentionPeriod"],
        "visibility": p.get("VisibilityTimeout", 30),
        "size": p.get("MaximumMessageSize"),
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
        "batch": [p["BatchSize"], p.get("MaximumBatchingWindowInSeconds"), p.get("ScalingConfig", {}).get("MaximumConcurrency")],
        "answers": p["FunctionResponseTypes"],
    }


def cf_failures(p):
    yield "failures", {
        "function": f"{p['FunctionName']}:{p['Qualifier']}",
        "limits": [p["MaximumRetryAttempts"], p["MaximumEventAgeInSeconds"]],
        "destination": p.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
    }


def cf_alarm(p):
    own = {key: value for key, value in p.items() if key not in ("OKActions", "Dimensions", "Metrics")}
    yield "alarm", snaked(own, dimensions=named(p.get("Dimensions", [])), ok_actions=p.get("OKActions", []))
    for each in p.get("Metrics", []):
        of = {"alarm": p["AlarmName"], "id": each["Id"], "rings": each.get("ReturnData", True)}
        figure = each.get("MetricStat", {}).get("Metric", {})
        what = [figure["Namespace"], figure["MetricName"], each["MetricStat"]["Stat"], each["MetricStat"]["Period"]] if figure else []
        yield "alarm's figure", {**of, "of": named(figure.get("Dimensions", [])), "what": what, "sum": each.get("Expression")}


def named(dimensions):
    return {dimension["Name"]: dimension["Value"] for dimension in dimensions}


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


def cf_key(p):
    yield "key", {"description": p["Description"], "kind": [p["KeySpec"], p["KeyUsage"]]}
    for statement in flat(p["KeyPolicy"]):
        yield "key's policy", statement


def cf_bucket(p):
    yield "bucket", {}
    yield "bucket's versions", {"status": p["VersioningConfiguration"]["Status"]}
    for rule in p["BucketEncryption"]["ServerSideEncryptionConfiguration"]:
        default = rule["ServerSideEncryptionByDefault"]
        what = [default["SSEAlgorithm"], default.get("KMSMasterKeyID"), rule.get("BucketKeyEnabled", False)]
        yield "bucket's encryption", {"rule": what}
    for rule in p["LifecycleConfiguration"]["Rules"]:
        days = rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
        yield "bucket's rule", {"rule": [rule["Id"], rule["Status"], days]}
    for rule in p["OwnershipControls"]["Rules"]:
        yield "bucket's owner", {"rule": rule["ObjectOwnership"]}
    yield "bucket's walls", snaked(p["PublicAccessBlockConfiguration"])


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
    "AWS::IAM::Policy": cf_policy,
    "AWS::IAM::ManagedPolicy": cf_managed_policy,
    "AWS::KMS::Key": cf_key,
    "AWS::S3::Bucket": cf_bucket,
    "AWS::S3::BucketPolicy": lambda p: [("bucket's policy", statement) for statement in flat(p["PolicyDocument"])],
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
