# SPDX-License-Identifier: Apache-2.0
#
# A spoke. dev/check-deploy compares what these runs make with what CloudFormation makes.

mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1", name = "eu-west-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  override_resource {
    target = aws_lambda_function.function
    values = { arn = "arn:aws:lambda:eu-west-1:111111111111:function:sso-sync-prod-shop", version = "7" }
  }
  override_resource {
    target = aws_lambda_alias.live
    values = { arn = "arn:aws:lambda:eu-west-1:111111111111:function:sso-sync-prod-shop:live" }
  }
  override_resource {
    target = aws_iam_role.function
    values = { arn = "arn:aws:iam::111111111111:role/Role", id = "Role" }
  }
  override_resource {
    target = aws_lambda_function.control
    values = { arn = "arn:aws:lambda:eu-west-1:111111111111:function:sso-sync-prod-shop-control", version = "3" }
  }
  override_resource {
    target = aws_lambda_alias.control
    values = { arn = "arn:aws:lambda:eu-west-1:111111111111:function:sso-sync-prod-shop-control:live" }
  }
  override_resource {
    target = aws_iam_role.control
    values = { arn = "arn:aws:iam::111111111111:role/ControlRole", id = "ControlRole" }
  }
  override_resource {
    target = aws_sqs_queue.messages
    values = {
      arn = "arn:aws:sqs:eu-west-1:111111111111:sso-sync-prod-shop-messages"
      url = "https://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync-prod-shop-messages"
    }
  }
  override_resource {
    target = aws_sqs_queue.dead_letters
    values = {
      arn = "arn:aws:sqs:eu-west-1:111111111111:sso-sync-prod-shop-dead-letters"
      url = "https://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync-prod-shop-dead-letters"
    }
  }
  override_resource {
    target = aws_sns_topic.alarms
    values = { arn = "arn:aws:sns:eu-west-1:111111111111:sso-sync-prod-shop-alarms" }
  }
  override_resource {
    target = aws_security_group.function
    values = { id = "sg-function" }
  }
  override_resource {
    target = aws_security_group.endpoints
    values = { id = "sg-endpoints" }
  }
}

variables {
  owner                = "prod"
  spoke_name           = "shop"
  code_bucket          = "example-code"
  code_key             = "sso-sync.zip"
  code_version         = "code-version"
  configuration_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  hub_role_arn         = "arn:aws:iam::222222222222:role/sso-sync-prod-hub"
  snapshot_bucket      = "example-snapshots"
}

run "spoke_least" {
  module {
    source = "./spoke"
  }

  assert {
    condition     = output.security_group_id == null && length(aws_vpc_endpoint.interface) == 0
    error_message = "nothing of a VPC is made without one"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.alarms["targets-failed"].metric_name == "TargetsFailed" && aws_cloudwatch_metric_alarm.alarms["targets-failed"].evaluation_periods == 2
    error_message = "a target that goes on failing rings, whatever becomes of the others"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.alarms["targets-forgotten"].metric_name == "TargetsForgotten" && aws_cloudwatch_metric_alarm.alarms["targets-forgotten"].evaluation_periods == 2
    error_message = "a target that the hub does not know of rings, and not before the hub has had time to be told of it"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.alarms["targets-deferred"].metric_name == "TargetsDeferred" && aws_cloudwatch_metric_alarm.alarms["targets-deferred"].evaluation_periods == 2
    error_message = "a target that full runs let nobody in on rings, and not if one of them had somebody wait for the next"
  }
  assert {
    condition     = alltrue([for name in ["leavers-not-out", "removals-withheld"] : aws_cloudwatch_metric_alarm.alarms[name].datapoints_to_alarm == 1])
    error_message = "the figure has waited for a quarter of an hour already, or somebody has to look at the brake"
  }
  assert {
    condition     = alltrue([for name in ["leavers-not-out", "removals-withheld"] : aws_cloudwatch_metric_alarm.alarms[name].evaluation_periods == 2])
    error_message = "what one worker has found is not over because another one has found nothing, while targets-failed does not ring yet"
  }
}

run "spoke_most" {
  module {
    source = "./spoke"
  }
  variables {
    configuration_bucket        = "example-configuration"
    configuration_key           = "prod/shop.json"
    configuration_version       = "configuration-version"
    configuration_kms_key_arn   = "arn:aws:kms:eu-west-1:111111111111:key/configuration"
    release                     = "2"
    architecture                = "arm64"
    memory_size                 = 512
    timeout                     = 900
    reserved_concurrency        = 0
    schedule_minutes            = 60
    batch_window                = 10
    batch_size                  = 5
    maximum_concurrency         = 100
    snapshot_kms_key_arn        = "arn:aws:kms:eu-west-1:222222222222:key/snapshots"
    provisioner_arns            = ["arn:aws:rds-db:eu-west-1:111111111111:dbuser:cluster-ORDERS/sso_provisioner", "arn:aws:rds-db:eu-west-1:111111111111:dbuser:db-SHOP/sso_provisioner"]
    notify_topic_arns           = ["arn:aws:sns:eu-west-1:111111111111:sso-sync-prod-shop-alarms"]
    notify_bus_arns             = ["arn:aws:events:eu-west-1:111111111111:event-bus/default"]
    reports_bucket              = "example-reports"
    reports_prefix              = "sso-sync/prod/"
    reports_kms_key_arn         = "arn:aws:kms:eu-west-1:111111111111:key/reports"
    vpc_id                      = "vpc-1"
    subnet_ids                  = ["subnet-1", "subnet-2"]
    database_security_group_ids = ["sg-database"]
    database_port               = 6432
    create_vpc_endpoints        = true
    route_table_ids             = ["rtb-1", "rtb-2"]
    create_control              = true
    log_retention_days          = 365
    kms_key_arn                 = "arn:aws:kms:eu-west-1:111111111111:key/own"
    alarm_email                 = "somebody@example.com"
    permissions_boundary_arn    = "arn:aws:iam::111111111111:policy/boundary"
  }

  assert {
    condition     = toset([for rule in aws_security_group.function[0].egress : rule.from_port]) == toset([443, 3306, 5432, 6432])
    error_message = "the function reaches AWS, and databases where they are"
  }
  assert {
    condition     = length(aws_vpc_endpoint.bucket) == 1
    error_message = "the snapshot is in S3"
  }
  assert {
    condition     = aws_sqs_queue.messages.visibility_timeout_seconds >= 6 * aws_lambda_function.function.timeout
    error_message = "Lambda wants a message to stay hidden for six times the function's time"
  }
}

run "spoke_with_given_security_groups" {
  module {
    source = "./spoke"
  }
  variables {
    vpc_id               = "vpc-1"
    subnet_ids           = ["subnet-1"]
    security_group_ids   = ["sg-own", "sg-other"]
    create_vpc_endpoints = true
    s3_gateway_exists    = true
  }

  assert {
    condition     = toset(keys(aws_vpc_endpoint.interface)) == toset(["rds", "sqs"]) && length(aws_vpc_endpoint.bucket) == 0
    error_message = "endpoints are made for what is called, and for nothing else"
  }
}

run "a_spoke_with_the_name_of_a_year_is_refused" {
  command = plan
  module {
    source = "./spoke"
  }
  variables {
    spoke_name = "2026"
  }
  expect_failures = [var.spoke_name]
}

run "a_spoke_with_the_name_of_another_s_control_is_refused" {
  command = plan
  module {
    source = "./spoke"
  }
  variables {
    spoke_name = "shop-control"
  }
  expect_failures = [var.spoke_name]
}

run "what_does_not_fit_a_spoke_is_refused" {
  command = plan
  module {
    source = "./spoke"
  }
  variables {
    spoke_name           = "hub"
    batch_window         = 21
    batch_size           = 0
    maximum_concurrency  = 1
    hub_role_arn         = "arn:aws:iam::222222222222:root"
    snapshot_bucket      = ""
    vpc_id               = "vpc-1"
    create_vpc_endpoints = true
  }
  expect_failures = [
    var.spoke_name, var.batch_window, var.batch_size, var.maximum_concurrency, var.hub_role_arn, var.snapshot_bucket, var.subnet_ids,
    var.route_table_ids,
  ]
}

run "what_does_not_fit_a_spoke_s_function_is_refused" {
  command = plan
  module {
    source = "./spoke"
  }
  variables {
    owner                = "prod."
    code_version         = ""
    configuration_bucket = "example-configuration"
    configuration_sha256 = "E3B0"
    release              = "2 beta"
    architecture         = "mips"
    memory_size          = 64
    timeout              = 45
    schedule_minutes     = 7
    batch_window         = 0
    reports_prefix       = "reports"
    database_port        = 65536
    create_vpc_endpoints = true
    s3_gateway_exists    = true
    log_retention_days   = 91
  }
  expect_failures = [
    var.owner, var.code_version, var.configuration_version, var.configuration_sha256, var.release, var.architecture,
    var.memory_size, var.timeout, var.schedule_minutes, var.batch_window, var.reports_prefix, var.database_port,
    var.create_vpc_endpoints, var.log_retention_days,
  ]
}

# Another one would have CloudFormation publish a version of a function that is no other, which Lambda does not.
run "a_version_of_a_spoke_s_configuration_in_the_zip_is_refused" {
  command = plan
  module {
    source = "./spoke"
  }
  variables {
    configuration_version = "2"
  }
  expect_failures = [var.configuration_version]
}

run "a_spoke_s_subnets_without_a_vpc_or_security_groups_are_refused" {
  command = plan
  module {
    source = "./spoke"
  }
  variables {
    subnet_ids = ["subnet-1"]
  }
  expect_failures = [var.subnet_ids]
}

run "a_spoke_s_security_groups_without_subnets_are_refused" {
  command = plan
  module {
    source = "./spoke"
  }
  variables {
    security_group_ids = ["sg-own"]
  }
  expect_failures = [var.subnet_ids]
}

run "a_spoke_s_database_s_security_group_without_subnets_is_refused" {
  command = plan
  module {
    source = "./spoke"
  }
  variables {
    database_security_group_ids = ["sg-database"]
  }
  expect_failures = [var.subnet_ids]
}

run "one_at_a_time_is_refused_of_a_spoke" {
  command = plan
  module {
    source = "./spoke"
  }
  variables {
    reserved_concurrency = 1
  }
  expect_failures = [var.reserved_concurrency]
}

# CloudFormation's rules compare no numbers.
run "fewer_at_a_time_than_a_spoke_has_workers_are_refused_by_terraform" {
  command = plan
  module {
    source = "./spoke"
  }
  variables {
    reserved_concurrency = 9
    maximum_concurrency  = 10
  }
  expect_failures = [var.reserved_concurrency]
}

# CloudFormation's parameters have a limit of their own.
run "more_logins_than_a_spoke_s_role_takes_are_refused_by_terraform" {
  command = plan
  module {
    source = "./spoke"
  }
  variables {
    provisioner_arns = [for target in range(61) : "arn:aws:rds-db:eu-west-1:111111111111:dbuser:cluster-ABCDEFGHIJKLMNOPQRSTUVWX${target + 10}/sso_provisioner"]
  }
  expect_failures = [var.provisioner_arns]
}
