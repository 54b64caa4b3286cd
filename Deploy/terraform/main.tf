# SPDX-License-Identifier: Apache-2.0
#
# The function in the role *single*: one account, one Region, reached by the directory's events and by a schedule.

data "aws_partition" "current" {}
data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

locals {
  name      = "sso-sync-${var.owner}"
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id
  account   = data.aws_caller_identity.current.account_id

  has_configuration_bucket = var.configuration_bucket != ""
  has_key                  = var.kms_key_arn != ""
  has_vpc                  = length(var.subnet_ids) > 0
  makes_security_group     = local.has_vpc && length(var.security_group_ids) == 0
  security_group_ids       = local.makes_security_group ? aws_security_group.function[*].id : var.security_group_ids

  configuration = merge(
    {
      SSOSYNC_CONFIGURATION        = local.has_configuration_bucket ? "s3://${var.configuration_bucket}/${var.configuration_key}" : var.configuration_key
      SSOSYNC_CONFIGURATION_SHA256 = var.configuration_sha256
    },
    local.has_configuration_bucket ? { SSOSYNC_CONFIGURATION_VERSION = var.configuration_version } : {},
  )
  environment = merge(local.configuration, {
    SSOSYNC_ROLE               = "single"
    SSOSYNC_EVENT_QUEUE_URL    = aws_sqs_queue.events.url
    SSOSYNC_EVERYONE_QUEUE_URL = aws_sqs_queue.everyone.url
  })
}

# A version is published whenever something about the function changes. Those before stay, for rollback.
resource "aws_lambda_function" "function" {
  function_name     = local.name
  description       = "SSOSync for ${var.owner}: changes in the directory become accounts in databases; code ${var.code_version}, release ${var.release}"
  runtime           = "provided.al2023"
  handler           = "bootstrap"
  architectures     = [var.architecture]
  s3_bucket         = var.code_bucket
  s3_key            = var.code_key
  s3_object_version = var.code_version
  memory_size       = var.memory_size
  timeout           = var.timeout
  role              = aws_iam_role.function.arn
  kms_key_arn       = local.has_key ? var.kms_key_arn : null
  publish           = true

  reserved_concurrent_executions = var.reserved_concurrency

  environment {
    variables = local.environment
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.function.name
  }

  dynamic "vpc_config" {
    for_each = local.has_vpc ? [true] : []
    content {
      subnet_ids         = var.subnet_ids
      security_group_ids = local.security_group_ids
    }
  }

  # Lambda looks at the role's rights when it attaches a function to a VPC.
  depends_on = [aws_iam_role_policy.function, aws_iam_role_policy.work]
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.function.function_name
  function_version = aws_lambda_function.function.version
}

# Stays when the rest is destroyed: it tells who got access when, and who lost it.
resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${local.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.has_key ? var.kms_key_arn : null
  skip_destroy      = true
}
