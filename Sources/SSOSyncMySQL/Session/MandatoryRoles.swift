// SPDX-License-Identifier: Apache-2.0

/// The server's setting of roles that everybody has
/// (<https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_mandatory_roles>).
enum MandatoryRoles {
    /// Reads a list such as `` `role1`@`%`,'role2',role3@localhost ``.
    static func parse(_ text: String) -> [AccountId] {
        var reader = Reader(rest: Array(text.unicodeScalars)[...])
        var roles: [AccountId] = []
        while let user = reader.part() {
            let host = reader.skip("@") ? reader.part() : nil
            if !user.isEmpty { roles.append(AccountId(user: user, host: host ?? "%")) }
            guard reader.skip(",") else { break }
        }
        return roles
    }

    private struct Reader {
        var rest: ArraySlice<Unicode.Scalar>

        private mutating func skipSpaces() { rest = rest.drop { $0 == " " } }

        mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
            skipSpaces()
            guard rest.first == scalar else { return false }
            rest = rest.dropFirst()
            return true
        }

        /// A name in quotes of any kind, in which the quote is doubled, or without.
        mutating func part() -> String? {
            skipSpaces()
            guard let first = rest.first else { return nil }
            guard ["'", "\"", "`"].contains(first) else {
                let name = rest.prefix { $0 != "@" && $0 != "," && $0 != " " }
                rest = rest.dropFirst(name.count)
                return text(Array(name))
            }
            rest = rest.dropFirst()
            var name: [Unicode.Scalar] = []
            while let scalar = rest.popFirst() {
                if scalar == first {
                    guard rest.first == first else { break }
                    rest = rest.dropFirst()
                }
                name.append(scalar)
            }
            return text(name)
        }

        private func text(_ scalars: [Unicode.Scalar]) -> String {
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            return String(text)
        }
    }
}
