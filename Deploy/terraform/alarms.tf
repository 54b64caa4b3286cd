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

resource "aws_cloudwatch_metric_alarm" "full_run" {
  alarm_name          = "${local.name}-full-run"
  alarm_description   = "No full run has succeeded for two intervals, so that what events missed stays missed. The function's log says why."
  namespace           = "SSOSync"
  metric_name         = "GoodFullRuns"
  dimensions          = { deployment = var.owner }
  statistic           = "Sum"
  period              = 60 * var.schedule_minutes
  evaluation_periods  = 2
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "targets" {
  alarm_name          = "${local.name}-targets-failed"
  alarm_description   = "A target has failed for two intervals: who left may still have access there. The function's log says which and why."
  namespace           = "SSOSync"
  metric_name         = "TargetsFailed"
  dimensions          = { deployment = var.owner }
  statistic           = "Maximum"
  period              = 60 * var.schedule_minutes
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "removals" {
  alarm_name          = "${local.name}-removals-withheld"
  alarm_description   = "The brake holds removals back: people who left still have access. Look at the plan, and let it go with --allow-removals."
  namespace           = "SSOSync"
  metric_name         = "RemovalsWithheld"
  dimensions          = { deployment = var.owner }
  statistic           = "Maximum"
  period              = 60 * var.schedule_minutes
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "ignore"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "leavers" {
  alarm_name          = "${local.name}-leavers-not-out"
  alarm_description   = "People who left more than a quarter of an hour ago are locked and still not out. The function's log says where and why."
  namespace           = "SSOSync"
  metric_name         = "LeaversNotOut"
  dimensions          = { deployment = var.owner }
  statistic           = "Maximum"
  period              = 60 * var.schedule_minutes
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "ignore"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
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
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
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
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${local.name}-errors"
  alarm_description   = "The function failed, by an error or for want of time. Its log says why."
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = aws_lambda_function.function.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "notify" {
  alarm_name          = "${local.name}-notify-errors"
  alarm_description   = "Something failed, and nobody could be told: the log of the function that tells says why."
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = aws_lambda_function.notify.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
