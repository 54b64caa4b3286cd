# SPDX-License-Identifier: Apache-2.0
#
# Makes plain CloudFormation of SAM templates: what needs no transform can be launched by one click, by StackSets and
# by CDK's CfnInclude. The comments come along.
import collections
import logging
import os
import pathlib
import re

import yaml
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "Deploy"
# For each SAM template what is made of it.
PLAIN = {
    DEPLOY / "sam/template.yaml": DEPLOY / "cloudformation/single.yaml",
    DEPLOY / "sam/hub.yaml": DEPLOY / "cloudformation/hub.yaml",
    DEPLOY / "sam/spoke.yaml": DEPLOY / "cloudformation/spoke.yaml",
}
HEADER = """\
# SPDX-License-Identifier: Apache-2.0
#
# Made of Deploy/sam/{} by dev/make-cloudformation. Change that, not this.
"""

# Bytes of a template that is handed over as it is
# (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html).
LIMIT = 51200
# Bytes of a parameter's value.
LIMIT_OF_PARAMETER = 4096

# The translator complains that it told nobody how long it took.
logging.getLogger("samtranslator.metrics").setLevel(logging.ERROR)


class NoPolicies:
    """Stands for IAM's managed policies, of which the template names none by their short names."""

    def load(self):
        return {}


class Writer(yaml.SafeDumper):
    """Writes functions in their short form (`!Ref`), which takes a tenth fewer bytes, and short lists on one line."""

    # Characters of a line: where one goes on in the next it takes some bytes more.
    WIDTH = 200
    # Characters on one line or two: what is longer has lines of its own for its parts.
    SHORT = 320

    def ignore_aliases(self, data):
        return True

    def represent_function(self, data):
        name, argument = next(iter(data.items())) if len(data) == 1 else ("", None)
        # Of functions that only rules have, no short form is documented.
        if (name != "Ref" and not name.startswith("Fn::")) or name == "Fn::EachMemberEquals":
            return self.represent_dict(data)
        is_attribute = name == "Fn::GetAtt" and isinstance(argument, list)
        node = self.represent_data(".".join(argument) if is_attribute else argument)
        node.tag = "!" + name.removeprefix("Fn::")
        return node

    def represent_sequence(self, tag, sequence, flow_style=None):
        return self.on_one_line(super().represent_sequence(tag, sequence, flow_style))

    def represent_mapping(self, tag, mapping, flow_style=None):
        return self.on_one_line(super().represent_mapping(tag, mapping, flow_style))

    def on_one_line(self, node):
        """Whatever is short, goes on one line, whatever is in it but statements further in: a statement's comment goes above
        the line that has its id, and may not get into a text that began before."""
        node.flow_style = node.flow_style or (self.width(node) <= self.SHORT and not self.leads_to_statements(node))
        return node

    @classmethod
    def leads_to_statements(cls, node):
        """Whether statements are in it, other than itself, or the one that a condition is before."""
        if isinstance(node, yaml.MappingNode):
            return any(cls.has_statement(value) for _, value in node.value)
        return cls.has_statement(node) and not isinstance(node.value[0], yaml.ScalarNode)

    @classmethod
    def has_statement(cls, node):
        if isinstance(node, yaml.ScalarNode):
            return False
        if isinstance(node, yaml.MappingNode):
            return any(key.value == "Sid" or cls.has_statement(value) for key, value in node.value)
        return any(map(cls.has_statement, node.value))

    @classmethod
    def width(cls, node):
        """About how many characters something takes on one line."""
        own = len(node.tag) if node.tag.startswith("!") else 0
        if isinstance(node, yaml.ScalarNode):
            return own + len(node.value)
        parts = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
        return own + sum(cls.width(part) + len(", ") for part in parts)

    def increase_indent(self, flow=False, indentless=False):
        """Whatever is on one line and goes on in the next, goes on two characters further in, however deep that is in it."""
        is_within = flow and self.flow_level > (0 if isinstance(self.event, yaml.ScalarEvent) else 1)
        super().increase_indent(flow, indentless or is_within)

    def choose_scalar_style(self):
        """What a function's short form has for an argument is quoted only if it has to be, as people write it."""
        style = super().choose_scalar_style()
        is_argument = style == "'" and self.event.tag and self.event.tag.startswith("!")
        may_be_plain = self.analysis.allow_flow_plain if self.flow_level else self.analysis.allow_block_plain
        return "" if is_argument and may_be_plain and not self.analysis.multiline else style


Writer.add_representer(dict, Writer.represent_function)


class Packager(yaml.SafeDumper):
    """Writes a SAM template as `sam deploy` does before it hands it over, with functions spelled out:
    https://github.com/aws/aws-sam-cli/blob/develop/samcli/yamlhelper.py"""

    def ignore_aliases(self, data):
        return True

    def represent_text(self, text):
        return self.represent_scalar("tag:yaml.org,2002:str", text, style="'" if text.startswith("0") else None)


Packager.add_representer(str, Packager.represent_text)
Packager.add_representer(collections.OrderedDict, lambda dumper, data: dumper.represent_dict(data.items()))


def packaged(path):
    """A SAM template as `sam deploy` hands it over."""
    return yaml.dump(read(path.read_text()), Dumper=Packager, default_flow_style=False)


def read(text):
    """A template with its short functions (`!Ref`) spelled out."""
    return yaml_parse(text)


def comments(text):
    """The comments of a template by what they stand above: a name of the second level, or the id of a statement."""
    found, pending = {}, []
    for line in text[text.index("AWSTemplateFormatVersion") :].splitlines():
        if line.lstrip().startswith("#"):
            pending.append(line.strip())
        elif name := re.match(r"^  (\w+):", line) or re.search(r"\bSid: (\w+)", line):
            if pending:
                found[name.group(1)] = pending
            pending = []
        elif pending and not re.match(r"\s+- (!If|!Ref \"AWS::NoValue\"|\w+)$", line):
            # A statement that stands under a condition has its id some lines below its comment; nothing else may.
            raise SystemExit(f"make-cloudformation: a comment stands above neither name nor statement: {pending[0]}")
    return found


def with_comments(plain, found):
    """The template, with the comments above what they stood above before."""
    lines, section = [], ""
    for line in plain.splitlines():
        section = line if re.match(r"^\w", line) else section
        is_named = section in ("Mappings:", "Resources:")
        name = (re.match(r"^  (\w+):", line) if is_named else None) or re.search(r"\bSid: (\w+)", line)
        indentation = re.match(r"^[\s-]*", line).group(0).replace("-", " ")
        lines += [indentation + comment for comment in (found.pop(name.group(1), []) if name else [])] + [line]
    if found:
        raise SystemExit(f"make-cloudformation: comments found no place: {', '.join(found)}")
    return "\n".join(lines) + "\n"


def make(path):
    """The plain form of a SAM template."""
    text = path.read_text()
    # The translator wants to know a Region; nothing in the template depends on it.
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    source = read(text)
    template = transform(read(text), {}, NoPolicies())
    # SAM puts its own resources last, and marks them as its own.
    template["Resources"] = {name: template["Resources"].pop(name) for name in source["Resources"]} | template["Resources"]
    for name in source["Resources"]:
        template["Resources"][name].get("Properties", {}).pop("Tags", None)
    # Lists and mappings of nothing but words go on one line: there is a limit to bytes.
    plain = yaml.dump(template, Dumper=Writer, sort_keys=False, default_flow_style=None, width=Writer.WIDTH, allow_unicode=True)
    made = HEADER.format(path.name) + with_comments(plain, comments(text))
    if read(made) != read(plain):
        raise SystemExit(f"make-cloudformation: a comment got into the template: {path.name}")
    return made
