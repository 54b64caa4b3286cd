// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Kinds of values that the configuration has in several places.
extension Element {
    /// A name that goes into markers, logs and command lines.
    func name() -> String? {
        let expected = "a name of at most 63 letters, digits, dots, hyphens and underscores"
        guard let text = text(expected: expected) else { return nil }
        if text.utf8.count <= 63, text.utf8.allSatisfy(Self.isNameByte) { return text }
        complain("expected \(expected), found \(Printable.quoted(text))")
        return nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        Self.isLetterOrDigit(byte) || "._-".utf8.contains(byte)
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// A host name or a numeric address: nothing that libpq would take for several hosts or for a socket's folder.
    func host() -> String? {
        guard let text = text(expected: "a host name") else { return nil }
        if text.utf8.count <= 253, text.utf8.allSatisfy({ Self.isNameByte($0) || $0 == UInt8(ascii: ":") }) {
            return text
        }
        complain("expected a bare host name, without scheme, port or path, found \(Printable.quoted(text))")
        return nil
    }

    /// The host part of MySQL's accounts: a name, an address or a network, in which `%` and `_` stand for other characters
    /// (<https://dev.mysql.com/doc/refman/8.4/en/account-names.html>).
    ///
    /// In lower case, as the server stores it.
    func accountHost() -> String? {
        let expected = #"the host part of accounts, such as "%" or 10.0.0.0/8"#
        guard let text = text(expected: expected) else { return nil }
        if text.utf8.count <= 255, text.utf8.allSatisfy({ Self.isNameByte($0) || "%:/".utf8.contains($0) }) {
            return text.lowercased()
        }
        complain("expected \(expected), at most 255 characters, found \(Printable.quoted(text))")
        return nil
    }

    /// A TCP port.
    func port() -> Int? { wholeNumber(1...65_535, unit: "a port") }

    /// The name of a region, such as `eu-west-1`.
    func region() -> String? {
        guard let text = text(expected: "a region such as eu-west-1") else { return nil }
        let isRegion = text.utf8.allSatisfy { Self.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
        if isRegion, text == text.lowercased() { return text }
        complain("expected a region such as eu-west-1, found \(Printable.quoted(text))")
        return nil
    }

    /// The name of an environment variable.
    ///
    /// Whatever else stands here may be the secret itself, so it is not shown.
    func variableName() -> String? {
        guard let text = text(expected: "the name of an environment variable") else { return nil }
        let isName = text.utf8.allSatisfy { Self.isLetterOrDigit($0) || $0 == UInt8(ascii: "_") }
        if isName, text.utf8.first.map({ !(0x30...0x39).contains($0) }) == true { return text }
        complain("expected the name of an environment variable, found other text")
        return nil
    }

    /// `30d`, `12h` or `0d`, in seconds.
    func duration() -> Int64? {
        duration(["d": 86_400, "h": 3_600], expected: "a number of days or hours such as 30d, 12h or 0d")
    }

    /// `15m`, `12h` or `1d`, in seconds, and at least a minute.
    func age() -> Int64? {
        let expected = "a number of minutes, hours or days such as 15m, 1h or 1d"
        guard let seconds = duration(["d": 86_400, "h": 3_600, "m": 60], expected: expected) else { return nil }
        if seconds > 0 { return seconds }
        complain("expected \(expected), found nothing that would be long enough")
        return nil
    }

    private func duration(_ seconds: [Character: Int64], expected: String) -> Int64? {
        guard let text = text(expected: expected) else { return nil }
        let digits = text.dropLast()
        if let unit = text.last.flatMap({ seconds[$0] }), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int64(digits), number * unit <= Self.longestDuration, digits.utf8.count <= 6
        {
            return number * unit
        }
        complain("expected \(expected), at most ten years, found \(Printable.quoted(text))")
        return nil
    }

    private static let longestDuration: Int64 = 3_650 * 86_400

    /// A list of patterns for names.
    func globs() -> [Glob]? {
        guard let elements = elements(of: "a list of names, in which * stands for any characters") else { return nil }
        let globs = elements.map { $0.glob() }
        return globs.contains(nil) ? nil : globs.compactMap(\.self)
    }

    private func glob() -> Glob? {
        guard let text = text(expected: "a name, in which * stands for any characters") else { return nil }
        // Other tools give these a meaning. Here they would match nothing, and protect nobody, without a word.
        if let special = text.first(where: { "?[]{}".contains($0) }) {
            complain("\(special) has no special meaning here, only * has, found \(Printable.quoted(text))")
            return nil
        }
        return Glob(text)
    }

    /// The limits on what a day may change.
    func brake(defaults: Policy.Brake) -> Policy.Brake? {
        guard let fields = fields(["removals", "percent", "joins"]) else { return nil }
        let removals = fields["removals"].map { $0.wholeNumber(0...1_000_000) } ?? defaults.removals
        let percent = fields["percent"].map { $0.wholeNumber(0...100, unit: "percent") } ?? defaults.percent
        let joins = fields["joins"].map { $0.wholeNumber(0...1_000_000) } ?? defaults.joins
        guard let removals, let percent, let joins else { return nil }
        return Policy.Brake(removals: removals, percent: percent, joins: joins)
    }

    /// A mapping that must be empty.
    func noFields() -> Void? {
        guard let members = members(of: "an empty mapping, {}") else { return nil }
        guard let member = members.first else { return () }
        log.add(
            "unknown key \(Printable.quoted(member.key)): there is nothing to set here",
            at: path,
            line: member.line
        )
        return nil
    }
}
