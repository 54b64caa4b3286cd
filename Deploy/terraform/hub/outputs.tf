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
  description = "The hub's role, which spokes' queues have to let in: their HubRoleArn"
  value       = aws_iam_role.function.arn
}

output "signing_key_arn" {
  description = "The key that signs: hub.key in the configuration"
  value       = aws_kms_key.signing.arn
}

output "snapshot_bucket" {
  description = "The bucket of the snapshot, s3://BUCKET/snapshot.json in the configurations"
  value       = aws_s3_bucket.snapshots.bucket
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

output "log_group_name" {
  description = "The function's log"
  value       = aws_cloudwatch_log_group.function.name
}
