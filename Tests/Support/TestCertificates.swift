// SPDX-License-Identifier: Apache-2.0

/// Two authorities, and certificates of the first for the right and for a wrong host.
package final class TestCertificates: Sendable {
    /// A certificate and its key, as files.
    package struct Pair: Sendable {
        package let certificate: String
        package let key: String
    }

    /// For the whole test process.
    package static let shared = Result { try TestCertificates() }

    package let authority: String
    package let otherAuthority: String
    /// For localhost and 127.0.0.1.
    package let right: Pair
    /// For another host.
    package let wrongHost: Pair
    private let folder: TemporaryFolder

    private init() throws {
        let folder = try TemporaryFolder()
        self.folder = folder
        authority = try Self.makeAuthority("ca", in: folder).certificate
        otherAuthority = try Self.makeAuthority("other", in: folder).certificate
        right = try Self.makeServer("right", "DNS:localhost,IP:127.0.0.1", in: folder)
        wrongHost = try Self.makeServer("wrong", "DNS:db.example.com", in: folder)
    }

    private static let keyOptions = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

    private static func makeAuthority(_ name: String, in folder: TemporaryFolder) throws -> Pair {
        let pair = Pair(certificate: folder.file("\(name).pem"), key: folder.file("\(name).key"))
        let subject = [
            "-days", "2", "-subj", "/CN=sso-sync test \(name)", "-keyout", pair.key, "-out", pair.certificate,
        ]
        try ChildProcess.outputBlocking(["openssl", "req", "-x509"] + keyOptions + subject)
        return pair
    }

    private static func makeServer(_ name: String, _ names: String, in folder: TemporaryFolder) throws -> Pair {
        let pair = Pair(certificate: folder.file("\(name).pem"), key: folder.file("\(name).key"))
        let request = folder.file("\(name).csr")
        let subject = [
            "-subj", "/CN=server", "-addext", "subjectAltName=\(names)", "-keyout", pair.key, "-out", request,
        ]
        try ChildProcess.outputBlocking(["openssl", "req"] + keyOptions + subject)
        let authority = ["-CA", folder.file("ca.pem"), "-CAkey", folder.file("ca.key"), "-CAcreateserial"]
        let copied = ["-copy_extensions", "copy", "-days", "2", "-in", request, "-out", pair.certificate]
        try ChildProcess.outputBlocking(["openssl", "x509", "-req"] + authority + copied)
        return pair
    }
}
