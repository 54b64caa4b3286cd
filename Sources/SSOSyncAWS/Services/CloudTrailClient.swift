// SPDX-License-Identifier: Apache-2.0

/// The calls of CloudTrail that say what is logged
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/>).
public struct CloudTrailClient: Sendable {
    /// A trail.
    public struct Trail: Sendable, Hashable, Decodable {
        /// Its name.
        public let name: String
        /// Its ARN.
        public let arn: String
        /// The Region that it was made in, where alone it can be changed.
        public let homeRegion: String?
        /// Whether somebody has said what it logs; without that it logs all management events, and nothing else.
        public let hasCustomEventSelectors: Bool?

        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case arn = "TrailARN"
            case homeRegion = "HomeRegion"
            case hasCustomEventSelectors = "HasCustomEventSelectors"
        }
    }

    private let client: AWSClient

    /// Asks with a client for ``AWSService/cloudTrail``.
    public init(_ client: AWSClient) { self.client = client }

    /// The trails that log what happens in the client's Region, those of other Regions and of the organization among them
    /// (`DescribeTrails`).
    public func trails() async throws -> [Trail] {
        struct Input: Encodable { let includeShadowTrails: Bool }
        struct Output: Decodable { let trailList: [Trail] }
        let output: Output = try await call("DescribeTrails", Input(includeShadowTrails: true), "*")
        return output.trailList
    }

    /// Whether a trail is turned on (`GetTrailStatus`).
    public func isLogging(_ trail: Trail) async throws -> Bool {
        struct Input: Encodable { let Name: String }
        struct Output: Decodable { let IsLogging: Bool }
        let output: Output = try await call("GetTrailStatus", Input(Name: trail.arn), trail.arn)
        return output.IsLogging
    }

    /// Whether management events that change something are among what a trail logs (`GetEventSelectors`, where somebody has
    /// said what it logs).
    public func logsChanges(_ trail: Trail) async throws -> Bool {
        struct Input: Encodable { let TrailName: String }
        guard trail.hasCustomEventSelectors == true else { return true }
        let selectors: EventSelectors = try await call("GetEventSelectors", Input(TrailName: trail.arn), trail.arn)
        return selectors.includeChanges
    }

    private func call<Output: Decodable>(
        _ operation: String,
        _ input: some Encodable & Sendable,
        _ resource: String
    ) async throws -> Output {
        do {
            return try await client.call(operation, input)
        } catch let error as AWSError {
            throw AccessAdvice(action: "cloudtrail:\(operation)", resources: [resource]).apply(to: error)
        }
    }
}

/// What a trail logs, in the older or the newer way of saying so
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html>).
private struct EventSelectors: Decodable {
    struct Basic: Decodable {
        let ReadWriteType: String?
        let IncludeManagementEvents: Bool?
    }

    struct Advanced: Decodable {
        struct Field: Decodable {
            let Field: String
            let Equals: [String]?
        }

        let FieldSelectors: [Field]

        func allows(_ value: String, as field: String) -> Bool {
            FieldSelectors.allSatisfy { $0.Field != field || $0.Equals?.contains(value) ?? true }
        }
    }

    let EventSelectors: [Basic]?
    let AdvancedEventSelectors: [Advanced]?

    var includeChanges: Bool {
        (EventSelectors ?? []).contains { $0.IncludeManagementEvents ?? true && $0.ReadWriteType != "ReadOnly" }
            || (AdvancedEventSelectors ?? []).contains {
                $0.allows("Management", as: "eventCategory") && $0.allows("false", as: "readOnly")
            }
    }
}
