# SPDX-License-Identifier: Apache-2.0
#
# The queue of whoever runs the service. dev/check-deploy compares it with that of CloudFormation.

mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-west-1", name = "eu-west-1" }
  }

  override_resource {
    target = aws_sqs_queue.events
    values = {
      arn = "arn:aws:sqs:eu-west-1:111111111111:sso-sync-serve-events"
      url = "https://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync-serve-events"
    }
  }
  override_resource {
    target = aws_sqs_queue.dead_letters
    values = {
      arn = "arn:aws:sqs:eu-west-1:111111111111:sso-sync-serve-dead-letters"
      url = "https://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync-serve-dead-letters"
    }
  }
  override_resource {
    target = aws_cloudwatch_event_rule.events["calls"]
    values = { arn = "arn:aws:events:eu-west-1:111111111111:rule/sso-sync-serve-calls" }
  }
  override_resource {
    target = aws_cloudwatch_event_rule.events["notifications"]
    values = { arn = "arn:aws:events:eu-west-1:111111111111:rule/sso-sync-serve-notifications" }
  }
}

variables {
  owner = "serve"
}

run "events_alone" {
  module {
    source = "./events"
  }

  assert {
    condition     = length(aws_cloudwatch_event_target.queue) == 2
    error_message = "calls and notifications both reach the queue"
  }
}

run "events_with_most" {
  module {
    source = "./events"
  }
  variables {
    alarm_topic_arn = "arn:aws:sns:eu-west-1:111111111111:alarms"
    kms_key_arn     = "arn:aws:kms:eu-west-1:111111111111:key/own"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.waiting.alarm_actions == toset([var.alarm_topic_arn])
    error_message = "somebody hears of it"
  }
}

run "an_owner_that_does_not_fit_the_queue_is_refused" {
  command = plan
  module {
    source = "./events"
  }
  variables {
    owner = "more-than-twenty-four-is-too-long"
  }
  expect_failures = [var.owner]
}
