# SPDX-License-Identifier: Apache-2.0
#
# The bucket for a copy of the snapshot. dev/check-deploy compares it with that of CloudFormation.

mock_provider "aws" {
  override_resource {
    target = aws_s3_bucket.copies
    values = { arn = "arn:aws:s3:::copies", id = "copies", bucket = "copies" }
  }
}

run "copy_alone" {
  module {
    source = "./copy"
  }

  assert {
    condition     = !strcontains(aws_s3_bucket_policy.copies.policy, "Allow")
    error_message = "nobody of another account reads it"
  }
}

run "copy_with_most" {
  module {
    source = "./copy"
  }
  variables {
    spoke_account_ids = ["222222222222", "333333333333"]
    kms_key_arn       = "arn:aws:kms:eu-west-1:111111111111:key/copies"
  }

  assert {
    condition     = output.bucket_arn == "arn:aws:s3:::copies"
    error_message = "the hub is told where to"
  }
}
