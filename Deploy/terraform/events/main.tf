# SPDX-License-Identifier: Apache-2.0
#
# For whoever runs `sso-sync serve` instead of the function: the queue that it has its events from, in the account and Region of IAM
# Identity Center. Docs/serve.md says more.

data "aws_region" "current" {}

locals {
  name    = "sso-sync-${var.owner}"
  topics  = compact([var.alarm_topic_arn])
  has_key = var.kms_key_arn != ""

  # The same patterns as in the function's module, which says why.
  rules = {
    calls = {
      description = "Changes to the directory, as CloudTrail tells them, for SSOSync ${var.owner}"
      pattern = jsonencode({
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
    notifications = {
      description = "Changes to the directory, as it tells them itself, for SSOSync ${var.owner}"
      pattern = jsonencode({
        source      = ["aws.identitystore"]
        detail-type = [{ prefix = "User" }, { prefix = "Group" }, { prefix = "Member" }]
      })
    }
  }
}

# Keeps events for a day: full runs read everyone meanwhile, so that older ones tell nothing new. The service says itself for how
# long messages are hidden.
resource "aws_sqs_queue" "events" {
  name                       = "${local.name}-events"
  max_message_size           = 262144
  message_retention_seconds  = 86400
  visibility_timeout_seconds = 720
  kms_master_key_id          = local.has_key ? var.kms_key_arn : null
  sqs_managed_sse_enabled    = local.has_key ? null : true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 10
  })
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${local.name}-dead-letters"
  max_message_size          = 262144
  message_retention_seconds = 1209600
  kms_master_key_id         = local.has_key ? var.kms_key_arn : null
  sqs_managed_sse_enabled   = local.has_key ? null : true
}

# The rules below may send events, and nobody else by this.
resource "aws_sqs_queue_policy" "from_rules" {
  for_each = {
    events       = aws_sqs_queue.events.url
    dead_letters = aws_sqs_queue.dead_letters.url
  }

  queue_url = each.value

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TakeFromRules"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = each.key == "events" ? aws_sqs_queue.events.arn : aws_sqs_queue.dead_letters.arn
      Condition = { ArnEquals = {
        "aws:SourceArn" = [for kind in ["calls", "notifications"] : aws_cloudwatch_event_rule.events[kind].arn]
      } }
    }]
  })
}

# For the role that the service has.
resource "aws_iam_policy" "take_events" {
  name_prefix = "${local.name}-events-"
  description = "Taking the events of SSOSync for ${var.owner}"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      # SendMessage for the second reading, ChangeMessageVisibility for what has to wait.
      [{
        Sid      = "HandleEvents"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:SendMessage"]
        Resource = aws_sqs_queue.events.arn
      }],
      # SQS uses the key of your own in the service's name.
      [for key in compact([var.kms_key_arn]) : {
        Sid       = "UseKey"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = key
        Condition = { StringEquals = { "kms:ViaService" = "sqs.${data.aws_region.current.id}.amazonaws.com" } }
      }],
    )
  })
}

resource "aws_cloudwatch_event_rule" "events" {
  for_each = local.rules

  name          = "${local.name}-${each.key}"
  description   = each.value.description
  event_pattern = each.value.pattern
}

resource "aws_cloudwatch_event_target" "queue" {
  for_each = aws_cloudwatch_event_rule.events

  rule      = each.value.name
  target_id = "queue"
  arn       = aws_sqs_queue.events.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 185
  }
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name          = "${local.name}-dead-letters"
  alarm_description   = "Events could not be dealt with. The next full run does what they were about; the log says why they failed."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letters.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.topics
  ok_actions          = local.topics
}

resource "aws_cloudwatch_metric_alarm" "waiting" {
  alarm_name          = "${local.name}-events-waiting"
  alarm_description   = "An event has waited for a quarter of an hour: somebody who left may still have access."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.events.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 900
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.topics
  ok_actions          = local.topics
}
