// SPDX-License-Identifier: Apache-2.0

/// A cluster, or an instance in none, that was found by the tags that it carries.
public struct RDSTaggedResource: Sendable, Hashable {
    /// What it is called.
    public let name: RDSTargetName
    /// Its ARN.
    public let arn: String

    /// Those that carry all of these tags, but for replicas of another one among them.
    static func all(
        _ clusters: [RDSCluster],
        _ instances: [RDSInstance],
        tagged tags: [String: String]
    ) -> [RDSTaggedResource] {
        func areCarried(in carried: [String: String]) -> Bool { tags.allSatisfy { carried[$0.key] == $0.value } }
        let clusters = clusters.filter { areCarried(in: $0.tags) }.sorted { $0.id < $1.id }
        let instances = instances.filter { $0.cluster == nil && areCarried(in: $0.tags) }.sorted { $0.id < $1.id }
        // A replica in the same Region names its source by id or ARN.
        let known = Set(clusters.flatMap { [$0.id, $0.arn] } + instances.flatMap { [$0.id, $0.arn] })
        func isFollowed(_ source: String?) -> Bool { source.map(known.contains) ?? false }
        return clusters.filter { !isFollowed($0.source) }.map { RDSTaggedResource(name: .cluster($0.id), arn: $0.arn) }
            + instances.filter { !isFollowed($0.source) }.map { RDSTaggedResource(name: .instance($0.id), arn: $0.arn) }
    }
}
