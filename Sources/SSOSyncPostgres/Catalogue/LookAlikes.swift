// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// Finds roles whose names differ in case alone from names that somebody is to have.
struct LookAlikes {
    let names: Set<AccountName>

    /// Whether a row of `pg_roles` may be such a role; nil if there are no names.
    ///
    /// What a server takes for upper and lower case depends on the database's collation, so it folds ASCII alone here; in
    /// place of every other letter it takes anything.
    var condition: SQLText? {
        let plain = names.filter { $0.rawValue.utf8.allSatisfy { $0 < 0x80 } }
        let folded: SQLText = "lower(rolname::text COLLATE \"C\")"
        // Lengths first: to fold ten thousand names takes a tenth of a joiner's time.
        let lengths = Set(plain.map(\.rawValue.utf8.count)).sorted().map(SQLText.integer).joined()
        let conditions: [SQLText?] = [
            list(plain.map(\.folded)).map { "(octet_length(rolname::text) IN (\(lengths)) AND \(folded) IN (\($0)))" },
            list(names.subtracting(plain).map(Self.pattern)).map { "\(folded) LIKE ANY (ARRAY[\($0)])" },
        ]
        let alternatives = conditions.compactMap(\.self)
        return alternatives.isEmpty ? nil : alternatives.joined(separator: " OR ")
    }

    /// Those of a catalogue's roles that are such indeed.
    func names(in catalogue: Catalogue) -> Set<AccountName> {
        guard !names.isEmpty else { return [] }
        let wanted = Set(names.map(\.folded))
        return Set(catalogue.roles.values.lazy.map { AccountName($0.name) }.filter { wanted.contains($0.folded) })
    }

    private func list(_ texts: [String]) -> SQLText? {
        texts.isEmpty ? nil : texts.sorted().map(SQLText.literal).joined()
    }

    private static func pattern(_ name: AccountName) -> String {
        name.rawValue.unicodeScalars.reduce(into: "") { pattern, scalar in
            // Before folding: that makes an i and a dot of İ, which the server leaves alone.
            guard scalar.isASCII else { return pattern += "%" }
            if scalar == "_" || scalar == "%" || scalar == "\\" { pattern += "\\" }
            pattern += String(scalar).lowercased()
        }
    }
}

extension InspectionRequest {
    /// The same for more names.
    func adding(_ names: Set<AccountName>) -> InspectionRequest {
        InspectionRequest(
            owner: owner,
            directory: directory,
            scope: scope,
            names: self.names.union(names),
            roles: roles,
            holdersOf: holdersOf,
            windowStart: windowStart,
            blockersOfLockedBefore: blockersOfLockedBefore
        )
    }
}
