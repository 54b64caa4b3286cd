// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// The operations of a target, sorted by what they mean to people.
struct PlanSections {
    /// What operations mean to people.
    enum Kind: CaseIterable {
        case taken
        case names
        case given
        case dropped
        case marked

        init(_ phase: Operation.Phase) {
            self =
                switch phase {
                case .lock, .withdraw, .disconnect: .taken
                case .moveAside, .rename: .names
                case .admit: .given
                case .drop: .dropped
                case .mark: .marked
                }
        }

        var title: String {
            switch self {
            case .taken: "Access taken"
            case .names: "Names"
            case .given: "Access given"
            case .dropped: "Dropped"
            case .marked: "Markers"
            }
        }

        var mark: String {
            switch self {
            case .taken: "-"
            case .names: "~"
            case .given: "+"
            case .dropped: "x"
            case .marked: "="
            }
        }

        var role: TerminalStyle.Role {
            switch self {
            case .taken, .dropped: .taken
            case .names, .marked: .waiting
            case .given: .given
            }
        }
    }

    private struct Phrase {
        let text: String
        let isAboutSessions: Bool
    }

    /// What happens to one account.
    private struct Entry {
        let account: AccountName
        var phrases: [Phrase]
        let why: String
    }

    private var entries: [Kind: [Entry]] = [:]
    private var places: [Place: Int] = [:]

    private struct Place: Hashable {
        let kind: Kind
        let account: AccountName
        let user: UserId
    }

    /// Adds an operation; those on one account become one row.
    ///
    /// - Parameters:
    ///   - operation: The operation.
    ///   - phrase: What it does; nil for nothing worth a word.
    ///   - reason: Why.
    mutating func add(_ operation: Operation, _ phrase: String?, because reason: Reason?) {
        let kind = Kind(operation.phase)
        let phrases = phrase.map { [Phrase(text: $0, isAboutSessions: operation.endsSessions)] } ?? []
        let place = Place(kind: kind, account: operation.account, user: operation.user)
        if let index = places[place] {
            entries[kind]?[index].phrases += phrases
            return
        }
        places[place] = entries[kind]?.count ?? 0
        entries[kind, default: []].append(Entry(account: operation.account, phrases: phrases, why: Self.why(reason)))
    }

    /// How many accounts the section has.
    func count(_ kind: Kind) -> Int { entries[kind]?.count ?? 0 }

    /// The section's rows; nil if it has none.
    func table(_ kind: Kind) -> TextTable? {
        guard let entries = entries[kind] else { return nil }
        return TextTable(mark: kind.mark, role: kind.role, rows: entries.map(Self.row))
    }

    private static func row(_ entry: Entry) -> TextTable.Row {
        // Sessions follow what they ended for.
        let phrases = entry.phrases.filter { !$0.isAboutSessions } + entry.phrases.filter(\.isAboutSessions)
        return TextTable.Row(
            account: Printable.escaped(entry.account.rawValue),
            what: phrases.map(\.text).joined(separator: "; "),
            why: Printable.escapedProse(entry.why)
        )
    }

    /// That somebody who is renamed had another name is said already.
    private static func why(_ reason: Reason?) -> String {
        if case .renamed = reason { return "" }
        return reason?.description ?? ""
    }
}
