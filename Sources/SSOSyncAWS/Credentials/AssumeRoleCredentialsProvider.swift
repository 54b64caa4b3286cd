// SPDX-License-Identifier: Apache-2.0

/// Assumes a role with the credentials of another provider, which may be one of these itself.
///
/// STS is called in the given Region, never at its old global endpoint. Wrap it in ``CachingCredentialsProvider``.
public struct AssumeRoleCredentialsProvider: CredentialsProvider, CustomStringConvertible, CustomReflectable {
    /// A device for a second factor, and who reads its code off.
    public struct SecondFactor: Sendable {
        /// The device's serial number or ARN.
        public let serialNumber: String
        /// Asks a person for the code that the device shows now.
        public let code: @Sendable (_ serialNumber: String) async throws -> String

        /// Names a device.
        ///
        /// - Parameters:
        ///   - serialNumber: The device's serial number or ARN.
        ///   - code: Asks a person for the code that the device shows now.
        public init(serialNumber: String, code: @escaping @Sendable (String) async throws -> String) {
            self.serialNumber = serialNumber
            self.code = code
        }
    }

    private let session: RoleSession
    private let secondFactor: SecondFactor?
    private let client: AWSClient

    /// Assumes a role.
    ///
    /// - Parameters:
    ///   - session: The role, and what for.
    ///   - source: Whose credentials the role trusts.
    ///   - region: The Region to call STS in.
    ///   - secondFactor: A device, if the role asks for one.
    ///   - transport: What sends requests.
    ///   - endpoints: Where STS is found.
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/invalidArgument``.
    public init(
        _ session: RoleSession,
        source: any CredentialsProvider,
        region: String,
        secondFactor: SecondFactor? = nil,
        transport: any HTTPTransport,
        endpoints: EndpointResolver = EndpointResolver()
    ) throws(AWSError) {
        self.session = session
        self.secondFactor = secondFactor
        client = try AWSClient(.sts, region: region, credentials: source, transport: transport, endpoints: endpoints)
    }

    /// New credentials of the role.
    ///
    /// - Throws: ``AWSError``; if STS refuses, it names the role.
    public func credentials() async throws -> Credentials {
        var parameters = session.parameters
        if let secondFactor {
            parameters.append(("SerialNumber", secondFactor.serialNumber))
            parameters.append(("TokenCode", try await secondFactor.code(secondFactor.serialNumber)))
        }
        do {
            return try await STSCredentials.get("AssumeRole", parameters, from: client)
        } catch let error as AWSError {
            throw error.about("the role \(session.roleARN) cannot be assumed")
        }
    }

    /// The role, never a value.
    public var description: String { "AssumeRoleCredentialsProvider(\(session.roleARN))" }

    /// Shows the role alone: an external id is for its owner, a source may not hide what it holds.
    public var customMirror: Mirror { Mirror(self, children: ["role": session.roleARN]) }
}

extension AWSError {
    /// The same error, with what it kept from being done before its message.
    func about(_ what: String) -> AWSError {
        AWSError(code, "\(what): \(message)", mayHaveBeenSent: mayHaveBeenSent, response: response)
    }
}
