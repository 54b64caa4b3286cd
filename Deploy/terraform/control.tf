# SPDX-License-Identifier: Apache-2.0
#
# For people who approve what is done: nothing but who may invoke it leads here.

resource "aws_lambda_function" "control" {
  count = var.create_control ? 1 : 0

  function_name     = "${local.name}-control"
  description       = "SSOSync for ${var.owner}: plans, applies and examines for whoever may invoke it; code ${var.code_version}, release ${var.release}"
  runtime           = "provided.al2023"
  handler           = "bootstrap"
  architectures     = [var.architecture]
  s3_bucket         = var.code_bucket
  s3_key            = var.code_key
  s3_object_version = var.code_version
  memory_size       = var.memory_size
  timeout           = var.timeout
  role              = aws_iam_role.control[0].arn
  kms_key_arn       = local.has_key ? var.kms_key_arn : null
  publish           = true

  environment {
    variables = merge(local.configuration, { SSOSYNC_ROLE = "control" })
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.control[0].name
  }

  dynamic "vpc_config" {
    for_each = local.has_vpc ? [true] : []
    content {
      subnet_ids         = var.subnet_ids
      security_group_ids = local.security_group_ids
    }
  }

  # Lambda looks at the role's rights when it attaches a function to a VPC.
  depends_on = [aws_iam_role_policy.work]
}

resource "aws_lambda_alias" "control" {
  count = var.create_control ? 1 : 0

  name             = "live"
  function_name    = aws_lambda_function.control[0].function_name
  function_version = aws_lambda_function.control[0].version
}

# Whoever does not wait for the answer has it done soon, once, or not at all: nothing that was approved is tried again.
resource "aws_lambda_function_event_invoke_config" "control" {
  count = var.create_control ? 1 : 0

  function_name                = aws_lambda_function.control[0].function_name
  qualifier                    = aws_lambda_alias.control[0].name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 60
}

# Stays when the rest is destroyed: it tells what was approved.
resource "aws_cloudwatch_log_group" "control" {
  count = var.create_control ? 1 : 0

  name              = "/aws/lambda/${local.name}-control"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.has_key ? var.kms_key_arn : null
  skip_destroy      = true
}

resource "aws_iam_role" "control" {
  count = var.create_control ? 1 : 0

  name_prefix          = "${substr(local.name, 0, 29)}-control-"
  description          = "What people may have SSOSync for ${var.owner} do"
  permissions_boundary = var.permissions_boundary_arn != "" ? var.permissions_boundary_arn : null
  assume_role_policy   = aws_iam_role.function.assume_role_policy
}

# What it may do besides what the rights in role.tf are.
resource "aws_iam_role_policy" "control" {
  count = var.create_control ? 1 : 0

  name = "sso-sync-control"
  role = aws_iam_role.control[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      # Lambda writes what the function prints, figures included.
      [{
        Sid      = "WriteControlLog"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/lambda/${local.name}-control:*"
      }],
      # CloudTrail's calls, for the doctor: whether changes in the directory become events.
      [for _ in var.reader_role_arn == "" ? [true] : [] : {
        Sid      = "ExamineTrails"
        Effect   = "Allow"
        Action   = ["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"]
        Resource = "*"
      }],
      # SNS's GetTopicAttributes, for the doctor: whether somebody hears of it.
      [for arns in length(var.notify_topic_arns) > 0 ? [var.notify_topic_arns] : [] : {
        Sid      = "ExamineTopics"
        Effect   = "Allow"
        Action   = "sns:GetTopicAttributes"
        Resource = arns
      }],
      # EventBridge's DescribeEventBus, for the doctor: whether the bus is there.
      [for arns in length(var.notify_bus_arns) > 0 ? [var.notify_bus_arns] : [] : {
        Sid      = "ExamineBuses"
        Effect   = "Allow"
        Action   = "events:DescribeEventBus"
        Resource = arns
      }],
    )
  })
}

# For whoever is to plan and approve.
resource "aws_iam_policy" "control" {
  count = var.create_control ? 1 : 0

  name_prefix = "${substr(local.name, 0, 60)}-control-"
  description = "Having SSOSync for ${var.owner} do what control does"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # Lambda's Invoke, of the version that the alias leads to.
      {
        Sid      = "InvokeControl"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = aws_lambda_alias.control[0].arn
      },
    ]
  })
}
