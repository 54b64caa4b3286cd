// SPDX-License-Identifier: Apache-2.0

/// Findings about logins by IAM token that are not ours, and that nobody locks when their people leave.
extension PlanBuilder {
    mutating func reportUnmarked() {
        for name in accounts.unmarkedIAMLogins where !isIgnored(name) {
            findings.append(
                Finding(
                    .unmarkedIAMLogin,
                    account: name,
                    message: "\(name) logs in by IAM token and carries no marker: adopt it, or list it under ignore"
                )
            )
        }
    }

    /// Whose account it is cannot be read, so nobody would lock it.
    ///
    /// Only a full run reports it, as with unmarked ones: a run of a few people finds such accounts by chance.
    mutating func reportUnreadable(_ account: Account) {
        guard account.canLogIn, account.usesIAM, accounts.scope == .everyone, !isIgnored(account.name) else { return }
        guard let problem = Self.problem(account.marker) else { return }
        findings.append(
            Finding(
                .unreadableMarker,
                account: account.name,
                message:
                    "\(account.name) logs in by IAM token and \(problem), or list it under ignore: until then it is "
                    + "left alone, even if its person leaves"
            )
        )
    }

    private static func problem(_ marker: MarkerReading) -> String? {
        switch marker {
        case .none, .marker: nil
        case .damaged: "its marker is damaged: lock or drop it by hand"
        case .newer(let version):
            "its marker has version \(version), where this sso-sync knows \(Marker.version): bring sso-sync up to date"
        }
    }

    /// Accounts that this deployment made for another directory: all of them at once, if somebody has changed its id.
    mutating func reportOtherDirectories() {
        guard accounts.scope == .everyone else { return }
        for (other, count) in accountsOfOtherDirectories.sorted(by: { $0.key < $1.key }) {
            findings.append(
                Finding(
                    .otherDirectory,
                    message: "\(count) \(count == 1 ? "account was" : "accounts were") made by deployment "
                        + "\(policy.owner) for directory \(other), not \(directory.id), and nobody locks them when their "
                        + "people leave: set the directory's id back if it was changed"
                )
            )
        }
    }

    private func isIgnored(_ name: AccountName) -> Bool {
        policy.ignoredNames.contains { $0.matches(name.rawValue) }
    }
}
