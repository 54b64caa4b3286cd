// SPDX-License-Identifier: Apache-2.0

/// The ARN of a cluster or an instance, in its parts
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.ARN.Constructing.html>).
struct RDSResourceARN: Sendable, Hashable, CustomStringConvertible {
    /// The Region that it is in.
    let region: String
    /// `cluster` or `db`.
    let kind: String
    /// The cluster's or instance's id.
    let id: String

    /// For people: `the follower cluster shop in us-east-1`.
    var description: String { "the follower \(kind == "cluster" ? "cluster" : "instance") \(id) in \(region)" }

    /// Takes an ARN apart; nil if it is not one of RDS.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 7, parts[0] == "arn", parts[2] == "rds", !parts[3].isEmpty, !parts[6].isEmpty else {
            return nil
        }
        (region, kind, id) = (parts[3], parts[5], parts[6])
    }

    private init(region: String, kind: String, id: String) {
        (self.region, self.kind, self.id) = (region, kind, id)
    }

    /// What RDS names by its id where it is in the same Region, and by its ARN where it is not.
    init(reference: String, kind: String, region: String) {
        self = RDSResourceARN(reference) ?? RDSResourceARN(region: region, kind: kind, id: reference)
    }
}
