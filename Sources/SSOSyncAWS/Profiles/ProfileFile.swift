// SPDX-License-Identifier: Apache-2.0

/// One of the files that AWS tools share, taken apart: sections of settings.
///
/// See <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>. A pure value. Lines that mean nothing are passed
/// over, as the AWS tools do: the file belongs to them, too.
struct ProfileFile: Sendable, Hashable {
    /// Which of the files it is; they name their profiles differently.
    enum Kind: Sendable {
        /// `[profile name]`, `[default]`, `[sso-session name]` and `[services name]`.
        case config
        /// `[name]`.
        case credentials
    }

    typealias Settings = [String: String]

    /// The settings of each profile.
    private(set) var profiles: [String: Settings] = [:]
    /// The settings of each session of IAM Identity Center.
    private(set) var sessions: [String: Settings] = [:]
    /// The settings of services, each of which has lines of its own.
    private(set) var services: [String: Settings] = [:]

    private enum Section: Hashable {
        case profile(String)
        /// `[default]` in the configuration, which `[profile default]` wins over.
        case plainDefault
        case session(String)
        case services(String)
    }

    /// An empty file.
    init() {}

    /// Takes a file apart.
    init(_ text: String, _ kind: Kind) {
        var sections: [Section: Settings] = [:]
        var section: Section?
        var lastKey: String?
        // By line feed, not by `Character`: a carriage return before one would be a part of it.
        for line in text.unicodeScalars.split(separator: "\n").map({ Self.withoutReturn(String($0)) }) {
            let content = Self.trimmed(line)
            guard !content.isEmpty, !line.hasPrefix("#"), !line.hasPrefix(";") else { continue }
            if line.hasPrefix("[") {
                section = Self.section(content, kind)
                lastKey = nil
                if let section { sections[section] = sections[section] ?? [:] }
            } else if let current = section {
                if Self.isIndented(line) {
                    // A value goes on, or has settings of its own: ``nested(_:)``.
                    guard let lastKey, let value = sections[current]?[lastKey] else { continue }
                    sections[current]?[lastKey] = value.isEmpty ? content : "\(value)\n\(content)"
                } else if let (key, value) = Self.setting(content) {
                    sections[current]?[key] = value
                    lastKey = key
                } else {
                    lastKey = nil
                }
            }
        }
        keep(sections)
    }

    /// Adds what another file says, which wins.
    mutating func merge(_ other: ProfileFile) {
        for (name, settings) in other.profiles { profiles[name, default: [:]].merge(settings) { $1 } }
        for (name, settings) in other.sessions { sessions[name, default: [:]].merge(settings) { $1 } }
        for (name, settings) in other.services { services[name, default: [:]].merge(settings) { $1 } }
    }

    private mutating func keep(_ sections: [Section: Settings]) {
        for (section, settings) in sections {
            switch section {
            case .profile(let name): profiles[name] = settings
            case .session(let name): sessions[name] = settings
            case .services(let name): services[name] = settings
            case .plainDefault: if sections[.profile("default")] == nil { profiles["default"] = settings }
            }
        }
    }

    // MARK: Lines

    /// `[profile name]` and the like; nil for sections that mean nothing here.
    private static func section(_ line: String, _ kind: Kind) -> Section? {
        // What stands behind the bracket is a comment.
        guard let end = line.firstIndex(of: "]") else { return nil }
        let inner = trimmed(String(line[line.index(after: line.startIndex)..<end]))
        guard kind == .config else { return inner.isEmpty ? nil : .profile(inner) }

        let words = inner.split(maxSplits: 1, omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }
        if words.count == 1, words[0] == "default" { return .plainDefault }
        guard words.count == 2 else { return nil }
        let name = trimmed(String(words[1]))
        switch words[0] {
        case "profile": return .profile(name)
        case "sso-session": return .session(name)
        case "services": return .services(name)
        default: return nil
        }
    }

    /// The settings in a setting's indented lines.
    static func nested(_ value: String) -> Settings {
        Settings(value.split(separator: "\n").compactMap { setting(String($0)) }) { $1 }
    }

    /// `key = value`; a comment behind the value begins with a space and `#` or `;`.
    private static func setting(_ line: String) -> (String, String)? {
        guard let separator = line.firstIndex(of: "=") else { return nil }
        let key = trimmed(String(line[..<separator])).lowercased()
        guard !key.isEmpty else { return nil }
        var value = line[line.index(after: separator)...]
        for comment in [" #", " ;", "\t#", "\t;"] {
            if let start = value.firstRange(of: comment) { value = value[..<start.lowerBound] }
        }
        return (key, trimmed(String(value)))
    }

    private static func isIndented(_ line: String) -> Bool { line.hasPrefix(" ") || line.hasPrefix("\t") }

    private static func withoutReturn(_ line: String) -> String {
        line.utf8.last == 0x0D ? String(decoding: line.utf8.dropLast(), as: UTF8.self) : line
    }

    private static func trimmed(_ text: String) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let last = text.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(text[...last].drop(while: isSpace))
    }
}
