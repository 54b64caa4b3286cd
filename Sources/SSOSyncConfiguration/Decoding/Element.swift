// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// A value together with where it stands and where to complain about it.
///
/// Whatever reads one complains if it is not what is expected, and then returns nil.
struct Element {
    let value: ConfigurationValue
    let path: ValuePath
    let log: ProblemLog

    init(_ value: ConfigurationValue, path: ValuePath = .root, log: ProblemLog) {
        self.value = value
        self.path = path
        self.log = log
    }

    /// Complains about the value.
    func complain(_ message: String) { log.add(message, at: path, line: value.line) }

    /// Complains that something else was expected.
    ///
    /// Says what kind of thing was found and not its value.
    func complain(expected: String) { complain("expected \(expected), found \(value.kind)") }

    var isNull: Bool {
        switch value.content {
        case .null: true
        case .plain(let text): Self.isNull(text)
        default: false
        }
    }

    private static func isNull(_ text: String) -> Bool { ["", "~", "null", "Null", "NULL"].contains(text) }

    var isEmptyMapping: Bool {
        if case .object(let members) = value.content { members.isEmpty } else { false }
    }

    // MARK: Scalars

    /// Text, which YAML needs no quotes for, unless it would be null.
    func text(expected: String = "text") -> String? {
        switch value.content {
        case .string(let text) where !text.isEmpty: return text
        case .plain(let text) where !Self.isNull(text): return text
        case .string: complain("expected \(expected), found an empty text")
        case .plain(let text) where !text.isEmpty:
            complain(
                "expected \(expected), found nothing: YAML takes \(text) for nothing, put it into quotes if it is a text"
            )
        case .integer, .double, .boolean:
            complain("expected \(expected), found \(value.kind): put it into quotes")
        default: complain(expected: expected)
        }
        return nil
    }

    /// A whole number within limits.
    func wholeNumber(_ range: ClosedRange<Int>, unit: String = "a whole number") -> Int? {
        let expected = "\(unit) from \(range.lowerBound) to \(range.upperBound)"
        guard let number else {
            if case .plain(let text) = value.content, text.hasPrefix("0"), Int(text) != nil {
                complain("expected \(expected), without a leading zero")
            } else if let otherNumber {
                complain("expected \(expected), found \(otherNumber)")
            } else {
                complain(expected: expected)
            }
            return nil
        }
        guard range.contains(number) else {
            complain("expected \(expected), found \(number)")
            return nil
        }
        return number
    }

    /// The whole number that it is; nil if it is none.
    var number: Int? {
        switch value.content {
        case .integer(let number): number
        case .plain(let text): Self.wholeNumber(text)
        default: nil
        }
    }

    /// A number that is not whole, or too large, as it stands there: where a number belongs it is no secret.
    private var otherNumber: String? {
        switch value.content {
        case .double(let number): "\(number)"
        case .plain(let text) where text.utf8.allSatisfy(Self.isPartOfNumber) && Double(text) != nil: text
        default: nil
        }
    }

    private static func isPartOfNumber(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || "+-.eE".utf8.contains(byte)
    }

    /// Decimal digits without a leading zero, which other readers take for octal.
    private static func wholeNumber(_ text: String) -> Int? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), digits.count == 1 || !digits.hasPrefix("0") else {
            return nil
        }
        return Int(text)
    }

    /// `true` or `false`.
    func boolean() -> Bool? {
        switch value.content {
        case .boolean(let flag): return flag
        case .plain("true"): return true
        case .plain("false"): return false
        default:
            complain(expected: "true or false")
            return nil
        }
    }

    /// One of a few words.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ type: Choice.Type) -> Choice? {
        let words = Choice.allCases.map(\.rawValue)
        let expected = "one of \(words.joined(separator: ", "))"
        guard let text = text(expected: expected) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        complain("expected \(expected), found \(Printable.quoted(text))\(Suggestion.phrase(for: text, among: words))")
        return nil
    }

    // MARK: Containers

    /// The elements of a list.
    func elements(of what: String = "a list") -> [Element]? {
        guard case .array(let values) = value.content else {
            complain(expected: what)
            return nil
        }
        return values.enumerated().map { Element($1, path: .index($0, of: path), log: log) }
    }

    /// The members of a mapping whose keys are free.
    func members(of what: @autoclosure () -> String = "a mapping") -> [(key: String, line: Int?, element: Element)]? {
        guard case .object(let members) = value.content else {
            complain(expected: what())
            return nil
        }
        return members.map { ($0.key, $0.line, Element($0.value, path: .key($0.key, of: path), log: log)) }
    }

    /// The members of a mapping whose keys are known; complains about every other.
    ///
    /// - Parameters:
    ///   - keys: The keys that there may be.
    ///   - later: Keys that a later version will know, with what to do until then.
    func fields(_ keys: [String], later: [String: String] = [:]) -> Fields? {
        guard let members = members(of: "a mapping with \(keys.joined(separator: ", "))") else { return nil }
        var known: [(key: String, element: Element)] = []
        known.reserveCapacity(members.count)
        for member in members {
            if keys.contains(member.key) {
                known.append((member.key, member.element))
            } else if let advice = later[member.key] {
                log.add("comes with a later version\(advice)", at: member.element.path, line: member.line)
            } else {
                complainAboutUnknown(member.key, line: member.line, keys: keys)
            }
        }
        return Fields(whole: self, elements: known)
    }

    private func complainAboutUnknown(_ key: String, line: Int?, keys: [String]) {
        let guess = Suggestion.phrase(for: key, among: keys)
        let advice = guess.isEmpty ? "; the keys here are \(keys.joined(separator: ", "))" : guess
        log.add("unknown key \(Printable.quoted(key))\(advice)", at: path, line: line)
    }
}

/// The members of a mapping whose keys are known.
struct Fields {
    let whole: Element
    /// Few, so that they are found sooner one by one than by a hash.
    fileprivate let elements: [(key: String, element: Element)]

    /// A member that there need not be.
    subscript(_ key: String) -> Element? { elements.first { $0.key == key }?.element }

    /// A member that there has to be; complains if there is none.
    func required(_ key: String, _ what: String) -> Element? {
        if let element = self[key] { return element }
        whole.complain("\(key) is missing: \(what)")
        return nil
    }
}
