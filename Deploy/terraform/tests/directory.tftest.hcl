# SPDX-License-Identifier: Apache-2.0
#
# The rules in the account of IAM Identity Center. dev/check-deploy compares them with those of CloudFormation.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  override_resource {
    target = aws_iam_role.rules
    values = { arn = "arn:aws:iam::111111111111:role/Role", id = "Role" }
  }
  override_resource {
    target = aws_sqs_queue.dead_letters
    values = {
      arn = "arn:aws:sqs:eu-west-1:111111111111:sso-sync-prod-directory-dead-letters"
      url = "https://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync-prod-directory-dead-letters"
    }
  }
  override_resource {
    target = aws_cloudwatch_event_rule.directory["calls"]
    values = { arn = "arn:aws:events:eu-west-1:111111111111:rule/sso-sync-prod-directory-calls" }
  }
  override_resource {
    target = aws_cloudwatch_event_rule.directory["notifications"]
    values = { arn = "arn:aws:events:eu-west-1:111111111111:rule/sso-sync-prod-directory-notifications" }
  }
}

variables {
  owner   = "prod"
  bus_arn = "arn:aws:events:us-east-1:333333333333:event-bus/sso-sync-prod"
}

run "rules_alone" {
  module {
    source = "./directory"
  }
  variables {
    permissions_boundary_arn = "arn:aws:iam::111111111111:policy/boundary"
  }

  assert {
    condition     = length(aws_cloudwatch_event_target.bus) == 2
    error_message = "calls and notifications are both sent"
  }
}

run "rules_with_most" {
  module {
    source = "./directory"
  }
  variables {
    alarm_topic_arn          = "arn:aws:sns:eu-west-1:111111111111:alarms"
    kms_key_arn              = "arn:aws:kms:eu-west-1:111111111111:key/own"
    permissions_boundary_arn = "arn:aws:iam::111111111111:policy/boundary"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.dead_letters.alarm_actions == toset([var.alarm_topic_arn])
    error_message = "somebody hears of what could not be sent"
  }
}

run "what_does_not_fit_the_rules_is_refused" {
  command = plan
  module {
    source = "./directory"
  }
  variables {
    owner   = "the owner"
    bus_arn = "arn:aws:events:us-east-1:333333333333:rule/sso-sync-prod"
  }
  expect_failures = [var.owner, var.bus_arn]
}
