# SPDX-License-Identifier: Apache-2.0
#
# What moto's EventBridge lacks beside the real one: that a target which says nothing of its input gets the whole event,
# the account included. Works with moto 5.2.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
from moto.events.models import EventTemplateParser


def whole(original):
    def parse(input_template, input_paths_map, event):
        if input_template:
            return original(input_template, input_paths_map, event)
        # Known to transformers alone.
        return {key: value for key, value in event.items() if key != "ingestion-time"}

    return staticmethod(parse)


def install():
    EventTemplateParser.parse = whole(EventTemplateParser.parse)
