# SPDX-License-Identifier: Apache-2.0
#
# A plan does not need to know the ids of what it makes.

mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1", name = "eu-west-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }
}

run "what_is_made_beside_them_can_be_referred_to" {
  command = plan
  module {
    source = "./tests/references"
  }
}
