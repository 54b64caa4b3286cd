// SPDX-License-Identifier: Apache-2.0

/// The name of a resource in one Region and account (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
struct ARN {
    let service: Substring
    let region: String
    /// Its twelve digits.
    let account: Substring
    let resource: Substring

    /// Takes an ARN apart; nil if the text is none, or names neither Region nor account.
    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), !parts[3].isEmpty else { return nil }
        let isRegion = parts[3].utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
        }
        let isAccount = parts[4].utf8.count == 12 && parts[4].utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isRegion, isAccount else { return nil }
        (service, region, account, resource) = (parts[2], String(parts[3]), parts[4], parts[5])
    }
}
