# SPDX-License-Identifier: Apache-2.0
#
# The modules with what is made beside them, whose ids are known after apply only.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.60, < 7.0"
    }
  }
}

resource "aws_security_group" "database" {
  vpc_id = "vpc-1"
}

resource "aws_iam_role" "reader" {
  assume_role_policy = "{}"
}

resource "aws_s3_bucket" "reports" {}

resource "aws_kms_key" "own" {}

resource "aws_sns_topic" "told" {}

resource "aws_cloudwatch_event_bus" "directory" {
  name = "directory"
}

module "single" {
  source = "../.."

  owner                       = "prod"
  code_bucket                 = "example-code"
  code_key                    = "sso-sync.zip"
  code_version                = "code-version"
  configuration_sha256        = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  identity_store_id           = "d-1234567890"
  identity_store_region       = "eu-west-1"
  reader_role_arn             = aws_iam_role.reader.arn
  reports_bucket              = aws_s3_bucket.reports.id
  kms_key_arn                 = aws_kms_key.own.arn
  notify_topic_arns           = [aws_sns_topic.told.arn]
  vpc_id                      = "vpc-1"
  subnet_ids                  = ["subnet-1"]
  database_security_group_ids = [aws_security_group.database.id]
}

module "spoke" {
  source = "../../spoke"

  owner                       = "prod"
  spoke_name                  = "shop"
  code_bucket                 = "example-code"
  code_key                    = "sso-sync.zip"
  code_version                = "code-version"
  configuration_sha256        = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  hub_role_arn                = aws_iam_role.reader.arn
  snapshot_bucket             = "example-snapshots"
  reports_bucket              = aws_s3_bucket.reports.id
  kms_key_arn                 = aws_kms_key.own.arn
  vpc_id                      = "vpc-1"
  subnet_ids                  = ["subnet-1"]
  database_security_group_ids = [aws_security_group.database.id]
  create_vpc_endpoints        = true
  s3_gateway_exists           = true
}

module "directory" {
  source = "../../directory"

  owner           = "prod"
  bus_arn         = aws_cloudwatch_event_bus.directory.arn
  alarm_topic_arn = aws_sns_topic.told.arn
  kms_key_arn     = aws_kms_key.own.arn
}

module "events" {
  source = "../../events"

  owner           = "prod"
  alarm_topic_arn = aws_sns_topic.told.arn
  kms_key_arn     = aws_kms_key.own.arn
}
