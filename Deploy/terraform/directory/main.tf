# SPDX-License-Identifier: Apache-2.0
#
# For the account and Region of IAM Identity Center, if the function is elsewhere: only rules, which send the directory's
# events to the function's bus. Nothing here can read the directory.

data "aws_caller_identity" "current" {}

locals {
  name    = "sso-sync-${var.owner}-directory"
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

resource "aws_iam_role" "rules" {
  name_prefix          = "${substr(local.name, 0, 37)}-"
  description          = "What the rules of SSOSync for ${var.owner} may do"
  permissions_boundary = var.permissions_boundary_arn != "" ? var.permissions_boundary_arn : null

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "rules" {
  name = "sso-sync"
  role = aws_iam_role.rules.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # EventBridge puts what the rules match on the function's bus.
      {
        Sid      = "PutOnBus"
        Effect   = "Allow"
        Action   = "events:PutEvents"
        Resource = var.bus_arn
      },
    ]
  })
}

# What could not be sent; the function's full runs see it all the same.
resource "aws_sqs_queue" "dead_letters" {
  name                      = "${local.name}-dead-letters"
  max_message_size          = 262144
  message_retention_seconds = 1209600
  kms_master_key_id         = local.has_key ? var.kms_key_arn : null
  sqs_managed_sse_enabled   = local.has_key ? null : true
}

resource "aws_sqs_queue_policy" "from_rules" {
  queue_url = aws_sqs_queue.dead_letters.url

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TakeFromRules"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.dead_letters.arn
      Condition = { ArnEquals = {
        "aws:SourceArn" = [for kind in ["calls", "notifications"] : aws_cloudwatch_event_rule.directory[kind].arn]
      } }
    }]
  })
}

resource "aws_cloudwatch_event_rule" "directory" {
  for_each = local.rules

  name          = "${local.name}-${each.key}"
  description   = each.value.description
  event_pattern = each.value.pattern
}

resource "aws_cloudwatch_event_target" "bus" {
  for_each = aws_cloudwatch_event_rule.directory

  rule      = each.value.name
  target_id = "bus"
  arn       = var.bus_arn
  role_arn  = aws_iam_role.rules.arn

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
  alarm_description   = "Events could not be sent to the function's bus. Its next full run does what they were about; until then nobody hears of who left."
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
