# SPDX-License-Identifier: Apache-2.0
#
# How what the hub has read reaches the function.

# Keeps messages for a day: full runs read everyone meanwhile, so that older ones tell nothing new.
resource "aws_sqs_queue" "messages" {
  name                      = "${local.name}-messages"
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

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${local.name}-dead-letters"
  max_message_size          = 262144
  message_retention_seconds = 1209600
  kms_master_key_id         = local.has_key ? var.kms_key_arn : null
  sqs_managed_sse_enabled   = local.has_key ? null : true
}

# The hub may send messages, and nobody else by this.
resource "aws_sqs_queue_policy" "from_hub" {
  queue_url = aws_sqs_queue.messages.url

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TakeFromHub"
      Effect    = "Allow"
      Principal = { AWS = var.hub_role_arn }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.messages.arn
    }]
  })
}

# Of more workers with large batches, one does all the targets of a full run: batch_size is what shares them out.
resource "aws_lambda_event_source_mapping" "messages" {
  event_source_arn                   = aws_sqs_queue.messages.arn
  function_name                      = aws_lambda_alias.live.arn
  batch_size                         = var.batch_size
  maximum_batching_window_in_seconds = var.batch_window
  function_response_types            = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.maximum_concurrency
  }
}
