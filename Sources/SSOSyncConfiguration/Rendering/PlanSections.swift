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

        init(_ phase: Operation.Phase) {
            self =
                switch phase {
                case .lock, .withdraw: .taken
                case .moveAside, .rename: .names
                case .admit: .given
                case .drop: .dropped
                }
        }

        var title: String {
            switch self {
            case .taken: "Access taken"
            case .names: "Names"
            case .given: "Access given"
            case .dropped: "Dropped"
            }
        }

        var mark: String {
            switch self {
            case .taken: "-"
            case .names: "~"
            case .given: "+"
            case .dropped: "x"
            }
        }

        var role: TerminalStyle.Role {
            switch self {
            case .taken, .dropped: .taken
            case .names: .waiting
            case .given: .given
            }
        }
    }

    /// What happens to one account.
    private struct Entry {
        let account: AccountName
        var phrases: [String]
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
    mutating func add(_ operation: Operation, _ phrase: String, why: String) {
        let kind = Kind(operation.phase)
        let place = Place(kind: kind, account: operation.account, user: operation.user)
        if let index = places[place] {
            entries[kind]?[index].phrases.append(phrase)
            return
        }
        places[place] = entries[kind]?.count ?? 0
        entries[kind, default: []].append(Entry(account: operation.account, phrases: [phrase], why: why))
    }

    /// How many accounts the section has.
    func count(_ kind: Kind) -> Int { entries[kind]?.count ?? 0 }

    /// The section's rows; nil if it has none.
    func table(_ kind: Kind) -> TextTable? {
        guard let entries = entries[kind] else { return nil }
        return TextTable(mark: kind.mark, role: kind.role, rows: entries.map(Self.row))
    }

    private static func row(_ entry: Entry) -> TextTable.Row {
        TextTable.Row(
            account: Printable.escaped(entry.account.rawValue), what: entry.phrases.joined(separator: ", "),
            why: Printable.escapedProse(entry.why)
        )
    }
}
