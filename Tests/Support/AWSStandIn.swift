// SPDX-License-Identifier: Apache-2.0

import Foundation
package import SSOSyncAWS

/// The stand-in for AWS that dev/aws makes: one for all tests of a process, with a world of its own for each.
package final class AWSStandIn: Sendable {
    private static let shared = Task { try await AWSStandIn() }

    private let process: BackgroundProcess
    private let port: Int

    private init() async throws {
        let program = ChildProcess.root.appending(path: "dev/aws/stand-in").path
        (process, port) = try await blocking {
            // It ends with its input, and that with this process.
            let process = try BackgroundProcess([program], hasInput: true)
            guard let line = process.readLine(), let port = Int(line) else {
                throw ChildProcess.Failure(description: "the stand-in for AWS did not start: run dev/setup")
            }
            return (process, port)
        }
    }

    /// A call that the stand-in was asked for.
    package struct Call: Decodable, Sendable, Hashable {
        package let operation: String
        /// The queue, key, topic, role, bus or identity store that it is about, or the path in S3; empty for others.
        package let resource: String
        /// The headers that say on which condition it is to be done, such as `if-none-match`.
        package let conditions: [String]
        /// Whether its signature was right.
        package let verified: Bool
        package let region: String
        package let status: Int
        package let fault: String?
    }

    /// How the stand-in misbehaves: dev/aws/faults.py says what each part means.
    package struct Fault: Encodable, Sendable {
        package var operation: String?
        package var skip: Int?
        package var times: Int?
        package var fault: String
        package var code: String?
        package var status: Int?
        package var message: String?
        package var retryAfter: Int?
        package var more: [String: String]?
        package var seconds: Double?
        package var body: String?

        package init(_ fault: String, of operation: String? = nil, skip: Int = 0, times: Int = 1) {
            self.fault = fault
            self.operation = operation
            self.skip = skip
            self.times = times
        }

        /// An error in the service's words.
        package static func error(
            _ code: String,
            status: Int = 400,
            of operation: String? = nil,
            skip: Int = 0,
            times: Int = 1,
            more: [String: String] = [:]
        ) -> Fault {
            var fault = Fault("error", of: operation, skip: skip, times: times)
            (fault.code, fault.status, fault.more) = (code, status, more)
            return fault
        }
    }

    /// An instance of IAM Identity Center.
    package struct Instance: Encodable, Sendable {
        package let InstanceArn: String
        package let IdentityStoreId: String
        package let OwnerAccountId = "123456789012"
        package let Status = "ACTIVE"

        private enum CodingKeys: CodingKey { case InstanceArn, IdentityStoreId, OwnerAccountId, Status }

        package init(store: String) {
            InstanceArn = "arn:aws:sso:::instance/ssoins-\(store.dropFirst(2))abcdef"
            IdentityStoreId = store
        }
    }

    /// A user as the store has it.
    package struct User: Encodable, Sendable {
        package struct Email: Encodable, Sendable {
            package let Value: String
            package let Primary: Bool

            package init(Value: String, Primary: Bool) { (self.Value, self.Primary) = (Value, Primary) }
        }

        package var UserId: String
        package var UserName: String?
        package var NickName: String?
        package var Emails: [Email]?
        package var UserStatus: String?
        package var Extensions: [String: [String: String]]?

        /// A user with a name and an address that are made from the number.
        package init(_ number: Int, status: String? = "ENABLED") {
            UserId = AWSStandIn.id(number)
            UserName = "person\(number)"
            Emails = [Email(Value: "person\(number)@example.com", Primary: true)]
            UserStatus = status
        }
    }

    /// A group as the store has it.
    package struct Group: Encodable, Sendable {
        package let GroupId: String
        package let DisplayName: String
        package let Members: [String]

        package init(_ id: String, _ name: String, members: [String] = []) {
            (GroupId, DisplayName, Members) = (id, name, members)
        }
    }

    /// A user's or group's id that is made from a number.
    package static func id(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return "\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits)-1111-4222-8333-444455556666"
    }

    /// What one test sees of it: nobody else's calls and faults.
    package struct World: Encodable, Sendable {
        package let accessKeyId: String
        package var secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
        package var clockOffset = 0
        package var instances: [String: [Instance]] = [:]
        /// What RDS has, by Region; where nothing is said of any, moto's own is seen.
        package var rds: [String: RDS] = [:]
        package var faults: [Fault] = []
        /// A store that nobody else has.
        package let store: String
        package var region = "eu-west-1"
        package let port: Int

        private enum CodingKeys: CodingKey { case accessKeyId, secretAccessKey, clockOffset, instances, rds, faults }

        /// Makes, or replaces, the world on the stand-in; forgets the calls.
        package func set() async throws { _ = try await post("world", self) }

        /// Replaces the world by the same with these faults; forgets the calls.
        package mutating func setFaults(_ faults: [Fault]) async throws {
            self.faults = faults
            try await set()
        }

        /// Puts users and groups into the store.
        package func load(users: [User], groups: [Group] = []) async throws {
            struct Load: Encodable {
                let region: String
                let store: String
                let users: [User]
                let groups: [Group]
            }
            _ = try await post("directory", Load(region: region, store: store, users: users, groups: groups))
        }

        /// The calls so far.
        package func calls() async throws -> [Call] {
            let response = try await CurlTransport(.init()).send(request("GET", "calls/\(accessKeyId)"), deadline: nil)
            return try JSONDecoder().decode([Call].self, from: Data(response.body))
        }

        /// The variables that lead here.
        package var environment: [String: String] {
            [
                "AWS_ENDPOINT_URL": "http://127.0.0.1:\(port)", "AWS_ACCESS_KEY_ID": accessKeyId,
                "AWS_SECRET_ACCESS_KEY": secretAccessKey, "AWS_EC2_METADATA_DISABLED": "true",
            ]
        }

        /// The world's own keys.
        package var credentials: StaticCredentialsProvider {
            StaticCredentialsProvider(Credentials(accessKeyId: accessKeyId, secretAccessKey: secretAccessKey))
        }

        private func post(_ path: String, _ body: some Encodable) async throws -> HTTPResponse {
            var request = try request("POST", path)
            request.body = Array(try JSONEncoder().encode(body))
            let response = try await CurlTransport(.init()).send(request, deadline: nil)
            guard response.status == 200 else {
                throw ChildProcess.Failure(description: "the stand-in for AWS: \(response.status) to \(path)")
            }
            return response
        }

        private func request(_ method: String, _ path: String) throws -> HTTPRequest {
            let origin = try HTTPOrigin(.http, host: "127.0.0.1", port: port)
            return HTTPRequest(method, origin, path: "/stand-in/\(path)", isLocal: true)
        }
    }

    /// A world of a test's own, with an empty store.
    ///
    /// - Parameter credentials: Its keys, which no test may use at the same time; by default, new ones.
    package static func world(credentials: Credentials? = nil) async throws -> World {
        let port = try await shared.value.port
        let number = UInt64.random(in: 0..<(1 << 40))
        let digits = String(number | 1 << 40, radix: 16).suffix(10)
        let key = credentials?.accessKeyId ?? "AKID\(digits.uppercased())"
        var world = World(accessKeyId: key, store: "d-\(digits)", port: port)
        if let credentials { world.secretAccessKey = credentials.secretAccessKey }
        world.instances = [world.region: [Instance(store: world.store)]]
        try await world.set()
        return world
    }
}
