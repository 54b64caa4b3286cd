# SPDX-License-Identifier: Apache-2.0

resource "aws_sns_topic" "alarms" {
  name              = "${local.name}-alarms"
  kms_master_key_id = local.has_key ? var.kms_key_arn : null
}

resource "aws_sns_topic_subscription" "alarms" {
  count = var.alarm_email != "" ? 1 : 0

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

locals {
  # What is not said of one is as most have it: see below.
  alarms = {
    full-run = {
      description = "No full run has succeeded for two intervals, so that what events missed stays missed. The function's log says why."
      figure      = "GoodFullRuns"
      statistic   = "Sum"
      intervals   = 2
    }
    spokes-not-reached = {
      description = "A spoke was not sent what concerns it: somebody who left may still have access there. The hub's log says which and why."
      figure      = "SpokesNotReached"
    }
    snapshots-not-written = {
      description = "A place did not get the snapshot: the spokes that read there fail their full runs. The hub's log says which and why."
      figure      = "SnapshotsNotWritten"
    }
    not-notified = {
      description = "Somebody was to be told how a run went, and could not be. The function's log says why."
      figure      = "NotNotified"
    }
    reports-not-written = {
      description = "The report of a run is kept nowhere, though it should be. The function's log says why."
      figure      = "ReportsNotWritten"
    }
    dead-letters = {
      description = "Events could not be dealt with. The next full run does what they were about; the log says why they failed."
      namespace   = "AWS/SQS"
      figure      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = aws_sqs_queue.dead_letters.name }
      period      = 300
    }
    events-waiting = {
      description = "An event has waited for a quarter of an hour: somebody who left may still have access."
      namespace   = "AWS/SQS"
      figure      = "ApproximateAgeOfOldestMessage"
      dimensions  = { QueueName = aws_sqs_queue.events.name }
      period      = 300
      threshold   = 900
    }
    errors = {
      description = "The function failed, by an error or for want of time, or gave up a reading of everyone, which the next full run makes. Its log says why."
      namespace   = null
      figure      = null
      dimensions  = null
      statistic   = null
      period      = null
    }
    notify-errors = {
      description = "Something failed, and nobody could be told: the log of the function that tells says why."
      namespace   = "AWS/Lambda"
      figure      = "Errors"
      dimensions  = { FunctionName = aws_lambda_function.notify.function_name }
      statistic   = "Sum"
      period      = 300
    }
  }
}

locals {
  # What the alarm `errors` watches, by sum: namespace, figure, and of what it is. A reading of everyone that was given up has
  # nowhere else to go.
  errors = {
    function = ["AWS/Lambda", "Errors", "FunctionName", aws_lambda_function.function.function_name]
    everyone = ["SSOSync", "WideReadingsGivenUp", "deployment", var.owner]
  }
}

resource "aws_cloudwatch_metric_alarm" "alarms" {
  for_each = local.alarms

  alarm_name        = "${local.name}-${each.key}"
  alarm_description = each.value.description
  namespace         = try(each.value.namespace, "SSOSync")
  metric_name       = each.value.figure
  dimensions        = try(each.value.dimensions, { deployment = var.owner })
  statistic         = try(each.value.statistic, "Maximum")
  # What runs count is looked at by the interval of full runs.
  period             = try(each.value.period, 60 * var.schedule_minutes)
  evaluation_periods = try(each.value.intervals, 1)
  # Of the figures this one alone is good, so that none of it rings.
  comparison_operator = each.key == "full-run" ? "LessThanThreshold" : "GreaterThanThreshold"
  threshold           = each.key == "full-run" ? 1 : try(each.value.threshold, 0)
  treat_missing_data  = each.key == "full-run" ? "breaching" : "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  dynamic "metric_query" {
    for_each = each.key == "errors" ? ["SUM(METRICS())"] : []
    content {
      id          = "failures"
      expression  = metric_query.value
      return_data = true
    }
  }

  dynamic "metric_query" {
    for_each = each.key == "errors" ? local.errors : {}
    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value[0]
        metric_name = metric_query.value[1]
        dimensions  = { (metric_query.value[2]) = metric_query.value[3] }
        period      = 300
        stat        = "Sum"
      }
    }
  }
}
