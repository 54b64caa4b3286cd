# SPDX-License-Identifier: Apache-2.0
#
# The function in the role *hub*: in the account and Region of IAM Identity Center, without a VPC and without rights on any
# database. It reads the directory, signs what it read, and sends it to spokes.

data "aws_partition" "current" {}
data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

locals {
  name      = "sso-sync-${var.owner}-hub"
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id
  account   = data.aws_caller_identity.current.account_id

  has_configuration_bucket = var.configuration_bucket != ""
  has_key                  = var.kms_key_arn != ""

  environment = merge(
    {
      SSOSYNC_ROLE                 = "hub"
      SSOSYNC_CONFIGURATION        = local.has_configuration_bucket ? "s3://${var.configuration_bucket}/${var.configuration_key}" : var.configuration_key
      SSOSYNC_CONFIGURATION_SHA256 = var.configuration_sha256
      SSOSYNC_EVENT_QUEUE_URL      = aws_sqs_queue.events.url
      SSOSYNC_EVERYONE_QUEUE_URL   = aws_sqs_queue.everyone.url
    },
    local.has_configuration_bucket ? { SSOSYNC_CONFIGURATION_VERSION = var.configuration_version } : {},
  )
}

# A version is published whenever something about the function changes. Those before stay, for rollback.
resource "aws_lambda_function" "function" {
  function_name     = local.name
  description       = "SSOSync's hub for ${var.owner}: changes in the directory become messages to spokes; code ${var.code_version}, release ${var.release}"
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

  # Lambda looks at the role's rights when it attaches a function to a queue.
  depends_on = [aws_iam_role_policy.function]
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
