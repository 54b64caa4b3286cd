// SPDX-License-Identifier: Apache-2.0

/// A notice in words.
///
/// Names from outside are shown as ``Printable`` shows them.
public struct NoticeText: Hashable, Sendable {
    private let notice: Notice

    /// Puts a notice into words.
    public init(_ notice: Notice) { self.notice = notice }

    /// One line in printable ASCII that begins with a letter, of fewer than 100 characters: what SNS takes for a subject
    /// (<https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>).
    public var subject: String {
        let kinds = notice.kinds.map(\.rawValue).joined(separator: ", ")
        let start = "SSOSync \(notice.owner.rawValue): \(kinds)"
        let names = (notice.directory == nil ? [] : ["the directory"]) + notice.targets.map(\.target.rawValue)
        let count = names.count + notice.targetsLeftOut
        let whole = notice.targetsLeftOut == 0 ? ["\(start) on \(names.joined(separator: ", "))"] : []
        let candidates = whole + ["\(start) in \(count) \(count == 1 ? "place" : "places")"]
        let fitting = candidates.first { $0.unicodeScalars.count < Self.subjectLimit } ?? start
        return Self.plain(fitting, atMost: Self.subjectLimit - 1)
    }

    /// What a person reads: the subject, and then place by place what is the matter and what was done.
    public var text: String {
        let head = "Run \(Printable.escaped(notice.run)) of \(notice.startedAt): \(notice.verdict)."
        let directory = notice.directory.map(lines) ?? []
        let more =
            notice.targetsLeftOut == 0
            ? [] : ["", "… and \(notice.targetsLeftOut) more \(notice.targetsLeftOut == 1 ? "target" : "targets")."]
        return ([subject, "", head] + directory + notice.targets.flatMap(lines) + more).joined(separator: "\n") + "\n"
    }

    private static let subjectLimit = 100

    // MARK: Places

    private func lines(_ directory: Notice.Directory) -> [String] {
        ["", "the directory"] + Self.over(directory.kinds) + directory.matters.map(line)
    }

    private static func over(_ kinds: [NoticeKind]) -> [String] {
        kinds.contains(.recovered) ? ["  what was the matter is over"] : []
    }

    private func lines(_ target: Notice.Target) -> [String] {
        let heading = "\(Printable.escaped(target.target.rawValue)): \(target.verdict)"
        let more =
            target.leftOut == 0 ? [] : ["  … and \(target.leftOut) more, which the run itself shows"]
        return ["", heading] + figures(target.counts) + Self.over(target.kinds) + target.matters.map(line)
            + changes(target.changes) + more
    }

    private func figures(_ counts: Notice.Counts) -> [String] {
        let parts = [
            (counts.planned, "planned"), (counts.done, "done"), (counts.failed, "failed or not tried"),
            (counts.waiting, "waiting"), (counts.conflicts, counts.conflicts == 1 ? "conflict" : "conflicts"),
        ]
        let words = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return words.isEmpty ? [] : ["  \(words.joined(separator: ", "))"]
    }

    private func line(_ matter: Notice.Matter) -> String {
        let about = [
            matter.account.map { Printable.escaped($0.rawValue) },
            matter.role.map { "role " + Printable.escaped($0.rawValue) },
            matter.user.map { "person " + Printable.escaped($0.rawValue) },
        ].compactMap(\.self)
        let place = about.isEmpty ? "" : " (\(about.joined(separator: ", ")))"
        let message = matter.message.map { "\n      " + Self.oneLine($0) } ?? ""
        return "  - \(matter.kind.rawValue): \(Printable.escapedProse(matter.summary))\(place)\(message)"
    }

    /// One line for each kind of operation.
    private func changes(_ changes: [Notice.Change]) -> [String] {
        var order: [String] = []
        var accounts: [String: [String]] = [:]
        for change in changes {
            if accounts[change.operation] == nil { order.append(change.operation) }
            accounts[change.operation, default: []].append(Self.who(change))
        }
        return order.map { "  + \($0): \((accounts[$0] ?? []).joined(separator: ", "))" }
    }

    private static func who(_ change: Notice.Change) -> String {
        let name = Printable.escaped(change.account?.rawValue ?? change.user.rawValue)
        let roles = (change.roles ?? []).map { Printable.escaped($0.rawValue) }.joined(separator: ", ")
        return roles.isEmpty ? name : "\(name) (\(roles))"
    }

    // MARK: Words

    private static func oneLine(_ text: String) -> String {
        Printable.escapedProse(text.split(whereSeparator: \.isNewline).joined(separator: " "))
    }

    /// Printable ASCII, with a question mark for everything else.
    private static func plain(_ text: String, atMost limit: Int) -> String {
        let characters = text.unicodeScalars.prefix(limit).map { scalar -> Character in
            (0x20...0x7E).contains(scalar.value) ? Character(scalar) : "?"
        }
        return String(characters)
    }
}
