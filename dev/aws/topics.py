# SPDX-License-Identifier: Apache-2.0
#
# What moto's Simple Notification Service lacks beside the real one: that a topic says how many subscriptions it has. Works
# with moto 5.2, which keeps the number under a misspelled name.
# https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
from moto.sns.models import Topic


def confirmed(topic):
    return sum(subscription.topic.arn == topic.arn for subscription in topic.sns_backend.subscriptions.values())


def install():
    # moto sets it to 0 when it makes a topic.
    Topic.subscriptions_confimed = property(confirmed, lambda topic, value: None)
