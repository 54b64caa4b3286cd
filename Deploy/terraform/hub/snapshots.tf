# SPDX-License-Identifier: Apache-2.0
#
# What the hub signs with, and where the snapshot is.

# Nobody but the hub may sign, as long as nobody changes this policy; who may what else, policies of the account say. It is what
# is pinned everywhere, and cannot be made again: destroying it takes 30 days, in which that can be taken back.
resource "aws_kms_key" "signing" {
  description              = "Signs what the hub of SSOSync for ${var.owner} sends"
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AdministerByPolicies"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
        Action = [
          "kms:CancelKeyDeletion",
          "kms:CreateAlias",
          "kms:DeleteAlias",
          "kms:DescribeKey",
          "kms:DisableKey",
          "kms:EnableKey",
          "kms:GetKeyPolicy",
          "kms:GetKeyRotationStatus",
          "kms:GetPublicKey",
          "kms:ListKeyPolicies",
          "kms:ListResourceTags",
          "kms:PutKeyPolicy",
          "kms:ScheduleKeyDeletion",
          "kms:TagResource",
          "kms:UntagResource",
          "kms:UpdateAlias",
          "kms:UpdateKeyDescription",
          "kms:Verify",
        ]
        Resource = "*"
      },
      # KMS's Sign and GetPublicKey, for snapshots and excerpts.
      {
        Sid       = "SignByHub"
        Effect    = "Allow"
        Principal = { AWS = aws_iam_role.function.arn }
        Action    = ["kms:Sign", "kms:GetPublicKey"]
        Resource  = "*"
      },
    ]
  })
}

# S3 destroys no bucket that has something in it.
resource "aws_s3_bucket" "snapshots" {
  bucket_prefix = "${substr(lower(replace(local.name, "_", "-")), 0, 36)}-"
}

resource "aws_s3_bucket_versioning" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id

  rule {
    bucket_key_enabled = local.has_key ? true : null

    apply_server_side_encryption_by_default {
      sse_algorithm     = local.has_key ? "aws:kms" : "AES256"
      kms_master_key_id = local.has_key ? var.kms_key_arn : null
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "snapshots" {
  bucket = aws_s3_bucket_versioning.snapshots.bucket

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 7
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# Which role of a spoke's account may read, its own policy says.
resource "aws_s3_bucket_policy" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid       = "OnlyByTLS"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.snapshots.arn, "${aws_s3_bucket.snapshots.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }],
      [for accounts in length(var.spoke_account_ids) > 0 ? [var.spoke_account_ids] : [] : {
        Sid       = "BeReadBySpokes"
        Effect    = "Allow"
        Principal = { AWS = accounts }
        Action    = "s3:GetObject"
        Resource  = "${aws_s3_bucket.snapshots.arn}/snapshot.json"
      }],
    )
  })

  # S3 takes one change of who may use a bucket at a time.
  depends_on = [aws_s3_bucket_public_access_block.snapshots]
}
