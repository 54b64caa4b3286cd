// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import SSOSyncCore
internal import SSOSyncDigest

/// Plans that wait for somebody's approval: what `plan --out` writes.
///
/// Approval is not trust. Nothing in such a file is ever executed: it says what was approved, and a run plans again and
/// goes on only if it comes to the same.
public struct PlanFile: Hashable, Sendable, Codable {
    /// Whom the plans were made for.
    public struct PlannedScope: Hashable, Sendable, Codable {
        /// These people; nil if it was not limited to people.
        public let people: [UserId]?
        /// These groups; nil if it was not limited to groups.
        public let groups: [GroupName]?
    }

    /// The layout that this code writes and reads.
    public static let version = 1

    /// What kind of file it is.
    public let kind: String
    /// The layout.
    public let version: Int
    /// The program that wrote it.
    public let tool: String
    /// When the first of the plans was made.
    public let createdAt: Timestamp
    /// When the first of the plans must no longer be applied.
    public let expiresAt: Timestamp
    /// The fingerprint of the configuration.
    public let configuration: String
    /// Whom the plans were made for.
    public let scope: PlannedScope
    /// Hashes of removals that were allowed by hand when the plans were made.
    public let releasedRemovals: [String]
    /// Whether the plans name each thing that keeps an account from being dropped.
    public let namesBlockers: Bool
    /// The plans, ascending by target.
    public let plans: [Plan]

    private static let kindOfFile = "sso-sync plan"

    /// The plans of a run; nil if the run has none.
    ///
    /// - Parameters:
    ///   - report: The run.
    ///   - configuration: The fingerprint of the configuration.
    ///   - scope: Whom the run was for.
    ///   - releasedRemovals: Hashes of removals that the run was told to allow.
    ///   - namesBlockers: Whether the run named what keeps accounts from being dropped.
    public init?(
        _ report: SyncReport,
        configuration: String,
        scope: ScopeRequest,
        releasedRemovals: Set<String> = [],
        namesBlockers: Bool = false
    ) {
        let plans = report.targets.compactMap(\.plan)
        guard let createdAt = plans.map(\.createdAt).min(), let expiresAt = plans.map(\.expiresAt).min() else {
            return nil
        }
        kind = Self.kindOfFile
        version = Self.version
        tool = "sso-sync \(ToolVersion.current)"
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.configuration = configuration
        self.scope = PlannedScope(scope)
        self.releasedRemovals = releasedRemovals.sorted()
        self.namesBlockers = namesBlockers
        self.plans = plans
    }

    /// What the file holds, to the byte.
    public var bytes: [UInt8] { CanonicalJSON.bytes(self) }

    /// What approves exactly these plans: the SHA-256 of ``bytes``, in hexadecimal digits.
    public var approvalHash: String { SHA256.digest(bytes).hexadecimal }

    /// The content hash of each target's plan, for ``SyncEngine/Options/approvedPlans``.
    public var approvedPlans: [TargetName: String] {
        Dictionary(plans.map { ($0.content.target, $0.contentHash) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whom the plans were made for.
    public var scopeRequest: ScopeRequest {
        if let people = scope.people { return .people(Set(people)) }
        if let groups = scope.groups { return .groups(Set(groups)) }
        return .everyone
    }
}

extension PlanFile.PlannedScope {
    init(_ scope: ScopeRequest) {
        switch scope {
        case .everyone: self.init(people: nil, groups: nil)
        case .people(let people): self.init(people: people.sorted(), groups: nil)
        case .groups(let groups): self.init(people: nil, groups: groups.sorted())
        }
    }
}

extension PlanFile {
    /// Reads a file of plans, if it is the one that was approved and is still good.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - approvalHash: What was approved.
    ///   - configuration: The fingerprint of the configuration now.
    ///   - now: The time.
    /// - Throws: ``PlanFileError``.
    public init(
        path: String,
        approvalHash: String,
        configuration: String,
        now: Timestamp = .now
    ) throws(PlanFileError) {
        let bytes: [UInt8]
        do {
            bytes = try FileReader.bytes(of: path, limit: Self.sizeLimit)
        } catch {
            throw PlanFileError(.unreadable, "\(Printable.escaped(path)) \(error.message)")
        }
        try self.init(bytes, file: path, approvalHash: approvalHash, configuration: configuration, now: now)
    }

    init(
        _ bytes: [UInt8],
        file: String,
        approvalHash: String,
        configuration: String,
        now: Timestamp
    ) throws(PlanFileError) {
        let file = Printable.escaped(file)
        guard let header = try? JSONDecoder().decode(Header.self, from: Data(bytes)), header.kind == Self.kindOfFile
        else {
            throw PlanFileError(.notAPlan, "\(file) is not a plan that sso-sync plan --out wrote")
        }
        guard SHA256.digest(bytes).hexadecimal == approvalHash.lowercased() else {
            throw PlanFileError(.altered, "\(file) is not the plan that was approved: it has another hash")
        }
        guard header.version == Self.version, let plan = try? JSONDecoder().decode(PlanFile.self, from: Data(bytes))
        else {
            throw PlanFileError(
                .otherVersion,
                "\(file) was written by \(Printable.escaped(header.tool)), and this is sso-sync \(ToolVersion.current)"
            )
        }
        guard now < plan.expiresAt else {
            throw PlanFileError(.expired, "\(file) expired at \(plan.expiresAt): make a new plan and have it approved")
        }
        guard plan.configuration == configuration else {
            throw PlanFileError(.otherConfiguration, "\(file) was made for another configuration than this one")
        }
        self = plan
    }

    /// Saves the file, whole or not at all.
    ///
    /// - Parameter path: Where to.
    /// - Throws: ``PlanFileError`` if it cannot be written.
    public func write(to path: String) throws(PlanFileError) {
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw PlanFileError(.unwritable, "the plan cannot be written to \(Printable.escaped(path))")
        }
    }

    private struct Header: Decodable {
        let kind: String
        let version: Int
        let tool: String
    }

    private static let sizeLimit = 256 << 20
}
