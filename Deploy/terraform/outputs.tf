# SPDX-License-Identifier: Apache-2.0

output "function_name" {
  description = "The function"
  value       = aws_lambda_function.function.function_name
}

output "function_alias" {
  description = "The alias that events and the schedule call"
  value       = aws_lambda_alias.live.arn
}

output "function_version" {
  description = "The version that the alias leads to"
  value       = aws_lambda_function.function.version
}

output "role_arn" {
  description = "The function's role, which roles in other accounts have to trust"
  value       = aws_iam_role.function.arn
}

output "queue_url" {
  description = "The queue of events"
  value       = aws_sqs_queue.events.url
}

output "dead_letters_url" {
  description = "The queue of events that could not be dealt with"
  value       = aws_sqs_queue.dead_letters.url
}

output "alarm_topic_arn" {
  description = "The topic of alarms and failures"
  value       = aws_sns_topic.alarms.arn
}

output "directory_bus_arn" {
  description = "The bus that the directory's account sends events to; null without directory_account_id"
  value       = local.has_directory_account ? aws_cloudwatch_event_bus.directory[0].arn : null
}

output "control_alias" {
  description = "The alias of the function in the role control, to invoke; null without create_control"
  value       = one(aws_lambda_alias.control[*].arn)
}

output "control_role_arn" {
  description = "Its role, which roles in other accounts have to trust, too; null without create_control"
  value       = one(aws_iam_role.control[*].arn)
}

output "control_policy_arn" {
  description = "The policy of whoever may invoke it; null without create_control"
  value       = one(aws_iam_policy.control[*].arn)
}

output "log_group_name" {
  description = "The function's log"
  value       = aws_cloudwatch_log_group.function.name
}

output "security_group_id" {
  description = "The security group that databases have to let in; null without a VPC"
  value       = local.has_vpc ? local.security_group_ids[0] : null
}
