# SPDX-License-Identifier: Apache-2.0
#
# Whether what a stack cannot do is kept, and heard of.

# The end of the name of a queue that keeps what could not be done; what comes before it begins the names of alarms, too.
KEPT = "-dead-letters"
TWO_WEEKS = 1209600
# The end of the name of a queue of readings of everyone, which a schedule makes as well.
COMING_AGAIN = "-everyone.fifo"


def dead_letters(made):
    """What becomes of messages and events that nothing can be done with, if it is not that they are kept, and watched."""
    queues = made.of("AWS::SQS::Queue")
    kept = {made.attribute(name, "Arn"): each for name, each in queues.items() if each["QueueName"].endswith(KEPT)}
    for name, properties in queues.items():
        if properties["QueueName"].endswith(KEPT):
            if properties["MessageRetentionPeriod"] != TWO_WEEKS:
                yield f"{name} does not keep for two weeks what could not be done"
            if ("AWS/SQS", "ApproximateNumberOfMessagesVisible", properties["QueueName"]) not in watched(made):
                yield f"no alarm rings for what is in {name}"
        elif properties["QueueName"].endswith(COMING_AGAIN):
            if not any("ScheduleExpression" in each for each in made.of("AWS::Events::Rule").values()):
                yield f"what {name} cannot get done no schedule does"
            if ("SSOSync", "WideReadingsGivenUp", made.parameters["Owner"]) not in watched(made):
                yield f"no alarm rings for what {name} cannot get done"
        elif properties.get("RedrivePolicy", {}).get("deadLetterTargetArn") not in kept:
            yield f"what {name} cannot get done is gone"
    for name, properties in made.of("AWS::Events::Rule").items():
        # A schedule comes again by itself.
        for target in properties["Targets"] if "EventPattern" in properties else []:
            if target.get("DeadLetterConfig", {}).get("Arn") not in kept:
                yield f"what {name} cannot deliver is gone"


def errors(made):
    """Which functions may fail, or not do what nobody waits for, without an alarm, or somebody who is told."""
    for each in made.of("AWS::Lambda::Function").values():
        if ("AWS/Lambda", "Errors", each["FunctionName"]) not in watched(made):
            yield f"no alarm rings if {each['FunctionName']} fails"
    for each in made.of("AWS::Lambda::EventInvokeConfig").values():
        if "DestinationConfig" not in each and ("AWS/Lambda", "AsyncEventsDropped", each["FunctionName"]) not in watched(made):
            yield f"nobody is told what {each['FunctionName']} was asked and has not done"


def alarms(made, wanted):
    """Which alarms there are too many or too few, and of which nobody hears."""
    found = {each["AlarmName"]: each for each in made.of("AWS::CloudWatch::Alarm").values()}
    if not found and not wanted:
        return
    # Who makes no topic may be given one.
    topics = [made.reference(name) for name in made.of("AWS::SNS::Topic")] or [made.parameters["AlarmTopicArn"]]
    actions = [*filter(None, topics)] or None
    start = next(each["QueueName"] for each in made.of("AWS::SQS::Queue").values() if each["QueueName"].endswith(KEPT))
    expected = {f"{start.removesuffix(KEPT)}-{name}": name for name in wanted}
    if {*found} != {*expected}:
        yield f"the alarms are {', '.join(sorted(found))}"
    for name, alarm in ((name, found[alarm]) for alarm, name in expected.items() if alarm in found):
        # What nobody has looked for is not over.
        of_missing = "breaching" if name == "full-run" else "ignore" if name in ("removals-withheld", "leavers-not-out") else "notBreaching"
        properties = [figures(alarm)[0]["MetricName"], *map(alarm.get, ("TreatMissingData", "AlarmActions", "OKActions"))]
        if properties != [wanted[name], of_missing, actions, actions]:
            yield f"the alarm {name} is {properties}"
        # Of several figures any one is enough.
        results = [each.get("Expression") for each in alarm.get("Metrics", []) if each.get("ReturnData", True)]
        if results not in ([], ["SUM(METRICS())"]):
            yield f"the alarm {name} rings by {results}"


def unheard(made):
    """Which alarms watch the figures of nobody here, or of another one beside it as well."""
    functions = [each["Environment"]["Variables"] for each in made.of("AWS::Lambda::Function").values()]
    names = {each.get("SSOSYNC_SPOKE") for each in functions if each["SSOSYNC_ROLE"] != "notify"}
    counted = {"/".join(filter(None, (made.parameters["Owner"], name))) for name in names}
    for alarm in made.of("AWS::CloudWatch::Alarm").values():
        of = {each["Value"] for figure in figures(alarm) if figure["Namespace"] == "SSOSync" for each in figure["Dimensions"]}
        if not of <= counted or len(counted) > 1:
            yield f"the alarm {alarm['AlarmName']} watches {', '.join(of)}, and the functions count for {', '.join(counted)}"


def figures(alarm):
    """The figures that an alarm watches, one or several."""
    return [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]


def watched(made):
    """The figures that alarms watch, each with what it is of."""
    return {
        (figure["Namespace"], figure["MetricName"], dimension["Value"])
        for alarm in made.of("AWS::CloudWatch::Alarm").values()
        for figure in figures(alarm)
        for dimension in figure["Dimensions"]
    }
