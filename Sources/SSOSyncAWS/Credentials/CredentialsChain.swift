// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Asks providers in turn, and stays with the first that has credentials.
///
/// A provider that is not set up (``AWSError/Code/credentialsMissing``) is passed over. One that is set up and fails ends
/// the search: the next one's credentials would be somebody else's.
public final class CredentialsChain: CredentialsProvider, CustomStringConvertible, CustomReflectable {
    /// A provider, and what people call it.
    public struct Link: Sendable {
        /// Its name, for errors.
        public let name: String
        /// The provider.
        public let provider: any CredentialsProvider

        /// Names a provider.
        public init(_ name: String, _ provider: any CredentialsProvider) {
            self.name = name
            self.provider = provider
        }
    }

    private let links: [Link]
    private let chosen = Mutex<Int?>(nil)

    /// Asks these, in this order.
    public init(_ links: [Link]) {
        self.links = links
    }

    /// The first credentials that there are.
    ///
    /// - Throws: ``AWSError`` that says who was asked and why each had none; its code is
    ///   ``AWSError/Code/credentialsMissing`` if nobody is set up. `CancellationError` if the task was cancelled.
    public func credentials() async throws -> Credentials {
        var reasons: [String] = []
        let first = chosen.withLock { $0 }
        let order = first.map { first in [first] + links.indices.filter { $0 != first } } ?? Array(links.indices)
        for index in order {
            let link = links[index]
            do {
                let credentials = try await link.provider.credentials()
                chosen.withLock { $0 = index }
                return credentials
            } catch let error as AWSError where error.code == .credentialsMissing {
                reasons.append("\(link.name): \(error.message)")
            } catch let error as AWSError {
                throw failure(error.code, reasons + ["\(link.name): \(error.message)"], error)
            } catch let error as CancellationError {
                throw error
            } catch {
                // Foreign text may hold secrets.
                throw failure(.credentialsUnavailable, reasons + ["\(link.name): \(type(of: error))"], error)
            }
        }
        throw failure(.credentialsMissing, reasons, nil)
    }

    /// The names of the providers.
    public var description: String { "CredentialsChain(\(links.map(\.name).joined(separator: ", ")))" }

    /// Shows the names of the providers alone.
    public var customMirror: Mirror { Mirror(self, children: ["providers": links.map(\.name)]) }

    private func failure(_ code: AWSError.Code, _ reasons: [String], _ error: (any Error)?) -> AWSError {
        AWSError(code, "no credentials for AWS; asked were: \(reasons.joined(separator: "; "))", underlying: error)
    }
}
