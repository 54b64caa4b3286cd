// SPDX-License-Identifier: Apache-2.0

/// The calls of Amazon RDS that find servers and describe them
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/>).
///
/// An answer that lacks anything of what was asked for is an error.
public struct RDSClient: Sendable {
    private let client: AWSClient
    private let deadline: ContinuousClock.Instant?

    /// Asks with a client for ``AWSService/rds``.
    ///
    /// - Parameters:
    ///   - client: The client.
    ///   - deadline: When to give up each call; nil to leave it to the client.
    public init(_ client: AWSClient, deadline: ContinuousClock.Instant? = nil) {
        self.client = client
        self.deadline = deadline
    }

    /// One cluster (`DescribeDBClusters`).
    ///
    /// - Parameter id: The cluster's id, in any case of its letters.
    /// - Returns: Nil if there is none of this id in the client's Region and account.
    public func cluster(_ id: String) async throws -> RDSCluster? {
        let pages = pages(.clusters, [("DBClusterIdentifier", id)], on: "cluster:\(id)", RDSCluster.init)
        return try await one(.clusters, id, pages, id: \.id)
    }

    /// One instance (`DescribeDBInstances`).
    ///
    /// - Parameter id: The instance's id, in any case of its letters.
    /// - Returns: Nil if there is none of this id in the client's Region and account.
    public func instance(_ id: String) async throws -> RDSInstance? {
        let pages = pages(.instances, [("DBInstanceIdentifier", id)], on: "db:\(id)", RDSInstance.init)
        return try await one(.instances, id, pages, id: \.id)
    }

    /// The clusters in the client's Region (`DescribeDBClusters`).
    public func clusters() -> PageSequence<RDSPage<RDSCluster>> {
        pages(.clusters, [], on: "cluster:*", RDSCluster.init)
    }

    /// The instances in the client's Region (`DescribeDBInstances`).
    public func instances() -> PageSequence<RDSPage<RDSInstance>> {
        pages(.instances, [], on: "db:*", RDSInstance.init)
    }

    /// The instances that are members of a cluster (`DescribeDBInstances`).
    public func instances(ofCluster id: String) -> PageSequence<RDSPage<RDSInstance>> {
        let filter = [("Filters.Filter.1.Name", "db-cluster-id"), ("Filters.Filter.1.Values.Value.1", id)]
        return pages(.instances, filter, on: "db:*", RDSInstance.init)
    }

    /// The global databases that the account has a cluster of (`DescribeGlobalClusters`).
    public func globalClusters() -> PageSequence<RDSPage<RDSGlobalCluster>> {
        pages(.globalClusters, [], on: "global-cluster:*", RDSGlobalCluster.init)
    }

    /// The Blue/Green deployments in the client's Region (`DescribeBlueGreenDeployments`).
    public func blueGreenDeployments() -> PageSequence<RDSPage<RDSBlueGreenDeployment>> {
        pages(.deployments, [], on: "deployment:*", RDSBlueGreenDeployment.init)
    }

    // MARK: Calls

    /// An operation that lists, and how its answer is built.
    private struct Listing {
        let operation: String
        let list: String
        let member: String
        /// The error that says that there is no such thing.
        var notFound = ""
        /// Whether what is listed is in no Region.
        var isGlobal = false

        static let clusters = Listing(
            operation: "DescribeDBClusters",
            list: "DBClusters",
            member: "DBCluster",
            notFound: "DBClusterNotFoundFault"
        )
        static let instances = Listing(
            operation: "DescribeDBInstances",
            list: "DBInstances",
            member: "DBInstance",
            notFound: "DBInstanceNotFound"
        )
        static let globalClusters = Listing(
            operation: "DescribeGlobalClusters",
            list: "GlobalClusters",
            member: "GlobalClusterMember",
            isGlobal: true
        )
        static let deployments = Listing(
            operation: "DescribeBlueGreenDeployments",
            list: "BlueGreenDeployments",
            member: "member"
        )
    }

    private func pages<Item: Sendable>(
        _ listing: Listing,
        _ parameters: [(name: String, value: String)],
        on resource: String,
        _ read: @escaping @Sendable (XMLElement) -> Item?
    ) -> PageSequence<RDSPage<Item>> {
        PageSequence(listing.operation) { token in
            let result: XMLElement
            do {
                let page = [("MaxRecords", "100")] + (token.map { [("Marker", $0)] } ?? [])
                result = try await client.query(listing.operation, parameters + page, deadline: deadline)
            } catch let error as AWSError {
                throw advice(listing, resource).apply(to: error)
            }
            let elements = result.list(listing.list, of: listing.member)
            let items = elements.compactMap(read)
            guard result[listing.list] != nil, items.count == elements.count else {
                throw unasked(listing, "something else than was asked for")
            }
            // The model allows for an empty marker at the end.
            return RDSPage(items: items, nextToken: result.filled("Marker"))
        }
    }

    private func one<Item>(
        _ listing: Listing,
        _ wanted: String,
        _ pages: PageSequence<RDSPage<Item>>,
        id: KeyPath<Item, String>
    ) async throws -> Item? {
        var items: [Item] = []
        do {
            for try await page in pages { items += page.items }
        } catch let error as AWSError {
            guard error.response?.errorCode == listing.notFound else { throw error }
            return nil
        }
        // What is empty is not what RDS says if there is no such thing.
        guard items.count == 1, items[0][keyPath: id].lowercased() == wanted.lowercased() else {
            throw unasked(listing, "something else than \(wanted)")
        }
        return items[0]
    }

    /// What to allow
    /// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html>).
    private func advice(_ listing: Listing, _ resource: String) -> AccessAdvice {
        let arn = "arn:\(AWSPartition(region: client.region).name):rds:"
        let region = listing.isGlobal ? "" : client.region
        return AccessAdvice(action: "rds:\(listing.operation)", resources: ["\(arn)\(region):*:\(resource)"])
    }

    private func unasked(_ listing: Listing, _ what: String) -> AWSError {
        AWSError(.badResponse, "rds \(listing.operation): the service sent \(what)", mayHaveBeenSent: true)
    }
}
