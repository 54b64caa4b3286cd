# SPDX-License-Identifier: Apache-2.0
#
# No AWS: what it would answer is made up. dev/check-deploy compares what these runs make with what CloudFormation makes.

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
    values = { arn = "arn:aws:lambda:eu-west-1:111111111111:function:sso-sync-prod", version = "7" }
  }
  override_resource {
    target = aws_lambda_alias.live
    values = { arn = "arn:aws:lambda:eu-west-1:111111111111:function:sso-sync-prod:live" }
  }
  override_resource {
    target = aws_iam_role.function
    values = { arn = "arn:aws:iam::111111111111:role/Role", id = "Role" }
  }
  override_resource {
    target = aws_lambda_function.notify
    values = { arn = "arn:aws:lambda:eu-west-1:111111111111:function:sso-sync-prod-notify" }
  }
  override_resource {
    target = aws_iam_role.notify
    values = { arn = "arn:aws:iam::111111111111:role/NotifyRole", id = "NotifyRole" }
  }
  override_resource {
    target = aws_lambda_function.control
    values = { arn = "arn:aws:lambda:eu-west-1:111111111111:function:sso-sync-prod-control", version = "3" }
  }
  override_resource {
    target = aws_lambda_alias.control
    values = { arn = "arn:aws:lambda:eu-west-1:111111111111:function:sso-sync-prod-control:live" }
  }
  override_resource {
    target = aws_iam_role.control
    values = { arn = "arn:aws:iam::111111111111:role/ControlRole", id = "ControlRole" }
  }
  override_resource {
    target = aws_sqs_queue.events
    values = {
      arn = "arn:aws:sqs:eu-west-1:111111111111:sso-sync-prod-events"
      url = "https://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync-prod-events"
    }
  }
  override_resource {
    target = aws_sqs_queue.everyone
    values = {
      arn = "arn:aws:sqs:eu-west-1:111111111111:sso-sync-prod-everyone.fifo"
      url = "https://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync-prod-everyone.fifo"
    }
  }
  override_resource {
    target = aws_sqs_queue.dead_letters
    values = {
      arn = "arn:aws:sqs:eu-west-1:111111111111:sso-sync-prod-dead-letters"
      url = "https://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync-prod-dead-letters"
    }
  }
  override_resource {
    target = aws_sns_topic.alarms
    values = { arn = "arn:aws:sns:eu-west-1:111111111111:sso-sync-prod-alarms" }
  }
  override_resource {
    target = aws_cloudwatch_event_rule.calls
    values = { arn = "arn:aws:events:eu-west-1:111111111111:rule/sso-sync-prod-calls" }
  }
  override_resource {
    target = aws_cloudwatch_event_rule.notifications
    values = { arn = "arn:aws:events:eu-west-1:111111111111:rule/sso-sync-prod-notifications" }
  }
  override_resource {
    target = aws_cloudwatch_event_rule.schedule
    values = { arn = "arn:aws:events:eu-west-1:111111111111:rule/sso-sync-prod-schedule" }
  }
  override_resource {
    target = aws_cloudwatch_event_bus.directory
    values = { arn = "arn:aws:events:eu-west-1:111111111111:event-bus/sso-sync-prod" }
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
  owner                 = "prod"
  code_bucket           = "example-code"
  code_key              = "sso-sync.zip"
  code_version          = "code-version"
  configuration_sha256  = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  identity_store_id     = "d-1234567890"
  identity_store_region = "eu-west-1"
}

run "least" {
  assert {
    condition     = output.security_group_id == null && length(aws_vpc_endpoint.interface) == 0
    error_message = "nothing of a VPC is made without one"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.alarms["targets-failed"].metric_name == "TargetsFailed" && aws_cloudwatch_metric_alarm.alarms["targets-failed"].evaluation_periods == 2
    error_message = "a target that goes on failing rings, whatever becomes of the others"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.alarms["leavers-not-out"].evaluation_periods == 1
    error_message = "the figure has waited for a quarter of an hour already"
  }
  assert {
    condition     = !contains(keys(aws_lambda_function.function.environment[0].variables), "SSOSYNC_CONFIGURATION_VERSION")
    error_message = "a packaged configuration has no version"
  }
}

run "most" {
  variables {
    configuration_bucket        = "example-configuration"
    configuration_key           = "prod/sso-sync.json"
    configuration_version       = "configuration-version"
    configuration_kms_key_arn   = "arn:aws:kms:eu-west-1:111111111111:key/configuration"
    release                     = "2"
    architecture                = "arm64"
    memory_size                 = 512
    timeout                     = 900
    reserved_concurrency        = 5
    schedule_minutes            = 60
    batch_window                = 10
    directory_account_id        = "222222222222"
    identity_store_kms_key_arn  = "arn:aws:kms:eu-west-1:222222222222:key/directory"
    reader_role_arn             = "arn:aws:iam::222222222222:role/sso-sync-reader"
    provisioner_arns            = ["arn:aws:rds-db:eu-west-1:111111111111:dbuser:cluster-ORDERS/sso_provisioner", "arn:aws:rds-db:eu-west-1:111111111111:dbuser:db-SHOP/sso_provisioner"]
    target_role_arns            = ["arn:aws:iam::333333333333:role/sso-sync-provisioner"]
    notify_topic_arns           = ["arn:aws:sns:eu-west-1:111111111111:sso-sync-prod-alarms"]
    notify_bus_arns             = ["arn:aws:events:eu-west-1:111111111111:event-bus/default"]
    reports_bucket              = "example-reports"
    reports_prefix              = "sso-sync/prod/"
    reports_kms_key_arn         = "arn:aws:kms:eu-west-1:111111111111:key/reports"
    vpc_id                      = "vpc-1"
    subnet_ids                  = ["subnet-1", "subnet-2"]
    database_security_group_ids = ["sg-database"]
    database_port               = 3306
    create_vpc_endpoints        = true
    route_table_ids             = ["rtb-1", "rtb-2"]
    create_control              = true
    log_retention_days          = 365
    kms_key_arn                 = "arn:aws:kms:eu-west-1:111111111111:key/own"
    alarm_email                 = "somebody@example.com"
    tell_dead_letters           = true
    permissions_boundary_arn    = "arn:aws:iam::111111111111:policy/boundary"
  }

  assert {
    condition     = toset([for rule in aws_security_group.function[0].egress : rule.from_port]) == toset([443, 3306, 5432])
    error_message = "the function reaches AWS, and databases where they are"
  }
  assert {
    condition     = output.security_group_id == "sg-function"
    error_message = "databases have to be told whom to let in"
  }
  assert {
    condition     = aws_sqs_queue.events.visibility_timeout_seconds >= 6 * aws_lambda_function.function.timeout
    error_message = "Lambda wants a message to stay hidden for six times the function's time"
  }
}

run "given_security_groups" {
  variables {
    vpc_id             = "vpc-1"
    subnet_ids         = ["subnet-1"]
    security_group_ids = ["sg-own", "sg-other"]
    # An endpoint of the directory in this Region would not lead to another.
    identity_store_region = "us-east-1"
    create_vpc_endpoints  = true
    create_control        = true
  }

  assert {
    condition     = length(aws_security_group.function) == 0 && output.security_group_id == "sg-own"
    error_message = "no security group is made where some are given"
  }
  assert {
    condition     = toset(keys(aws_vpc_endpoint.interface)) == toset(["rds", "sqs"])
    error_message = "endpoints are made for what is called, and for nothing else"
  }
}

run "what_does_not_fit_is_refused" {
  command = plan
  variables {
    owner                 = "Straße"
    code_version          = ""
    directory_account_id  = "222"
    configuration_bucket  = "example-configuration"
    configuration_sha256  = "E3B0"
    release               = "2 beta"
    identity_store_id     = "1234567890"
    identity_store_region = "Ireland"
    architecture          = "mips"
    memory_size           = 64
    timeout               = 45
    reserved_concurrency  = -2
    schedule_minutes      = 7
    batch_window          = 0
    reports_prefix        = "reports"
    database_port         = 0
    create_vpc_endpoints  = true
    s3_gateway_exists     = true
    log_retention_days    = 91
  }
  expect_failures = [
    var.owner, var.code_version, var.directory_account_id, var.configuration_version, var.configuration_sha256, var.release,
    var.identity_store_id, var.identity_store_region, var.architecture, var.memory_size, var.timeout,
    var.reserved_concurrency, var.schedule_minutes, var.batch_window, var.reports_prefix, var.database_port,
    var.create_vpc_endpoints, var.log_retention_days,
  ]
}

# Another one would have CloudFormation publish a version of a function that is no other, which Lambda does not.
run "a_version_of_a_configuration_in_the_zip_is_refused" {
  command = plan
  variables {
    configuration_version = "2"
  }
  expect_failures = [var.configuration_version]
}

run "endpoints_without_a_way_to_s3_are_refused" {
  command = plan
  variables {
    vpc_id               = "vpc-1"
    subnet_ids           = ["subnet-1"]
    create_vpc_endpoints = true
    reports_bucket       = "example-reports"
  }
  expect_failures = [var.route_table_ids]
}

run "a_vpc_without_subnets_is_refused" {
  command = plan
  variables {
    vpc_id = "vpc-1"
  }
  expect_failures = [var.subnet_ids]
}

run "subnets_without_a_vpc_or_security_groups_are_refused" {
  command = plan
  variables {
    subnet_ids = ["subnet-1"]
  }
  expect_failures = [var.subnet_ids]
}

run "security_groups_without_subnets_are_refused" {
  command = plan
  variables {
    security_group_ids = ["sg-own"]
  }
  expect_failures = [var.subnet_ids]
}

run "a_database_s_security_group_without_subnets_is_refused" {
  command = plan
  variables {
    database_security_group_ids = ["sg-database"]
  }
  expect_failures = [var.subnet_ids]
}

# Nothing is made in the VPC by its id then.
run "subnets_with_security_groups_need_no_vpc" {
  command = plan
  variables {
    subnet_ids                  = ["subnet-1"]
    security_group_ids          = ["sg-own"]
    database_security_group_ids = ["sg-database"]
  }
}

run "fewer_at_a_time_than_come_are_refused" {
  command = plan
  variables {
    reserved_concurrency = 3
  }
  expect_failures = [var.reserved_concurrency]
}

# CloudFormation's parameters have a limit of their own.
run "more_logins_than_a_role_takes_are_refused_by_terraform" {
  command = plan
  variables {
    provisioner_arns = [for target in range(61) : "arn:aws:rds-db:eu-west-1:111111111111:dbuser:cluster-ABCDEFGHIJKLMNOPQRSTUVWX${target + 10}/sso_provisioner"]
  }
  expect_failures = [var.provisioner_arns]
}
