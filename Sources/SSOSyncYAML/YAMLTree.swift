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
            try checkKeys(members)
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
        try check(scalar.tag, line: key.mark?.line)
        return ConfigurationValue.Member(
            key: scalar.string, line: key.mark?.line, value: try self.value(value, depth: depth + 1)
        )
    }

    /// The parser finds keys that are equal to it; `yes` and `"yes"` are not, and are the same key here.
    private static func checkKeys(_ members: [ConfigurationValue.Member]) throws(YAMLProblem) {
        var seen: Set<String> = []
        for member in members where !seen.insert(member.key).inserted {
            let key = Printable.quoted(member.key)
            throw YAMLProblem(line: member.line, message: "the key \(key) stands twice in one mapping")
        }
    }

    private static func value(_ scalar: Node.Scalar, line: Int?) throws(YAMLProblem) -> ConfigurationValue {
        try check(scalar.tag, line: line)
        return ConfigurationValue(scalar.style == .plain ? .plain(scalar.string) : .string(scalar.string), line: line)
    }

    /// The parser leaves a tag implicit unless the document has one.
    private static func check(_ tag: Tag, line: Int?) throws(YAMLProblem) {
        guard tag.description.isEmpty || tag.description == "!" else {
            throw YAMLProblem(line: line, message: "tags (!name) are not supported here")
        }
    }
}
