// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncCore

extension CurlTransport {
    /// How servers are reached and verified.
    ///
    /// A proxy's address may hold a password, so it is not printed.
    public struct Configuration: Sendable, CustomStringConvertible, CustomReflectable {
        /// How long connecting may take, name look-up and TLS included.
        public var connectTimeout: Duration

        /// The file of authorities, in PEM, that servers' certificates are verified against; nil for the system's.
        public var authorityFile: String?

        /// The proxy for all but local servers, such as `http://proxy.example.com:3128`; nil for none.
        public var proxy: String?

        /// Hosts that are not asked through the proxy, separated by commas: names, which stand for what ends with them
        /// too, addresses, or `*` for all.
        public var noProxy: String?

        /// Puts a configuration together.
        ///
        /// - Parameters:
        ///   - connectTimeout: How long connecting may take; 5 seconds by default.
        ///   - authorityFile: The file of authorities, in PEM.
        ///   - proxy: The proxy for all but local servers.
        ///   - noProxy: Hosts that are not asked through the proxy.
        public init(
            connectTimeout: Duration = .seconds(5),
            authorityFile: String? = nil,
            proxy: String? = nil,
            noProxy: String? = nil
        ) {
            self.connectTimeout = connectTimeout
            self.authorityFile = authorityFile
            self.proxy = proxy
            self.noProxy = noProxy
        }

        /// Takes what environment variables say: `AWS_CA_BUNDLE`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
        ///
        /// The last three count in small letters, too, and win that way, as with curl
        /// (<https://curl.se/libcurl/c/libcurl-env.html>). An empty variable counts as missing.
        ///
        /// - Parameter environment: The variables by name.
        public init(environment: [String: String]) {
            func value(_ names: String...) -> String? {
                names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
            }
            self.init(
                authorityFile: value("AWS_CA_BUNDLE"),
                proxy: value("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
                noProxy: value("no_proxy", "NO_PROXY")
            )
        }

        /// The file that the system keeps its authorities in; nil if it is at none of the usual places.
        ///
        /// Where a libcurl that was built elsewhere, or linked statically, looks for them says nothing of this system.
        static let systemAuthorityFile = SystemAuthorities.bundles.first {
            FileManager.default.isReadableFile(atPath: $0)
        }

        /// The variables of this process.
        public static var processEnvironment: [String: String] { ProcessInfo.processInfo.environment }

        /// Whether there is a proxy, never which.
        public var description: String { "CurlTransport.Configuration(\(proxy == nil ? "no proxy" : "a proxy"))" }

        /// Shows all but the proxy.
        public var customMirror: Mirror {
            let authorityFile = authorityFile ?? "the system's"
            return Mirror(self, children: ["connectTimeout": connectTimeout, "authorityFile": authorityFile])
        }
    }
}
