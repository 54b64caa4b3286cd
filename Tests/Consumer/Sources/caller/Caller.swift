// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS

/// The program of Docs/aws.md: it signs a call to a service, and sends it.
@main
enum Caller {
    struct Input: Encodable { let IdentityStoreId: String }
    struct User: Decodable { let UserId: String }
    struct Output: Decodable { let Users: [User] }

    static func main() async throws {
        let environment = CurlTransport.Configuration.processEnvironment
        let transport = CurlTransport()
        let client = try AWSClient(
            .identityStore,
            region: "eu-west-1",
            credentials: CredentialsChain.service(environment: environment, transport: transport),
            transport: transport,
            endpoints: EndpointResolver(environment: environment)
        )
        let page = try await client.call("ListUsers", Input(IdentityStoreId: "d-1234567890"), returning: Output.self)
        print(page.Users.map(\.UserId).joined(separator: " "))
    }
}
