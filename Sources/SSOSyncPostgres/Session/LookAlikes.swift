// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Finds roles whose names differ in case alone from names that somebody is to have.
struct LookAlikes {
    let names: Set<AccountName>

    /// Roles that may be such, and perhaps others.
    ///
    /// What a server takes for upper and lower case depends on the database's collation, so it folds ASCII alone here; in
    /// place of every other letter it takes anything.
    var query: SQLText {
        let plain = names.filter { $0.rawValue.utf8.allSatisfy { $0 < 0x80 } }
        let folded: SQLText = "lower(rolname::text COLLATE \"C\")"
        let conditions: [SQLText?] = [
            list(plain.map(\.folded)).map { "\(folded) IN (\($0))" },
            list(names.subtracting(plain).map(Self.pattern)).map { "\(folded) LIKE ANY (ARRAY[\($0)])" },
        ]
        let condition = conditions.compactMap(\.self).joined(separator: " OR ")
        return "SELECT rolname FROM pg_roles WHERE \(condition)"
    }

    /// Those of the query's rows that are such indeed.
    func names(in rows: PostgresResult) -> Set<AccountName> {
        let wanted = Set(names.map(\.folded))
        let found = (0..<rows.rowCount).compactMap { rows.string($0, 0).map { AccountName($0) } }
        return Set(found.filter { wanted.contains($0.folded) })
    }

    private func list(_ texts: [String]) -> SQLText? {
        texts.isEmpty ? nil : texts.sorted().map(SQLText.literal).joined()
    }

    private static func pattern(_ name: AccountName) -> String {
        name.folded.unicodeScalars.reduce(into: "") { pattern, scalar in
            guard scalar.isASCII else { return pattern += "%" }
            if scalar == "_" || scalar == "%" || scalar == "\\" { pattern += "\\" }
            pattern.unicodeScalars.append(scalar)
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
