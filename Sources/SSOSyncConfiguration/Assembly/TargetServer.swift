// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Where a target's server is, as the configuration gives it or RDS knows it.
struct TargetServer: Hashable, Sendable {
    let engine: TargetConfiguration.Engine
    let writer: TargetConfiguration.Endpoint
    let readers: [TargetConfiguration.Endpoint]
    /// Where leavers are to be looked for beside the writer: on the readers, and on the instance that was the writer when
    /// somebody last asked.
    let instances: [TargetConfiguration.Endpoint]
    /// What RDS says about it; nil if nobody asked.
    let found: RDSTarget?

    /// A server that is given.
    init(_ server: TargetConfiguration.Server) {
        (engine, writer, readers, instances) = (server.engine, server.writer, server.readers, server.readers)
        found = nil
    }

    /// A server that was looked up for a target.
    ///
    /// - Throws: `SyncError` if the configuration has something that is not for its engine.
    init(_ found: RDSTarget, for target: TargetConfiguration) throws(SyncError) {
        switch found.engine {
        case .postgres: engine = .postgres
        case .mysql: engine = .mysql
        }
        writer = TargetConfiguration.Endpoint(found.writer)
        readers = found.readers.map(TargetConfiguration.Endpoint.init)
        instances = readers + found.writerInstances.map(TargetConfiguration.Endpoint.init)
        self.found = found
        if engine == .postgres, target.accountHost != nil {
            throw SyncError(.unsupported, "accountHost of \(target.name) \(engine.refusalOfAccountHost)")
        }
        if engine == .mysql, target.database != nil {
            throw SyncError(.unsupported, "database of \(target.name) \(engine.refusalOfDatabase)")
        }
    }

    /// All that somebody who was locked may have a session on, or be let in by.
    struct Surroundings: Hashable {
        let writer: TargetConfiguration.Endpoint
        let instances: Set<TargetConfiguration.Endpoint>
        let deployments: Set<RDSBlueGreenDeployment>
        let unseen: [String]
    }

    /// All that somebody who was locked may have a session on, or be let in by.
    var surroundings: Surroundings {
        Surroundings(
            writer: writer,
            instances: Set(instances),
            deployments: Set(found?.deployments ?? []),
            unseen: found?.unseen ?? []
        )
    }

    /// Whether there is nothing about it that people should know, or wait for.
    var isPlain: Bool {
        guard let found else { return true }
        return found.notices.isEmpty && found.unseen.isEmpty && found.deployments.isEmpty
    }

    /// The Regions that login tokens are made for, by host; those of hosts that are given are not known.
    var regions: [String: String] {
        let endpoints = found.map { [$0.writer] + $0.readers + $0.writerInstances } ?? []
        return Dictionary(endpoints.map { ($0.host, $0.region) }, uniquingKeysWith: { first, _ in first })
    }

    /// PostgreSQL's major version; nil if it is not known.
    var majorVersion: Int? { found.flatMap { Int($0.engineVersion.prefix { $0 != "." }) } }
}

extension TargetConfiguration.Endpoint {
    fileprivate init(_ endpoint: RDSTarget.Endpoint) { self.init(host: endpoint.host, port: endpoint.port) }
}
