// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConfiguration
internal import Yams

/// Turns the composer's nodes into values.
enum YAMLTree {
    /// Deeper than any document that we know.
    private static let maximumDepth = 32

    static func value(_ node: Node, depth: Int) throws(YAMLProblem) -> ConfigurationValue {
        let line = node.mark?.line
        guard depth <= maximumDepth else { throw YAMLProblem(line: line, message: "is nested too deeply") }
        guard node.anchor == nil else {
            throw YAMLProblem(line: line, message: "anchors and aliases (&name, *name) are not supported here")
        }
        switch node {
        case .scalar(let scalar): return try value(scalar, line: line)
        case .sequence(let sequence):
            try check(sequence.tag, line: line)
            var elements: [ConfigurationValue] = []
            elements.reserveCapacity(sequence.count)
            for element in sequence { elements.append(try value(element, depth: depth + 1)) }
            return ConfigurationValue(.array(elements), line: line)
        case .mapping(let mapping):
            try check(mapping.tag, line: line)
            var members: [ConfigurationValue.Member] = []
            members.reserveCapacity(mapping.count)
            for (key, element) in mapping { members.append(try member(key, element, depth: depth)) }
            return ConfigurationValue(.object(members), line: line)
        case .alias:
            throw YAMLProblem(line: line, message: "anchors and aliases (&name, *name) are not supported here")
        }
    }

    private static func member(
        _ key: Node,
        _ value: Node,
        depth: Int
    ) throws(YAMLProblem) -> ConfigurationValue.Member {
        guard case .scalar(let scalar) = key, key.anchor == nil else {
            throw YAMLProblem(line: key.mark?.line, message: "expected a text as the key of a mapping")
        }
        if !isText(scalar.tag) { try check(scalar.tag, line: key.mark?.line) }
        return ConfigurationValue.Member(
            key: scalar.string,
            line: key.mark?.line,
            value: try self.value(value, depth: depth + 1)
        )
    }

    private static func value(_ scalar: Node.Scalar, line: Int?) throws(YAMLProblem) -> ConfigurationValue {
        if !isText(scalar.tag) { try check(scalar.tag, line: line) }
        let isPlain = scalar.style == .plain && !isText(scalar.tag)
        return ConfigurationValue(isPlain ? .plain(scalar.string) : .string(scalar.string), line: line)
    }

    /// Whether it is the tag of a text in quotes, which keys get too when the parser compares them.
    ///
    /// `!!str 5` means the same.
    private static func isText(_ tag: Tag) -> Bool { tag.description == "tag:yaml.org,2002:str" }

    /// The parser leaves the tags of everything else implicit, unless the document has one.
    private static func check(_ tag: Tag, line: Int?) throws(YAMLProblem) {
        guard tag.description.isEmpty || tag.description == "!" else {
            throw YAMLProblem(line: line, message: "tags (!name) are not supported here")
        }
    }
}
