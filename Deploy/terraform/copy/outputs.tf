# SPDX-License-Identifier: Apache-2.0

output "bucket_name" {
  description = "The bucket: s3://BUCKET/snapshot.json in the hub's configuration, and snapshot_bucket of the spokes in this Region"
  value       = aws_s3_bucket.copies.bucket
}

output "bucket_arn" {
  description = "The same bucket, for the hub's copy_bucket_arns"
  value       = aws_s3_bucket.copies.arn
}
