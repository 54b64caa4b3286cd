# SPDX-License-Identifier: Apache-2.0
#
# What a CloudFormation template comes to with given parameters, as far as that can be known without AWS.
import functools
import re

REGION, ACCOUNT = "eu-west-1", "111111111111"
PSEUDO = {
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::StackName": "stack",
}
OWN_NAMES = ("FunctionName", "LogGroupName", "QueueName", "TopicName", "Name")
NOTHING = object()


class Stack:
    def __init__(self, template, parameters, account=ACCOUNT):
        self.template, self.account = template, account
        self.parameters = {
            name: self.typed(definition, parameters.get(name, definition.get("Default")))
            for name, definition in template["Parameters"].items()
        }

    @functools.cached_property
    def resources(self):
        return {
            name: {"Type": resource["Type"], "Properties": self.value(resource.get("Properties", {}))}
            for name, resource in self.template["Resources"].items()
            if self.holds(resource.get("Condition"))
        }

    @staticmethod
    def typed(definition, value):
        if definition["Type"] == "CommaDelimitedList":
            # A list by default is one of one empty text.
            return value.split(",") if isinstance(value, str) else value or [""]
        # Of a list of Terraform's, what has room for one has the first.
        value = value[0] if isinstance(value, list) else value
        return int(value) if definition["Type"] == "Number" else value

    def of(self, kind):
        """The properties of the resources of a type, by their names."""
        return {name: each["Properties"] for name, each in self.resources.items() if each["Type"] == kind}

    def refusals(self):
        """What the template says against its parameters: for each that does not fit, and for each rule that is not kept."""
        for name, definition in self.template["Parameters"].items():
            if not self.fits(definition, self.parameters[name]):
                yield f"{name}: {definition.get('ConstraintDescription', '')}"
        for rule in self.template.get("Rules", {}).values():
            if self.value(rule.get("RuleCondition", True)):
                yield from (each["AssertDescription"] for each in rule["Assertions"] if not self.value(each["Assert"]))

    @staticmethod
    def fits(definition, value):
        if definition["Type"] == "Number" and not (
            definition.get("MinValue", value) <= value <= definition.get("MaxValue", value)
        ):
            return False
        if definition["Type"] == "String" and not (
            isinstance(value, str)
            and re.search(definition.get("AllowedPattern", ""), value)
            and len(value) >= definition.get("MinLength", 0)
        ):
            return False
        return value in definition.get("AllowedValues", [value])

    def holds(self, condition):
        if condition is None:
            return True
        return self.value(self.template["Conditions"][condition]) if isinstance(condition, str) else self.value(condition)

    def value(self, node):
        if isinstance(node, list):
            return [value for value in map(self.value, node) if value is not NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (name, argument), = node.items()
            if name in ("Ref", "Condition") and isinstance(argument, str):
                return self.reference(argument) if name == "Ref" else self.holds(argument)
            if name.startswith("Fn::"):
                return getattr(self, name[4:].lower())(argument)
        values = {key: self.value(value) for key, value in node.items()}
        return {key: value for key, value in values.items() if value is not NOTHING}

    def reference(self, name):
        if name == "AWS::NoValue":
            return NOTHING
        if name == "AWS::AccountId":
            return self.account
        if name in PSEUDO:
            return PSEUDO[name]
        return self.parameters[name] if name in self.parameters else self.attribute(name, "Ref")

    def attribute(self, name, attribute):
        """An attribute of a resource, from its name where AWS makes it of that; else a text that names both."""
        resource = self.template["Resources"][name]
        properties = resource.get("Properties", {})
        own = self.value(next((properties[key] for key in properties if key in OWN_NAMES), name))
        place = f"{REGION}:{self.account}"
        known = {
            ("AWS::Lambda::Function", "Ref"): own,
            ("AWS::Lambda::Function", "Arn"): f"arn:aws:lambda:{place}:function:{own}",
            ("AWS::Logs::LogGroup", "Ref"): own,
            ("AWS::SQS::Queue", "Ref"): f"https://sqs.{REGION}.amazonaws.com/{self.account}/{own}",
            ("AWS::SQS::Queue", "Arn"): f"arn:aws:sqs:{place}:{own}",
            ("AWS::SQS::Queue", "QueueName"): own,
            ("AWS::SNS::Topic", "Ref"): f"arn:aws:sns:{place}:{own}",
            ("AWS::Events::EventBus", "Ref"): own,
            ("AWS::Events::EventBus", "Arn"): f"arn:aws:events:{place}:event-bus/{own}",
            ("AWS::KMS::Key", "Arn"): f"arn:aws:kms:{place}:key/{name}",
            ("AWS::S3::Bucket", "Ref"): name.lower(),
            ("AWS::S3::Bucket", "Arn"): f"arn:aws:s3:::{name.lower()}",
            ("AWS::IAM::Role", "Ref"): name,
            ("AWS::IAM::Role", "Arn"): f"arn:aws:iam::{self.account}:role/{name}",
        }
        if resource["Type"] == "AWS::Lambda::Alias":
            return f"arn:aws:lambda:{place}:function:{self.value(properties['FunctionName'])}:live"
        if resource["Type"] == "AWS::Events::Rule" and attribute == "Arn":
            return f"arn:aws:events:{place}:rule/{self.value(properties['Name'])}"
        if resource["Type"] == "AWS::EC2::SecurityGroup":
            return {"SecurityGroup": "sg-function", "EndpointSecurityGroup": "sg-endpoints"}[name]
        return known.get((resource["Type"], attribute), f"{name}.{attribute}")

    # CloudFormation's functions, by their names.

    def equals(self, argument):
        # CloudFormation compares texts, whatever they are of.
        left, right = map(str, self.value(argument))
        return left == right

    def and_(self, argument):
        return all(self.value(argument))

    def or_(self, argument):
        return any(self.value(argument))

    def not_(self, argument):
        return not self.value(argument)[0]

    def if_(self, argument):
        condition, yes, no = argument
        return self.value(yes if self.holds(condition) else no)

    def eachmemberequals(self, argument):
        values, wanted = self.value(argument)
        return all(value == wanted for value in values)

    def join(self, argument):
        separator, parts = argument
        return separator.join(self.value(parts))

    def split(self, argument):
        separator, text = argument
        return self.value(text).split(separator)

    def select(self, argument):
        index, values = argument
        return self.value(values)[int(index)]

    def findinmap(self, argument):
        name, first, second = self.value(argument)
        return self.template["Mappings"][name][str(first)][second]

    def getatt(self, argument):
        name, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
        return self.attribute(name, attribute)

    def sub(self, argument):
        text, own = argument if isinstance(argument, list) else (argument, {})

        def one(match):
            name, _, attribute = match.group(1).partition(".")
            if name in own:
                return self.value(own[name])
            return str(self.attribute(name, attribute) if attribute else self.reference(name))

        return re.sub(r"\$\{([^}!]+)\}", one, text)


for name in ("and", "or", "not", "if"):
    setattr(Stack, name, getattr(Stack, f"{name}_"))
