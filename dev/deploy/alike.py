# SPDX-License-Identifier: Apache-2.0
#
# Templates that can be deployed by themselves have to be whole, so hub and spoke repeat what they have in common with
# single. This finds where one was changed and another forgotten.
import json

from words import rights, with_conditional

# What has the same name and is another's: all else of the same name is the same.
OWN = {
    "hub": {"Function", "ErrorsAlarm", "ReportsBucket", "Role", "UseKey", "KmsKeyArn", "RoleArn"},
    "spoke": {
        "Function", "Role", "Rights", "Control", "ControlRole", "ControlPolicy", "ScheduleMinutes", "BatchWindow",
        "ProvisionerArns", "ReportsBucket", "ReportsPrefix", "KeepReports", "LockReports", "AlarmEmail", "MakesBucketEndpoint", "Queue", "DeadLetters", "QueuePolicy", "EventSource",
        "FullRunAlarm", "RemovalsAlarm", "LeaversAlarm", "DeadLettersAlarm", "WaitingAlarm", "ErrorsAlarm", "SecurityGroup", "DatabaseIngress",
        "EndpointSecurityGroup", "FunctionAlias", "RoleArn", "QueueUrl", "DeadLettersUrl", "AlarmTopicArn",
    },
}


def parts(template):
    """What a template has, by kind and name; of rights each by itself."""
    for section in ("Parameters", "Rules", "Mappings", "Conditions", "Resources", "Outputs"):
        for name, value in template[section].items():
            yield (section, name), value
    for statement in rights(template["Resources"]):
        yield ("rights", next(with_conditional([statement]))["Sid"]), statement


def differences(form, single, other, prefix):
    """What has one name in both and is not the same, but for the names that begin with a prefix."""
    theirs = dict(parts(single))
    for (kind, name), value in parts(other):
        if (kind, name) not in theirs or name in OWN[form]:
            continue
        # What figures are counted for.
        text = json.dumps(value).replace('{"Fn::Sub": "${Owner}/${SpokeName}"}', '{"Ref": "Owner"}')
        if text.replace(prefix, "sso-sync-${Owner}") != json.dumps(theirs[kind, name]):
            yield f"{name} ({kind}) is another in {form}.yaml than in single.yaml"
    unneeded = OWN[form] - {name for (kind, name), value in parts(other) if theirs.get((kind, name), value) != value}
    yield from (f"{name} of {form}.yaml is the same as in single.yaml" for name in sorted(unneeded))
