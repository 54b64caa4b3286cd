# SPDX-License-Identifier: Apache-2.0
#
# The hub. dev/check-deploy compares what these runs make with what CloudFormation makes.

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
    values = { arn = "arn:aws:lambda:eu-west-1:111111111111:function:sso-sync-prod-hub", version = "7" }
  }
  override_resource {
    target = aws_lambda_alias.live
    values = { arn = "arn:aws:lambda:eu-west-1:111111111111:function:sso-sync-prod-hub:live" }
  }
  override_resource {
    target = aws_iam_role.function
    values = { arn = "arn:aws:iam::111111111111:role/Role", id = "Role" }
  }
  override_resource {
    target = aws_lambda_function.notify
    values = { arn = "arn:aws:lambda:eu-west-1:111111111111:function:sso-sync-prod-hub-notify" }
  }
  override_resource {
    target = aws_iam_role.notify
    values = { arn = "arn:aws:iam::111111111111:role/NotifyRole", id = "NotifyRole" }
  }
  override_resource {
    target = aws_sqs_queue.events
    values = {
      arn = "arn:aws:sqs:eu-west-1:111111111111:sso-sync-prod-hub-events"
      url = "https://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync-prod-hub-events"
    }
  }
  override_resource {
    target = aws_sqs_queue.everyone
    values = {
      arn = "arn:aws:sqs:eu-west-1:111111111111:sso-sync-prod-hub-everyone.fifo"
      url = "https://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync-prod-hub-everyone.fifo"
    }
  }
  override_resource {
    target = aws_sqs_queue.dead_letters
    values = {
      arn = "arn:aws:sqs:eu-west-1:111111111111:sso-sync-prod-hub-dead-letters"
      url = "https://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync-prod-hub-dead-letters"
    }
  }
  override_resource {
    target = aws_sns_topic.alarms
    values = { arn = "arn:aws:sns:eu-west-1:111111111111:sso-sync-prod-hub-alarms" }
  }
  override_resource {
    target = aws_cloudwatch_event_rule.calls
    values = { arn = "arn:aws:events:eu-west-1:111111111111:rule/sso-sync-prod-hub-calls" }
  }
  override_resource {
    target = aws_cloudwatch_event_rule.notifications
    values = { arn = "arn:aws:events:eu-west-1:111111111111:rule/sso-sync-prod-hub-notifications" }
  }
  override_resource {
    target = aws_cloudwatch_event_rule.schedule
    values = { arn = "arn:aws:events:eu-west-1:111111111111:rule/sso-sync-prod-hub-schedule" }
  }
  override_resource {
    target = aws_cloudwatch_event_bus.directory
    values = { arn = "arn:aws:events:eu-west-1:111111111111:event-bus/sso-sync-prod-hub" }
  }

  override_resource {
    target = aws_kms_key.signing
    values = { arn = "arn:aws:kms:eu-west-1:111111111111:key/SigningKey" }
  }
  override_resource {
    target = aws_s3_bucket.snapshots
    values = { arn = "arn:aws:s3:::snapshots", id = "snapshots", bucket = "snapshots" }
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

# As it is deployed first, when there are no spokes.
run "hub_least" {
  module {
    source = "./hub"
  }

  assert {
    condition     = !strcontains(aws_s3_bucket_policy.snapshots.policy, "Allow")
    error_message = "nobody may read the snapshot before somebody is named"
  }
}

run "fewer_at_a_time_than_come_to_a_hub_are_refused" {
  command = plan
  module {
    source = "./hub"
  }
  variables {
    reserved_concurrency = 3
  }
  expect_failures = [var.reserved_concurrency]
}

run "what_does_not_fit_a_hub_is_refused" {
  command = plan
  module {
    source = "./hub"
  }
  variables {
    owner                 = "-prod"
    code_version          = ""
    configuration_bucket  = "example-configuration"
    configuration_sha256  = "E3B0"
    release               = "2 beta"
    architecture          = "mips"
    memory_size           = 10241
    timeout               = 45
    schedule_minutes      = 7
    batch_window          = 61
    directory_account_id  = "222"
    identity_store_id     = "1234567890"
    identity_store_region = "Ireland"
    reports_prefix        = "/reports/"
    log_retention_days    = 91
  }
  expect_failures = [
    var.owner, var.code_version, var.configuration_version, var.configuration_sha256, var.release, var.architecture,
    var.memory_size, var.timeout, var.schedule_minutes, var.batch_window, var.directory_account_id, var.identity_store_id,
    var.identity_store_region, var.reports_prefix, var.log_retention_days,
  ]
}

# Another one would have CloudFormation publish a version of a function that is no other, which Lambda does not.
run "a_version_of_a_hub_s_configuration_in_the_zip_is_refused" {
  command = plan
  module {
    source = "./hub"
  }
  variables {
    configuration_version = "2"
  }
  expect_failures = [var.configuration_version]
}

run "hub_most" {
  module {
    source = "./hub"
  }
  variables {
    configuration_bucket       = "example-configuration"
    configuration_key          = "prod/hub.json"
    configuration_version      = "configuration-version"
    configuration_kms_key_arn  = "arn:aws:kms:eu-west-1:111111111111:key/configuration"
    release                    = "2"
    architecture               = "arm64"
    memory_size                = 512
    timeout                    = 900
    reserved_concurrency       = 5
    schedule_minutes           = 60
    batch_window               = 10
    directory_account_id       = "222222222222"
    identity_store_kms_key_arn = "arn:aws:kms:eu-west-1:222222222222:key/directory"
    reader_role_arn            = "arn:aws:iam::222222222222:role/sso-sync-reader"
    spoke_queue_arns           = ["arn:aws:sqs:eu-west-1:333333333333:sso-sync-prod-shop-messages", "arn:aws:sqs:*:444444444444:sso-sync-prod-*"]
    spoke_account_ids          = ["333333333333", "444444444444"]
    copy_bucket_arns           = ["arn:aws:s3:::example-us", "arn:aws:s3:::example-ap"]
    other_kms_key_arns         = ["arn:aws:kms:us-east-1:111111111111:key/copies", "arn:aws:kms:eu-west-1:333333333333:key/queue"]
    notify_topic_arns          = ["arn:aws:sns:eu-west-1:111111111111:sso-sync-prod-hub-alarms"]
    notify_bus_arns            = ["arn:aws:events:eu-west-1:111111111111:event-bus/default"]
    reports_bucket             = "example-reports"
    reports_prefix             = "sso-sync/prod/"
    reports_kms_key_arn        = "arn:aws:kms:eu-west-1:111111111111:key/reports"
    log_retention_days         = 365
    kms_key_arn                = "arn:aws:kms:eu-west-1:111111111111:key/own"
    alarm_email                = "somebody@example.com"
    tell_dead_letters          = true
    permissions_boundary_arn   = "arn:aws:iam::111111111111:policy/boundary"
  }

  assert {
    condition     = output.signing_key_arn == "arn:aws:kms:eu-west-1:111111111111:key/SigningKey" && output.snapshot_bucket == "snapshots"
    error_message = "configurations need the key and the bucket"
  }
}
