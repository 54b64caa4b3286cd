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
      description = "No full run has succeeded for two intervals, so that what events missed stays missed. The logs of spoke and hub say why."
      figure      = "TargetsInStep"
      statistic   = "Sum"
      intervals   = 2
    }
    targets-failed = {
      description = "A target has failed for two intervals: who left may still have access there. The function's log says which and why."
      figure      = "TargetsFailed"
      intervals   = 2
    }
    targets-forgotten = {
      description = "The hub does not know of a target, which gets no full run: what events miss stays missed there. The function's log says which."
      figure      = "TargetsForgotten"
      intervals   = 2
    }
    targets-deferred = {
      description = "Full runs on a target let somebody wait, for two intervals: what they are told of the directory is too old to let anybody in, or a Blue/Green deployment is in progress. The log says which."
      figure      = "TargetsDeferred"
      intervals   = 2
    }
    # Each worker looks at its part of the targets: what one has found is not over because another has found nothing.
    removals-withheld = {
      description = "The brake holds removals back: people who left still have access. Look at the plan, and let it go with --allow-removals."
      figure      = "RemovalsWithheld"
      intervals   = 2
      ringing     = 1
      missing     = "ignore"
    }
    joins-withheld = {
      description = "The brake holds joins back: people wait for access. Look at the plan; raise the limit. A day later earlier joins count no more, but more at once than it allows wait for ever."
      figure      = "JoinsWithheld"
    }
    leavers-not-out = {
      description = "People who left are still not out: locked over a quarter of an hour ago, or not at all. The function's log says where and why."
      figure      = "LeaversNotOut"
      intervals   = 2
      ringing     = 1
      missing     = "ignore"
    }
    excerpts-refused = {
      description = "What should come from the hub is not believed: another key is pinned, or it is forged. The log says which."
      figure      = "ExcerptsRefused"
      statistic   = "Sum"
      period      = 300
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
      description = "Messages could not be dealt with. The next full run does what they were about; the log says why they failed."
      namespace   = "AWS/SQS"
      figure      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = aws_sqs_queue.dead_letters.name }
      period      = 300
    }
    messages-waiting = {
      description = "A message has waited for a quarter of an hour: somebody who left may still have access."
      namespace   = "AWS/SQS"
      figure      = "ApproximateAgeOfOldestMessage"
      dimensions  = { QueueName = aws_sqs_queue.messages.name }
      period      = 300
      threshold   = 900
    }
    errors = {
      description = "The function failed, by an error or for want of time, or control did, or did not begin. The log says why."
      namespace   = null
      figure      = null
      dimensions  = null
      statistic   = null
      period      = null
    }
  }
}

locals {
  # What the alarm `errors` watches, by sum. What control was asked for without waiting has nowhere else to go.
  errors = merge(
    { function = ["Errors", aws_lambda_function.function.function_name] },
    var.create_control ? {
      control = ["Errors", aws_lambda_function.control[0].function_name]
      dropped = ["AsyncEventsDropped", aws_lambda_function.control[0].function_name]
    } : {},
  )
}

resource "aws_cloudwatch_metric_alarm" "alarms" {
  for_each = local.alarms

  alarm_name        = "${local.name}-${each.key}"
  alarm_description = each.value.description
  namespace         = try(each.value.namespace, "SSOSync")
  metric_name       = each.value.figure
  dimensions        = try(each.value.dimensions, { deployment = "${var.owner}/${var.spoke_name}" })
  statistic         = try(each.value.statistic, "Maximum")
  # What runs count is looked at by the interval of full runs.
  period             = try(each.value.period, 60 * var.schedule_minutes)
  evaluation_periods = try(each.value.intervals, 1)
  # In how many of them it has to be so; in all, if nothing is said.
  datapoints_to_alarm = try(each.value.ringing, null)
  # Of the figures this one alone is good, so that none of it rings.
  comparison_operator = each.key == "full-run" ? "LessThanThreshold" : "GreaterThanThreshold"
  threshold           = each.key == "full-run" ? 1 : try(each.value.threshold, 0)
  treat_missing_data  = each.key == "full-run" ? "breaching" : try(each.value.missing, "notBreaching")
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
        namespace   = "AWS/Lambda"
        metric_name = metric_query.value[0]
        dimensions  = { FunctionName = metric_query.value[1] }
        period      = 300
        stat        = "Sum"
      }
    }
  }
}
