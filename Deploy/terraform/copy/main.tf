# SPDX-License-Identifier: Apache-2.0
#
# For a hub with spokes in another Region: the bucket there that gets a copy of its snapshot, in the hub's account. Docs/deploy.md says
# more.

locals {
  has_key = var.kms_key_arn != ""
}

# As the hub's own. S3 destroys no bucket that has something in it.
resource "aws_s3_bucket" "copies" {
  bucket_prefix = "sso-sync-copy-"
}

resource "aws_s3_bucket_versioning" "copies" {
  bucket = aws_s3_bucket.copies.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "copies" {
  bucket = aws_s3_bucket.copies.id

  rule {
    bucket_key_enabled = local.has_key ? true : null

    apply_server_side_encryption_by_default {
      sse_algorithm     = local.has_key ? "aws:kms" : "AES256"
      kms_master_key_id = local.has_key ? var.kms_key_arn : null
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "copies" {
  bucket = aws_s3_bucket_versioning.copies.bucket

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 7
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "copies" {
  bucket = aws_s3_bucket.copies.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "copies" {
  bucket = aws_s3_bucket.copies.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# Which role of a spoke's account may read, its own policy says. That the hub may write, the hub's does.
resource "aws_s3_bucket_policy" "copies" {
  bucket = aws_s3_bucket.copies.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid       = "OnlyByTLS"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.copies.arn, "${aws_s3_bucket.copies.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }],
      [for accounts in length(var.spoke_account_ids) > 0 ? [var.spoke_account_ids] : [] : {
        Sid       = "BeReadBySpokes"
        Effect    = "Allow"
        Principal = { AWS = accounts }
        Action    = "s3:GetObject"
        Resource  = "${aws_s3_bucket.copies.arn}/snapshot.json"
      }],
    )
  })

  # S3 takes one change of who may use a bucket at a time.
  depends_on = [aws_s3_bucket_public_access_block.copies]
}
