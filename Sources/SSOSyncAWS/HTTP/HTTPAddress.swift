// SPDX-License-Identifier: Apache-2.0

/// An address that somebody wrote: a URL with scheme, host, and perhaps a port, a path and a query.
package struct HTTPAddress: Sendable, Hashable {
    package let origin: HTTPOrigin
    /// Without a slash at its end; empty for the root.
    package let path: String
    /// Without the question mark.
    package let query: String

    /// Takes a URL apart.
    ///
    /// - Parameters:
    ///   - text: The URL. Neither a user nor a fragment may be in it.
    ///   - name: What it is called, for the error.
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/invalidArgument``, without the text, which may be secret.
    package init(_ text: String, named name: String) throws(AWSError) {
        let mistake = AWSError(.invalidArgument, "\(name) has to be an address such as https://host:8443/path")
        guard let separator = text.firstRange(of: "://"),
            let scheme = HTTPOrigin.Scheme(rawValue: text[..<separator.lowerBound].lowercased())
        else { throw mistake }
        let rest = text[separator.upperBound...].utf8
        guard rest.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else { throw mistake }

        let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        let target = rest[authority.endIndex...]
        let path = target.prefix { $0 != UInt8(ascii: "?") }
        guard let (host, port) = Self.parts(Substring(authority)) else { throw mistake }
        do {
            origin = try HTTPOrigin(scheme, host: host, port: port)
        } catch {
            throw mistake
        }
        self.path = String(Substring(path.last == UInt8(ascii: "/") ? path.dropLast() : path))
        query = String(Substring(target[path.endIndex...].dropFirst()))
    }

    private static func parts(_ authority: Substring) -> (host: String, port: Int?)? {
        // The colons of an IPv6 address stand in brackets.
        let bracket = authority.lastIndex(of: "]")
        guard let colon = authority.lastIndex(of: ":"), bracket.map({ colon > $0 }) ?? true else {
            return (String(authority), nil)
        }
        let digits = authority[authority.index(after: colon)...]
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let port = Int(digits)
        else { return nil }
        return (String(authority[..<colon]), port)
    }
}
