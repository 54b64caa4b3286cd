// SPDX-License-Identifier: Apache-2.0

/// A response that came whole.
///
/// Headers and body may hold secrets, so only the status is printed.
public struct HTTPResponse: Sendable, CustomStringConvertible, CustomReflectable {
    /// The status, such as 200.
    public var status: Int
    /// The headers.
    public var headers: HTTPHeaders
    /// The body, as it was before it was cut into chunks.
    public var body: [UInt8]

    /// Puts a response together.
    public init(status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Whether the status is one of the 200s.
    public var isSuccess: Bool { (200..<300).contains(status) }

    /// The status and the body's size.
    public var description: String { "HTTPResponse(\(status), \(body.count) bytes)" }

    /// Shows what ``description`` says.
    public var customMirror: Mirror { Mirror(self, children: ["status": status, "bytes": body.count]) }
}
