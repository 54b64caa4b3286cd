# SPDX-License-Identifier: Apache-2.0

output "role_arn" {
  description = "The rules' role"
  value       = aws_iam_role.rules.arn
}

output "dead_letters_url" {
  description = "The queue of events that could not be sent"
  value       = aws_sqs_queue.dead_letters.url
}
