# SPDX-License-Identifier: Apache-2.0
#
# Says what failed and could not say so itself, to the topic of alarms. What it says is inert, whatever failed.

resource "aws_lambda_function" "notify" {
  function_name     = "${local.name}-notify"
  description       = "SSOSync for ${var.owner}: tells what failed and could not tell so itself; code ${var.code_version}"
  runtime           = "provided.al2023"
  handler           = "bootstrap"
  architectures     = [var.architecture]
  s3_bucket         = var.code_bucket
  s3_key            = var.code_key
  s3_object_version = var.code_version
  memory_size       = 128
  timeout           = 30
  role              = aws_iam_role.notify.arn
  kms_key_arn       = local.has_key ? var.kms_key_arn : null

  environment {
    variables = {
      SSOSYNC_ROLE             = "notify"
      SSOSYNC_OWNER            = var.owner
      SSOSYNC_NOTIFY_TOPIC_ARN = aws_sns_topic.alarms.arn
    }
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.notify.name
  }
}

resource "aws_cloudwatch_log_group" "notify" {
  name              = "/aws/lambda/${local.name}-notify"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.has_key ? var.kms_key_arn : null
}

resource "aws_iam_role" "notify" {
  name_prefix          = "${substr(local.name, 0, 30)}-notify-"
  description          = "What tells of failures of SSOSync for ${var.owner} may do"
  permissions_boundary = var.permissions_boundary_arn != "" ? var.permissions_boundary_arn : null
  assume_role_policy   = aws_iam_role.function.assume_role_policy
}

resource "aws_iam_role_policy" "notify" {
  name = "sso-sync-notify"
  role = aws_iam_role.notify.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        # Lambda writes what the function prints.
        {
          Sid      = "WriteNotifyLog"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/lambda/${local.name}-notify:*"
        },
        # SNS's Publish.
        {
          Sid      = "TellPeople"
          Effect   = "Allow"
          Action   = "sns:Publish"
          Resource = aws_sns_topic.alarms.arn
        },
      ],
      # Lambda's event source takes dead letters from their queue and deletes them.
      [for queue in var.tell_dead_letters ? [aws_sqs_queue.dead_letters.arn] : [] : {
        Sid      = "TakeDeadLetters"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        Resource = queue
      }],
      # SQS and SNS use the key of your own in the function's name.
      [for key in compact([var.kms_key_arn]) : {
        Sid      = "UseKeyToTell"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = key
        Condition = { StringEquals = {
          "kms:ViaService" = ["sqs.${local.region}.amazonaws.com", "sns.${local.region}.amazonaws.com"]
        } }
      }],
      # Lambda decrypts the environment with it when the function starts.
      [for key in compact([var.kms_key_arn]) : {
        Sid      = "DecryptNotifyEnvironment"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = key
        Condition = { StringLike = {
          "kms:EncryptionContext:aws:lambda:FunctionArn" = "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${local.name}-notify*"
        } }
      }],
    )
  })
}

resource "aws_lambda_event_source_mapping" "dead_letters" {
  count = var.tell_dead_letters ? 1 : 0

  event_source_arn                   = aws_sqs_queue.dead_letters.arn
  function_name                      = aws_lambda_function.notify.function_name
  batch_size                         = 100
  maximum_batching_window_in_seconds = 60
  function_response_types            = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = 2
  }

  # Lambda looks at the role's rights when it is to take from a queue.
  depends_on = [aws_iam_role_policy.notify]
}
