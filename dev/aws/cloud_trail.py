# SPDX-License-Identifier: Apache-2.0
#
# What moto's CloudTrail lacks beside the real one: that a trail says whether somebody has said what it logs, that the
# one way of saying so replaces the other, and that a trail is started by its ARN, too. Works with moto 5.2.
# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Trail.html
from moto.cloudtrail.models import CloudTrailBackend, Trail


def put_event_selectors(self, event_selectors, advanced_event_selectors):
    self.event_selectors = event_selectors or []
    self.advanced_event_selectors = advanced_event_selectors or []


def description(original):
    def answer(self, include_region=False):
        is_custom = bool(self.event_selectors or self.advanced_event_selectors)
        return {**original(self, include_region), "HasCustomEventSelectors": is_custom}

    return answer


def start_logging(original):
    return lambda self, name: original(self, name.split("/")[-1])


def install():
    CloudTrailBackend.start_logging = start_logging(CloudTrailBackend.start_logging)
    Trail.put_event_selectors, Trail.description = put_event_selectors, description(Trail.description)
