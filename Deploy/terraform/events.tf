# SPDX-License-Identifier: Apache-2.0
#
# How changes in the directory reach the function, and the schedule of full runs.

# Keeps events for a day: full runs read everyone meanwhile, so that older ones tell nothing new.
resource "aws_sqs_queue" "events" {
  name                      = "${local.name}-events"
  max_message_size          = 262144
  message_retention_seconds = 86400

  # Six times the function's time, as Lambda's documentation asks for, and the widest batch window.
  visibility_timeout_seconds = 6 * var.timeout + 60

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 10
  })

  kms_master_key_id       = local.has_key ? var.kms_key_arn : null
  sqs_managed_sse_enabled = local.has_key ? null : true
}

# What has everyone read, in one message group: one process at a time has it. What fails ten times is the schedule's,
# and no dead letter: it stands for the same reading as those behind it.
resource "aws_sqs_queue" "everyone" {
  name                       = "${local.name}-everyone.fifo"
  fifo_queue                 = true
  max_message_size           = 262144
  message_retention_seconds  = 14400
  visibility_timeout_seconds = aws_sqs_queue.events.visibility_timeout_seconds
  kms_master_key_id          = local.has_key ? var.kms_key_arn : null
  sqs_managed_sse_enabled    = local.has_key ? null : true
}

# Messages stay hidden for six times as long as it may take to tell of them, and for as long as they are gathered.
resource "aws_sqs_queue" "dead_letters" {
  name                       = "${local.name}-dead-letters"
  max_message_size           = 262144
  visibility_timeout_seconds = 240
  message_retention_seconds  = 1209600
  kms_master_key_id          = local.has_key ? var.kms_key_arn : null
  sqs_managed_sse_enabled    = local.has_key ? null : true
}

# The rules below may send events, and nobody else by this.
resource "aws_sqs_queue_policy" "from_rules" {
  for_each = {
    events       = aws_sqs_queue.events
    dead_letters = aws_sqs_queue.dead_letters
  }

  queue_url = each.value.url

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TakeFromRules"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = each.value.arn
      Condition = { ArnEquals = {
        "aws:SourceArn" = [aws_cloudwatch_event_rule.calls.arn, aws_cloudwatch_event_rule.notifications.arn]
      } }
    }]
  })
}

locals {
  has_directory_account = var.directory_account_id != ""
  bus                   = local.has_directory_account ? aws_cloudwatch_event_bus.directory[0].name : "default"
}

# For IAM Identity Center in another account or Region, whose rules send events here.
resource "aws_cloudwatch_event_bus" "directory" {
  count = local.has_directory_account ? 1 : 0

  name = local.name
}

# Which source SCIM's calls have is not documented.
resource "aws_cloudwatch_event_bus_policy" "directory" {
  count = local.has_directory_account ? 1 : 0

  event_bus_name = aws_cloudwatch_event_bus.directory[0].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TakeCallsFromDirectory"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${var.directory_account_id}:root" }
        Action    = "events:PutEvents"
        Resource  = aws_cloudwatch_event_bus.directory[0].arn
        Condition = {
          StringEquals = { "events:detail-type" = "AWS API Call via CloudTrail" }
          StringLike   = { "events:source" = ["aws.sso-directory", "aws.identitystore*", "aws.cloudtrail"] }
        }
      },
      {
        Sid       = "TakeNotificationsFromDirectory"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${var.directory_account_id}:root" }
        Action    = "events:PutEvents"
        Resource  = aws_cloudwatch_event_bus.directory[0].arn
        Condition = {
          StringEquals = { "events:source" = "aws.identitystore" }
          StringLike   = { "events:detail-type" = ["User*", "Group*", "Member*"] }
        }
      },
    ]
  })
}

# What the console, the public API and SCIM did, as CloudTrail tells it. Only AWS can put events whose source begins with
# "aws."; which source SCIM's have is not documented. Not all names are, either, so that verbs count.
resource "aws_cloudwatch_event_rule" "calls" {
  name           = "${local.name}-calls"
  description    = "Changes to the directory, as CloudTrail tells them, for SSOSync ${var.owner}"
  event_bus_name = local.bus

  event_pattern = jsonencode({
    source      = [{ prefix = "aws." }]
    detail-type = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource = ["sso-directory.amazonaws.com", "identitystore.amazonaws.com", "identitystore-scim.amazonaws.com"]
      eventName = [
        { prefix = "Add" },
        { prefix = "Create" },
        { prefix = "Delete" },
        { prefix = "Disable" },
        { prefix = "Enable" },
        { prefix = "Patch" },
        { prefix = "Put" },
        { prefix = "Remove" },
        { prefix = "Replace" },
        { prefix = "Update" },
      ]
      errorCode = [{ exists = false }]
    }
  })
}

# What the store itself tells, without CloudTrail. How those about memberships are called is not documented.
resource "aws_cloudwatch_event_rule" "notifications" {
  name           = "${local.name}-notifications"
  description    = "Changes to the directory, as it tells them itself, for SSOSync ${var.owner}"
  event_bus_name = local.bus

  event_pattern = jsonencode({
    source      = ["aws.identitystore"]
    detail-type = [{ prefix = "User" }, { prefix = "Group" }, { prefix = "Member" }]
  })
}

resource "aws_cloudwatch_event_target" "queue" {
  for_each = {
    calls         = aws_cloudwatch_event_rule.calls.name
    notifications = aws_cloudwatch_event_rule.notifications.name
  }

  rule           = each.value
  event_bus_name = local.bus
  target_id      = "queue"
  arn            = aws_sqs_queue.events.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 185
  }
}

# Two at a time are the fewest that Lambda takes. More would only wait for the same targets.
resource "aws_lambda_event_source_mapping" "events" {
  event_source_arn                   = aws_sqs_queue.events.arn
  function_name                      = aws_lambda_alias.live.arn
  batch_size                         = 1000
  maximum_batching_window_in_seconds = var.batch_window
  function_response_types            = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = 2
  }
}

# Of a FIFO queue ten are the most at once, and there is no window to gather more.
resource "aws_lambda_event_source_mapping" "everyone" {
  event_source_arn        = aws_sqs_queue.everyone.arn
  function_name           = aws_lambda_alias.live.arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]
}

resource "aws_cloudwatch_event_rule" "schedule" {
  name                = "${local.name}-schedule"
  description         = "Full runs of SSOSync ${var.owner}"
  schedule_expression = "rate(${var.schedule_minutes} minutes)"
}

# What cannot be delivered is given up soon: the next one does the same.
resource "aws_cloudwatch_event_target" "schedule" {
  rule      = aws_cloudwatch_event_rule.schedule.name
  target_id = "function"
  arn       = aws_lambda_alias.live.arn

  retry_policy {
    maximum_event_age_in_seconds = 300
    maximum_retry_attempts       = 2
  }
}

resource "aws_lambda_permission" "schedule" {
  function_name = aws_lambda_function.function.function_name
  qualifier     = aws_lambda_alias.live.name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.schedule.arn
}

# A full run that could not be made is tried once more, within five minutes, and then told.
resource "aws_lambda_function_event_invoke_config" "failures" {
  function_name                = aws_lambda_function.function.function_name
  qualifier                    = aws_lambda_alias.live.name
  maximum_retry_attempts       = 1
  maximum_event_age_in_seconds = 300

  destination_config {
    on_failure {
      destination = aws_lambda_function.notify.arn
    }
  }
}
