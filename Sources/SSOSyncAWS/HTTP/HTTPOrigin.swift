// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Who answers: scheme, host and port.
public struct HTTPOrigin: Sendable, Hashable, CustomStringConvertible {
    /// Whether the connection is encrypted and the server verified.
    public enum Scheme: String, Sendable, Hashable {
        /// In clear; for hosts of the machine's own environment alone.
        case http
        /// Over TLS.
        case https
    }

    /// How it is spoken to.
    public let scheme: Scheme
    /// A host name or an address, in lower case; an IPv6 address in brackets.
    public let host: String
    /// The TCP port.
    public let port: Int

    /// Names a server.
    ///
    /// - Parameters:
    ///   - scheme: How it is spoken to.
    ///   - host: A host name or an address; an IPv6 address in brackets.
    ///   - port: The TCP port; by default the scheme's.
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/invalidArgument``.
    public init(_ scheme: Scheme = .https, host: String, port: Int? = nil) throws(AWSError) {
        guard Self.isHost(host) else {
            throw AWSError(.invalidArgument, "a server needs a host name or an address, without anything around it")
        }
        let port = port ?? Self.defaultPort(scheme)
        guard (1...65_535).contains(port) else {
            throw AWSError(.invalidArgument, "the port of \(host) has to lie between 1 and 65535")
        }
        self.scheme = scheme
        self.host = host.lowercased()
        self.port = port
    }

    /// What the `Host` header says: the port only if it is not the scheme's own.
    public var hostHeader: String { port == Self.defaultPort(scheme) ? host : "\(host):\(port)" }

    /// Whether it is this machine itself, by its name or by a loopback address.
    ///
    /// `127.0.0.0/8` (RFC 1122, 3.2.1.3) and `::1` (RFC 4291, 2.5.3), and `localhost` (RFC 6761, 6.3).
    public var isLoopback: Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// As a URL has it.
    public var description: String { "\(scheme.rawValue)://\(hostHeader)" }

    private static func defaultPort(_ scheme: Scheme) -> Int { scheme == .https ? 443 : 80 }

    private static func isHost(_ host: String) -> Bool {
        let bytes = host.utf8
        if bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") {
            let address = bytes.dropFirst().dropLast()
            return !address.isEmpty && address.allSatisfy { $0.isHexadecimalDigit || ":.".utf8.contains($0) }
        }
        return !bytes.isEmpty && bytes.allSatisfy { isAlphanumeric($0) || "-._".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default:
            false
        }
    }
}
