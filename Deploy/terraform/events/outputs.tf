# SPDX-License-Identifier: Apache-2.0

output "queue_url" {
  description = "The queue that sso-sync serve takes its events from"
  value       = aws_sqs_queue.events.url
}

output "policy_arn" {
  description = "The policy for the role that the service has"
  value       = aws_iam_policy.take_events.arn
}

output "dead_letters_url" {
  description = "The queue of events that could not be dealt with"
  value       = aws_sqs_queue.dead_letters.url
}
